"""Why a customer record may not be destroyed just now: frozen, lent out, not settled, still in work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, or_, select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.basics.letters import plain_text
from engine.people.actors import Actor
from engine.records import catalogue
from engine.storage.models import CustomerRecord, ProcessInstance, RecordHold, RecordProposal, RecordVersion

HOLD_KINDS = {"frozen": "冻结", "lent": "借阅中", "unsettled": "未结清"}
PROPOSED = "已在销毁流程中（{number}）"
IN_WORK, UNKNOWN, GONE = "所属流程尚未办结", "没有这件档案", "已经销毁"
# Neither tells the name that the record has: whoever typed another may not know it.
UNLIKE, CHANGED, UNLISTED = "所填客户与所选档案不一致", "核准后档案已有更改，须重新呈报", "不在核准的清册内"
KEY, NUMBER, NAMES = "recordId", "number", ("title", "customer")  # of an item that names a record


@dataclass(frozen=True)
class Check:
    """Whether a record may be destroyed just now, and why not."""

    record: str
    number: str
    blocked: bool
    reason: str


@dataclass(frozen=True)
class Meant:
    """A record by its key, with the number and the customer's names by which people meant it; what they left empty says nothing.

    One that is not `is_listed` stands not in the list that was approved.
    """

    record: str
    number: str = ""
    names: tuple[str, ...] = ()
    is_listed: bool = True

    @classmethod
    def of(cls, given: Any) -> Meant:
        """From a key, or an item {recordId, number, title, customer} of a list."""
        if not isinstance(given, Mapping):
            return cls(str(given))
        names = tuple(str(given[each]) for each in NAMES if given.get(each))
        return cls(str(given.get(KEY) or ""), str(given.get(NUMBER) or ""), names)

    def is_of(self, row: CustomerRecord) -> bool:
        """Whether number and names are the record's own."""
        named = {plain_text.as_read(each) for each in self.names} <= {plain_text.as_read(row.name)}
        return named and self.number in ("", row.number)


def place(session: Session, by: Actor, key: int, kind: str, reason: str, *, now: datetime) -> RecordHold:
    """Keeps a record from being destroyed: `kind` is frozen, lent or unsettled. Raises Forbidden, Invalid, NotFound."""
    row = catalogue.get(session, by.company_id, key, lock=True)
    catalogue.require_keeper(session, by)
    if kind not in HOLD_KINDS or not reason.strip():
        raise errors.Invalid("A hold needs a kind (%(kinds)s) and a reason.", kinds=sayings.joined(HOLD_KINDS.values()))
    if row.state != "active":
        raise errors.Conflict("The record %(number)s is destroyed.", number=row.number)
    hold = RecordHold(
        company_id=by.company_id, record_key=row.key, kind=kind, reason=reason.strip(), placed_by=by.username, placed_at=now
    )
    session.add(hold)
    session.flush()
    return hold


def lift(session: Session, by: Actor, hold_key: int, *, now: datetime) -> None:
    """Ends a hold; it stays in the list with its end. Raises Forbidden, NotFound, Conflict."""
    statement = select(RecordHold).where(RecordHold.key == hold_key, RecordHold.company_id == by.company_id)
    hold = session.execute(statement.with_for_update()).scalar_one_or_none()
    if hold is None:
        raise errors.NotFound(catalogue.NO_RECORD)
    catalogue.require_keeper(session, by)
    if hold.lifted_at is not None:
        raise errors.Conflict("This hold is lifted already.")
    hold.lifted_at = now


def of_record(session: Session, key: int) -> list[RecordHold]:
    """The holds of a record that are in force."""
    statement = select(RecordHold).where(RecordHold.record_key == key, RecordHold.lifted_at.is_(None))
    return list(session.execute(statement.order_by(RecordHold.key)).scalars())


def check(
    session: Session,
    company_id: str,
    wanted: Iterable[Any],
    *,
    lock: bool = False,
    beside: int | None = None,
    approved_at: datetime | None = None,
) -> list[Check]:
    """For each record (`Meant`) whether it may be destroyed just now: the one that was meant, not held, not gone, its writing
    cases all over, and as it was `approved_at`.

    With `lock` the records stay as they are until the transaction ends. `beside`: the case that asks.
    """
    meant = [Meant.of(each) if not isinstance(each, Meant) else each for each in wanted]
    numbers_ = [int(each.record) for each in meant if catalogue.is_key(each.record)]
    statement = select(CustomerRecord).where(CustomerRecord.company_id == company_id, CustomerRecord.key.in_(numbers_))
    statement = statement.order_by(CustomerRecord.key)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    rows = {str(row.key): row for row in session.execute(statement).scalars()}
    reasons = _reasons(session, [row.key for row in rows.values()], beside)
    for key in _changed_since(session, [row.key for row in rows.values()], approved_at):
        reasons.setdefault(key, []).append(CHANGED)
    return [_check(each, rows.get(each.record), reasons) for each in meant]


def _changed_since(session: Session, record_keys: list[int], approved_at: datetime | None) -> list[int]:
    """The records of which a version was written after that: whoever approved did not see it."""
    row = RecordVersion
    if approved_at is None:
        return []
    since = select(row.record_key).distinct().where(row.record_key.in_(record_keys), row.written_at > approved_at)
    return list(session.execute(since).scalars())


def _reasons(session: Session, record_keys: list[int], beside: int | None) -> dict[int, list[str]]:
    reasons: dict[int, list[str]] = {}
    held = select(RecordHold).where(RecordHold.record_key.in_(record_keys), RecordHold.lifted_at.is_(None))
    for hold in session.execute(held.order_by(RecordHold.key)).scalars():
        reasons.setdefault(hold.record_key, []).append(f"{HOLD_KINDS.get(hold.kind, hold.kind)}\uff1a{hold.reason}")
    in_work = (
        select(RecordVersion.record_key)
        .join(ProcessInstance, ProcessInstance.key == RecordVersion.instance_key)
        .where(
            RecordVersion.record_key.in_(record_keys),
            ProcessInstance.state == "active",
            ProcessInstance.root_key != (beside or 0),
        )
        .distinct()
    )
    for record_key in session.execute(in_work).scalars():
        reasons.setdefault(record_key, []).append(IN_WORK)
    for row in session.execute(_proposed(record_keys, beside)):
        reasons.setdefault(row.record_key, []).append(PROPOSED.format(number=row.number))
    return reasons


def _proposed(record_keys: list[int], beside: int | None) -> Select[int, str]:
    """The records that other running cases propose to destroy, with the number of each case."""
    row, case = RecordProposal, ProcessInstance
    running = (row.record_key.in_(record_keys), case.state == "active", case.key != (beside or 0))
    return select(row.record_key, case.number).join(case, case.key == row.root_key).where(*running).order_by(row.key)


def propose(session: Session, company_id: str, record_keys: Iterable[int], root_key: int) -> None:
    """Notes that a running case proposes to destroy these records, which are locked; those of cases that are over go."""
    row, case = RecordProposal, ProcessInstance
    keys_ = list(dict.fromkeys(record_keys))  # a list may name a record twice
    is_over = row.root_key.not_in(select(case.key).where(case.state == "active"))
    session.execute(delete(row).where(row.record_key.in_(keys_), or_(is_over, row.root_key == root_key)))
    session.add_all(row(company_id=company_id, record_key=each, root_key=root_key) for each in keys_)
    session.flush()


def _check(meant: Meant, row: CustomerRecord | None, reasons: Mapping[int, list[str]]) -> Check:
    if row is None:
        return Check(meant.record, "", True, UNKNOWN)
    unlike = [] if meant.is_of(row) else [UNLIKE]
    unlisted = [] if meant.is_listed else [UNLISTED]
    why = [GONE] if row.state != "active" else [*unlike, *unlisted, *reasons.get(row.key, [])]
    return Check(meant.record, row.number, bool(why), "\uff1b".join(why))
