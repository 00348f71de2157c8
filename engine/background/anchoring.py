"""The worker's daily anchoring: which cases and which rows of the logs are new since the last line, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from engine import errors
from engine.background.anchors import Anchors, Line, Log, digest
from engine.storage import jobs, keys, models

NAME = "anchors.write"
EVENTS = 10_000  # of the histories, and rows of each log, in one line
SETTLED_AFTER = timedelta(hours=2)  # longer than any transaction: no row of before comes into sight afterwards
LOST = "The file of anchors ends with line %(here)s, but line %(known)s was written. Put the file back, or ask who removed it."

# What never changes once it is written; a column added later is not covered by the lines of before, so it has no place here.
LOGS: dict[str, tuple[Any, ...]] = {
    model.__tablename__: tuple(model.__table__.c[name] for name in columns.split())
    for model, columns in (
        (models.RecordReading, "key company_id record_key version username at purpose granted"),
        (models.RegisterEntry, "key company_id register number instance_key data entered_by entered_at"),
        (models.RecordVersion, "key company_id record_key version digest reason written_by written_at instance_key"),
        (models.RemovedCase, "key company_id instance_key number removed_at history_length history_digest"),
    )
}


def order(session: Session, *, now: datetime) -> None:
    """Asks the worker for the day's anchors, where the installation has a file for them."""
    if session.info.get("anchors") is not None:
        _ask(session, now)


def _ask(session: Session, now: datetime) -> None:
    """A job for the whole installation; that it fails is told to the administrators of the first company."""
    company = session.execute(select(func.min(models.Company.id))).scalar()
    if company is not None:
        jobs.enqueue(session, NAME, {}, company_id=company, run_at=now, key="daily")


@jobs.job(NAME)
def write(session: Session, _payload: Mapping[str, Any], *, now: datetime) -> None:
    """Writes one line with what is new since the last, and asks for the next piece if there is more.

    Raises Conflict when lines that were written are not in the file any more: going on would hide that.
    """
    anchors: Anchors | None = session.info.get("anchors")
    if anchors is None:
        return
    before = anchors.last()
    known = session.execute(select(func.max(models.Anchor.number))).scalar() or 0
    here = before["n"] if before else 0
    if here < known:
        raise errors.Conflict(LOST, here=here, known=known)
    content, is_all = _news(session, before, keys.first_of(now - SETTLED_AFTER))
    line = anchors.append({"at": now.astimezone(UTC).isoformat(), **content}, before=before)
    session.execute(insert(models.Anchor).values(number=line["n"], at=now, digest=digest(line)))
    if not is_all:
        _ask(session, now)


def _news(session: Session, before: Line | None, horizon: int) -> tuple[dict[str, Any], bool]:
    """What the next line tells, and whether nothing is left for another one."""
    event = models.HistoryEvent
    through: int = before["through"] if before else 0
    wanted = select(event.key, event.instance_key).where(event.key > through, event.key < horizon)
    events = session.execute(wanted.order_by(event.key).limit(EVENTS)).all()
    logs = {name: _moved_on(session, name, before, horizon) for name in LOGS}
    content = {
        "through": events[-1].key if events else through,
        "cases": dict(_heads(session, sorted({row.instance_key for row in events}))),
        "logs": {name: log.stored for name, (log, _count) in logs.items()},
    }
    return content, max(len(events), *(count for _log, count in logs.values())) < EVENTS


def _heads(session: Session, instance_keys: list[int]) -> Iterator[tuple[str, list[Any]]]:
    """Number, length and last digest of each case's history, by its key."""
    row = models.ProcessInstance
    for first in range(0, len(instance_keys), 500):
        some = instance_keys[first : first + 500]
        wanted = select(row.key, row.number, row.history_length, row.history_digest).where(row.key.in_(some))
        for head in session.execute(wanted.order_by(row.key)):
            yield str(head.key), [head.number, head.history_length, head.history_digest]


def _moved_on(session: Session, name: str, before: Line | None, horizon: int) -> tuple[Log, int]:
    """How far the log is anchored now, and how many rows that took."""
    log, count = Log(*(before or {"logs": {}})["logs"].get(name, ())), 0
    for row in rows(session, name, after=log.through, before=horizon, limit=EVENTS):
        log, count = log.after(row), count + 1
    return log, count


def rows(session: Session, name: str, *, after: int, before: int, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a log between two keys in their order, as they are anchored; read piece by piece."""
    columns = LOGS[name]
    wanted = select(*columns).where(columns[0] > after, columns[0] < before).order_by(columns[0]).limit(limit)
    for row in session.execute(wanted, execution_options={"yield_per": 1000}):
        yield dict(zip((column.name for column in columns), row, strict=True))
