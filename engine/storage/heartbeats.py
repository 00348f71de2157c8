"""Signs of life of the background workers: without them, a worker that died would be noticed by what never happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.storage import database
from engine.storage.models import Heartbeat

EVERY = timedelta(seconds=15)
SILENT_AFTER = timedelta(minutes=1)
REMEMBERED = timedelta(days=7)


@dataclass(frozen=True)
class Silence:
    """Nobody does the background work; `since` is None where no worker ever ran."""

    since: datetime | None


def beat(session: Session, worker: str, *, now: datetime) -> None:
    """Notes that this worker is at work."""
    insert = sqlite.insert if database.is_sqlite(session) else postgresql.insert
    row = insert(Heartbeat).values(worker=worker, seen_at=now)
    session.execute(row.on_conflict_do_update(index_elements=["worker"], set_={"seen_at": row.excluded.seen_at}))


def silence(session: Session, *, now: datetime) -> Silence | None:
    """Whether nothing has picked up due work for a minute; one statement over a row for each worker."""
    last = session.execute(select(func.max(Heartbeat.seen_at))).scalar()
    return None if last is not None and now - last <= SILENT_AFTER else Silence(last)


def forget(session: Session, *, now: datetime) -> None:
    """Removes workers that ended long ago."""
    session.execute(delete(Heartbeat).where(Heartbeat.seen_at < now - REMEMBERED))
