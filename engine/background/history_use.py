"""How much history every process keeps, worked out once a day: counted by month over the cases' own rows, never over their events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, delete, exists, extract, func, insert, select, union_all
from sqlalchemy.orm import Session

from engine.storage import jobs
from engine.storage.models import Company, HistoryEvent, HistoryUse, ProcessInstance

NAME = "history.measure"
SAMPLED = 20  # cases of a process, the latest, of whose events the size is measured
FIXED = 320  # octets of an event beside its data: keys, times, names, digest, and its lines in two indexes


def order(session: Session, *, now: datetime) -> None:
    """Asks the worker to measure every company that has any case."""
    has_cases = exists().where(ProcessInstance.company_id == Company.id)
    for company_id in session.execute(select(Company.id).where(has_cases).order_by(Company.id)).scalars().all():
        jobs.enqueue(session, NAME, {"company": company_id}, company_id=company_id, run_at=now, key="daily")


@jobs.job(NAME, is_aside=True)
def work(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Measures one company; again it only renews the figures."""
    measure(session, payload["company"], now=now)


def measure(session: Session, company_id: str, *, now: datetime) -> None:
    """Counts cases and events by process and month of their end, and keeps that in place of what was known before."""
    rows = _counted(session, company_id)
    sizes = {process_id: _octets_of_event(session, company_id, process_id) for process_id, *_rest in rows}
    session.execute(delete(HistoryUse).where(HistoryUse.company_id == company_id))
    own = {"company_id": company_id, "as_of": now}
    measured = [
        {
            **own,
            "process_id": process_id,
            "month": month,
            "cases": cases,
            "events": events,
            "octets": events * sizes[process_id],
        }
        for process_id, month, cases, events in rows
    ]
    if measured:
        session.execute(insert(HistoryUse), measured)


def _counted(session: Session, company_id: str) -> list[tuple[str, str, int, int]]:
    row = ProcessInstance
    year, month = extract("year", row.ended_at), extract("month", row.ended_at)
    asked = select(row.process_id, year, month, func.count(), func.sum(row.history_length)).where(row.company_id == company_id)
    counts = session.execute(asked.group_by(row.process_id, year, month)).all()
    return [(each[0], f"{each[1]:04d}-{each[2]:02d}" if each[1] else "", each[3], int(each[4])) for each in _whole(counts)]


def _whole(rows: Iterable[Any]) -> Iterable[tuple[str, int, int, int, int]]:
    """As whole numbers, which PostgreSQL does not give; 0 for the month of what runs."""
    return ((row[0], int(row[1] or 0), int(row[2] or 0), int(row[3]), int(row[4] or 0)) for row in rows)


def _octets_of_event(session: Session, company_id: str, process_id: str) -> int:
    """About how much one event of the process takes, from its latest cases that run and that ended."""
    row, event = ProcessInstance, HistoryEvent
    latest = [
        select(row.key)
        .where(row.company_id == company_id, row.process_id == process_id, row.state == state)
        .order_by(row.key.desc())
        .limit(SAMPLED)
        .subquery()
        for state in ("active", "completed")
    ]
    keys = union_all(*(select(each.c.key) for each in latest))
    size = func.avg(func.length(cast(event.data, Text)))
    return FIXED + int(session.execute(select(size).where(event.instance_key.in_(keys))).scalar() or 0)
