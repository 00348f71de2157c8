"""Signs of life of the background workers: without them, a worker that died would be noticed by what never happens."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.storage import database
from engine.storage.models import Heartbeat

EVERY = timedelta(seconds=15)
SILENT_AFTER = timedelta(minutes=1)
PULSE = timedelta(seconds=5)
DEAD_AFTER = timedelta(seconds=20)  # some pulses: a process that waits for the data store is not dead
REMEMBERED = timedelta(days=7)


@dataclass(frozen=True)
class Silence:
    """Nobody does the background work; `since` is None where no worker ever ran."""

    since: datetime | None


@dataclass
class Tally:
    """What a worker has done since it began at `started_at`: rounds, pieces of work, those that failed, the last at `failed_at`."""

    started_at: datetime | None = None
    rounds: int = 0
    done: int = 0
    failures: int = 0
    failed_at: datetime | None = None


def beat(session: Session, worker: str, *, now: datetime, tally: Tally | None = None) -> None:
    """Notes that this worker is at work, and what it has done."""
    insert = sqlite.insert if database.is_sqlite(session) else postgresql.insert
    values = {"seen_at": now, **asdict(tally or Tally(now))}
    row = insert(Heartbeat).values(worker=worker, **values)
    session.execute(row.on_conflict_do_update(index_elements=["worker"], set_={name: row.excluded[name] for name in values}))


def pulse(session: Session, worker: str, *, now: datetime) -> None:
    """Notes that the process of this worker lives, whatever keeps its rounds."""
    insert = sqlite.insert if database.is_sqlite(session) else postgresql.insert
    row = insert(Heartbeat).values(worker=worker, seen_at=now, alive_at=now)
    session.execute(row.on_conflict_do_update(index_elements=["worker"], set_={"alive_at": now}))


def end(session: Session, worker: str, *, now: datetime) -> None:
    """Notes that the process of this worker ends: what it still holds is anybody's at once."""
    session.execute(update(Heartbeat).where(Heartbeat.worker == worker).values(alive_at=silent_since(now), ended_at=now))


def silent_since(now: datetime) -> datetime:
    """Whose last pulse is as long ago is dead."""
    return now - DEAD_AFTER


def is_dead(worker: Any, silent: Any) -> ColumnElement[bool]:
    """Whether the worker of that name is known to have died: its process had a pulse, and has none since `silent`.

    Who never had one, as a worker of somebody else's that speaks to the API, keeps what it took until its lease ends.
    """
    return exists().where(Heartbeat.worker == worker, Heartbeat.alive_at <= silent)


def silence(session: Session, *, now: datetime) -> Silence | None:
    """Whether nothing has picked up due work for a minute; one statement over a row for each worker."""
    last = session.execute(select(func.max(Heartbeat.seen_at))).scalar()
    return None if last is not None and now - last <= SILENT_AFTER else Silence(last)


def forget(session: Session, *, now: datetime) -> None:
    """Removes workers that ended long ago."""
    session.execute(delete(Heartbeat).where(Heartbeat.seen_at < now - REMEMBERED))
