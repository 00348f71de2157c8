"""Works register lines out in the background: after a deployment with other columns, and every night what changes by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import Session, undefer

from engine import errors
from engine.cases.cases import Surroundings
from engine.cases.lines import register_lines, summaries
from engine.cases.lines.register_lines import Columns
from engine.definitions import definitions, settings
from engine.people.actors import SYSTEM
from engine.storage import jobs
from engine.storage.models import Filing, ProcessDefinition, ProcessInstance

FILL = "registers.fill"
BATCH = 200
HELD_UP = timedelta(seconds=30)


def order(
    session: Session, company_id: str, process_id: str, *, now: datetime, everything: bool = False, after: int = 0
) -> None:
    """Has the lines worked out that were made with other columns, or `everything`, from the case behind `after`."""
    payload = {"company": company_id, "process": process_id, "after": str(after), "everything": everything}
    jobs.enqueue(session, FILL, payload, company_id=company_id, run_at=now, key=process_id)


def is_old(columns: Columns) -> ColumnElement[bool]:
    """The condition on cases whose line was not worked out with these columns."""
    return _made_without(register_lines.digest(columns))


def _made_without(digest: Any) -> ColumnElement[bool]:
    made_with = ProcessInstance.register["of"].as_string()
    return or_(made_with.is_(None), made_with.not_in((digest, register_lines.ERASED)))


# Asked every night for every process; building a statement takes longer than running it.
_ANY_OLD = (
    select(ProcessInstance.key)
    .where(
        ProcessInstance.company_id == bindparam("company"),
        ProcessInstance.process_id == bindparam("process"),
        _made_without(bindparam("digest")),
    )
    .limit(1)
)


@jobs.job(FILL)
def fill(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """One batch; what somebody is changing meanwhile is left out and comes last, if it still has to be done."""
    company_id, process_id, everything = payload["company"], payload["process"], bool(payload.get("everything"))
    try:
        columns = definitions.latest(session, company_id, process_id).settings.register
    except errors.NotFound:
        return
    row = ProcessInstance
    mine = (row.company_id == company_id, row.process_id == process_id)
    stale = () if everything else (is_old(columns),)
    if not columns:
        return
    later = row.key > int(payload.get("after") or 0)
    statement = select(row).where(*mine, later, *stale).order_by(row.key).limit(BATCH).options(undefer(row.tokens))
    cases = session.execute(statement.with_for_update(skip_locked=True)).scalars().all()
    _renew(session, cases, columns, company_id, now)
    if len(cases) == BATCH:
        order(session, company_id, process_id, now=now, everything=everything, after=cases[-1].key)
    elif _any_old(session, company_id, process_id, columns):
        order(session, company_id, process_id, now=now + HELD_UP)


def nightly(session: Session, *, now: datetime) -> None:
    """Has lines worked out whose columns depend on the clock or on people, and those that were left behind."""
    row = ProcessDefinition
    newest = select(row.company_id, row.process_id, func.max(row.version)).group_by(row.company_id, row.process_id)
    statement = select(row.company_id, row.process_id, row.settings)
    for company_id, process_id, raw in session.execute(
        statement.where(tuple_(row.company_id, row.process_id, row.version).in_(newest))
    ):
        columns = settings.read(raw).register
        everything = any(register_lines.changes_by_itself(each) for each in columns)
        if columns and (everything or _any_old(session, company_id, process_id, columns)):
            order(session, company_id, process_id, now=now, everything=everything)


def _any_old(session: Session, company_id: str, process_id: str, columns: Columns) -> bool:
    given = {"company": company_id, "process": process_id, "digest": register_lines.digest(columns)}
    return session.execute(_ANY_OLD, given).first() is not None


def _renew(session: Session, case_row: Any, columns: Columns, company_id: str, now: datetime) -> None:
    around = Surroundings(session, SYSTEM(company_id), now)
    stars = dict(_stars(session, [each.key for each in case_row]))
    for instance in case_row:
        if (instance.register or {}).get("of") != register_lines.ERASED:
            summaries.renew_line(around, instance, columns, stars=stars.get(instance.key))
    session.flush()


def _stars(session: Session, keys: list[int]) -> Iterator[tuple[int, Any]]:
    statement = select(Filing.instance_key, Filing.rating).where(Filing.instance_key.in_(keys), Filing.rating.is_not(None))
    return ((key, rating["stars"]) for key, rating in session.execute(statement) if key is not None and rating)
