"""Finished cases go when the time is over for which their process keeps them; a number and a digest stay of each.

Only where the company says so ([policy] retention). What the law wants kept for ever stays with its case: customer records,
register entries and lists of destruction are never touched, nor is a case that wrote, read or destroyed any of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, delete, exists, insert, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from engine.background.anchors import Anchors
from engine.calendar import periods
from engine.definitions import definitions
from engine.files import attachments
from engine.storage import jobs, keys, models
from engine.storage.models import Company, HistoryEvent, Incident, Job, ProcessInstance, RemovedCase

NAME = "retention.remove"
BATCH = 50  # trees of cases that are looked at, and those of them removed, in one transaction
KEPT = (models.RegisterEntry, models.RecordVersion, models.RecordReading, models.CustomerRecord)
_CASES: Any = ProcessInstance.__table__
Member = aliased(ProcessInstance, name="member")
Link = aliased(models.CaseLink, name="link")
Other = aliased(ProcessInstance, name="other")
# Why a tree of cases stays, in the order in which it is told.
REASONS = {
    "runs": "a case of its tree still runs",
    "young": "a case of its tree ended later",
    "records": "it wrote, read or destroyed customer records, or entered a register",
    "irreversible": "a step that cannot be taken back was done in it",
    "incident": "it has an open incident",
    "work": "background work waits for it",
    "linked": "a running case is linked to it",
    "named": "a running case names it",
    "unsigned": "the end of its history is not anchored yet",
}


@dataclass(frozen=True)
class Candidate:
    """A tree of finished cases whose time is over; `stays` says why it stays all the same, "" for one that goes."""

    key: int
    number: str
    process_id: str
    ended_at: datetime
    retention: str
    stays: str = ""


def order(session: Session, *, now: datetime) -> None:
    """Asks the worker to remove what is due, in every company that says so."""
    for company in session.execute(select(Company).order_by(Company.id)).scalars():
        if is_on(company):
            jobs.enqueue(session, NAME, {"company": company.id}, company_id=company.id, run_at=now, key="daily")


def is_on(company: Company) -> bool:
    """Whether the company removes cases: [policy] retention = true."""
    return bool(company.policy.get("retention"))


@jobs.job(NAME)
def work(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Removes one batch and asks for the next; all of it is one transaction, so a crash leaves all of it or nothing."""
    company, after = session.get_one(Company, payload["company"]), payload.get("after", 0)
    if not is_on(company):  # switched off meanwhile
        return
    _removed, last = remove(session, company.id, after=after, now=now)
    if last:
        more = {"company": company.id, "after": last}
        jobs.enqueue(session, NAME, more, company_id=company.id, run_at=now, key="daily")


def remove(session: Session, company_id: str, *, after: int = 0, now: datetime) -> tuple[list[Candidate], int]:
    """Removes what goes of the next `BATCH` trees behind the key `after`; gives them, and the last key, 0 at the end."""
    candidates = list(due(session, company_id, after=after, now=now, is_locking=True))
    gone = [each for each in candidates if not each.stays]
    if gone:
        _bury(session, gone, now)
    return gone, candidates[-1].key if len(candidates) == BATCH else 0


def due(session: Session, company_id: str, *, after: int = 0, now: datetime, is_locking: bool = False) -> Iterator[Candidate]:
    """The next `BATCH` trees behind the key `after` whose time is over, by key, and whether each goes."""
    kept = {each.process_id: each.settings.retention for each in definitions.all_latest(session, company_id)}
    until = {process_id: periods.ago(period, now) for process_id, period in kept.items() if period}
    if not until:
        return
    root = ProcessInstance
    over = or_(*(and_(root.process_id == process_id, root.ended_at < moment) for process_id, moment in until.items()))
    mine = (root.company_id == company_id, root.key == root.root_key, root.key > after, root.ended_at.is_not(None), over)
    through = _anchored_through(session)
    columns = (root.key, root.number, root.process_id, root.ended_at)
    asked = [condition.label(name) for name, condition in _stays(through).items()]
    statement = select(*columns, *asked).where(*mine).order_by(root.key).limit(BATCH)
    rows = session.execute(statement.with_for_update(of=root) if is_locking else statement).all()
    named = set(_named_by_running(session, company_id, [row.number for row in rows]))
    for row in rows:
        why = next((REASONS[each.name] for each in asked if getattr(row, each.name)), "")
        why = why or (REASONS["named"] if row.number in named else "")
        yield Candidate(row.key, row.number, row.process_id, row.ended_at, kept[row.process_id], why)


def _stays(through: int | None) -> dict[str, ColumnElement[bool]]:
    """The conditions under which a tree stays; `through` is the last event that is anchored, None without anchors."""
    reasons = {
        "runs": _any(Member.state == "active"),
        "young": _any(Member.ended_at > ProcessInstance.ended_at),
        "records": or_(*(_any(exists().where(_points_at(table.__table__))) for table in KEPT)),
        "irreversible": _any(Member.irreversible.is_not(None)),
        "incident": _any(exists().where(Incident.instance_key == Member.key, Incident.state == "open")),
        "work": _any(exists().where(Job.instance_key == Member.key)),
        "linked": _any(or_(_linked(Link.instance_key, Link.other_key), _linked(Link.other_key, Link.instance_key))),
    }
    if through is not None:
        reasons["unsigned"] = _any(exists().where(HistoryEvent.instance_key == Member.key, HistoryEvent.key > through))
    return reasons


def _any(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a case of the root's tree meets a condition."""
    return exists().where(Member.root_key == ProcessInstance.key, condition)


def _points_at(table: Any) -> ColumnElement[bool]:
    return or_(*(column == Member.key for column in _columns(table)))


def _linked(own: Any, other: Any) -> ColumnElement[bool]:
    return exists().where(own == Member.key, Other.key == other, Other.state == "active", Other.root_key != Member.root_key)


def _anchored_through(session: Session) -> int | None:
    """The last event that a signed line covers; None for an installation without a file of anchors."""
    anchors: Anchors | None = session.info.get("anchors")
    if anchors is None:
        return None
    last = anchors.last()
    return int(last["through"]) if last else 0


def _named_by_running(session: Session, company_id: str, numbers: Sequence[str]) -> Iterator[str]:
    """Those numbers that stand in the variables of a running case, as that of a complaint's case does."""
    if not numbers:
        return
    row = ProcessInstance
    wanted = select(type_coerce(row.tokens, Text)).where(row.company_id == company_id, row.state == "active")
    for text in session.execute(wanted, execution_options={"yield_per": 100}).scalars():
        yield from (number for number in numbers if number in text)


def _bury(session: Session, gone: Sequence[Candidate], now: datetime) -> None:
    """Notes what stays of the trees' cases, and deletes everything else of them."""
    periods_ = {each.key: each.retention for each in gone}
    row = ProcessInstance
    kept = (row.key, row.root_key, row.company_id, row.process_id, row.number, row.state, row.started_at, row.ended_at)
    wanted = select(*kept, row.history_length, row.history_digest).where(row.root_key.in_(periods_)).order_by(row.key)
    members = session.execute(wanted).mappings().all()
    stones = [
        {**each, "instance_key": each["key"], "key": keys.new(), "removed_at": now, "retention": periods_[each["root_key"]]}
        for each in members
    ]
    session.execute(insert(RemovedCase), stones)
    dead = [each["key"] for each in members]
    attachments.erase(session, members[0]["company_id"], dead, now=now)
    for table in own_tables():
        session.execute(delete(table).where(or_(*(column.in_(dead) for column in _columns(table)))))
    session.execute(delete(_CASES).where(_CASES.c.key.in_(dead)))


def own_tables() -> list[Any]:
    """The tables whose rows belong to a case and go with it, those first that point at others."""
    others = {RemovedCase.__table__, ProcessInstance.__table__, *(each.__table__ for each in KEPT)}
    return [table for table in reversed(models.metadata.sorted_tables) if table not in others and _columns(table)]


def _columns(table: Any) -> list[Any]:
    """The columns of a table that name a case."""
    cases = _CASES.c.key
    return [each for each in table.c if each.name == "instance_key" or any(key.column is cases for key in each.foreign_keys)]
