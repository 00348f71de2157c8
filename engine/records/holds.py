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
from engine.people.actors import Actor
from engine.records import catalogue
from engine.storage.models import CustomerRecord, ProcessInstance, RecordHold, RecordProposal, RecordVersion

HOLD_KINDS = {"frozen": "冻结", "lent": "借阅中", "unsettled": "未结清"}
PROPOSED = "已在销毁流程中（{number}）"
IN_WORK, UNKNOWN, GONE = "所属流程尚未办结", "没有这件档案", "已经销毁"


@dataclass(frozen=True)
class Check:
    """Whether a record may be destroyed just now, and why not."""

    record: str
    number: str
    blocked: bool
    reason: str


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
    session: Session, company_id: str, wanted: Iterable[Any], *, lock: bool = False, beside: int | None = None
) -> list[Check]:
    """For each record whether it may be destroyed just now: not held, not gone, its writing cases all over.

    With `lock` the records stay as they are until the transaction ends. `beside`: the case that asks.
    """
    texts = [str(each) for each in wanted]
    numbers_ = [int(text) for text in texts if catalogue.is_key(text)]
    statement = select(CustomerRecord).where(CustomerRecord.company_id == company_id, CustomerRecord.key.in_(numbers_))
    statement = statement.order_by(CustomerRecord.key)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    rows = {str(row.key): row for row in session.execute(statement).scalars()}
    reasons = _reasons(session, [row.key for row in rows.values()], beside)
    return [_check(text, rows.get(text), reasons) for text in texts]


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


def _check(text: str, row: CustomerRecord | None, reasons: Mapping[int, list[str]]) -> Check:
    if row is None:
        return Check(text, "", True, UNKNOWN)
    why = [GONE] if row.state != "active" else reasons.get(row.key, [])
    return Check(text, row.number, bool(why), "\uff1b".join(why))
