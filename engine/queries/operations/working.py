"""What the workers do now: when each was last at work, what it has done; how much waits of each kind and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import errors
from engine.people.actors import Actor
from engine.storage import heartbeats
from engine.storage.models import Heartbeat, Job, Timer

MOST = 50
KINDS_SHOWN = 50


@dataclass(frozen=True)
class Working:
    """A worker: when it began and was last at work, its rounds, pieces of work and failures since."""

    name: str
    started_at: datetime | None
    seen_at: datetime
    rounds: int
    done: int
    failures: int
    failed_at: datetime | None
    is_silent: bool


@dataclass(frozen=True)
class Queue:
    """Work of one kind of this company: `due` waits for a worker since `oldest`, `later` is not due yet, `failed` is given up.

    `kind` is timer, or the type of a job; `last_error` is what the last failed try of it said.
    """

    kind: str
    due: int
    later: int
    leased: int
    failed: int
    oldest: datetime | None
    last_error: str


@dataclass(frozen=True)
class Now:
    """What the page shows."""

    workers: list[Working]
    queues: list[Queue]


def working(session: Session, by: Actor, *, now: datetime) -> Now:
    """Workers and queues. Raises NotFound for others than operators and auditors."""
    if not (by.operates or by.is_auditor):
        raise errors.NotFound("There is no such page.")
    beats = session.execute(select(Heartbeat).order_by(Heartbeat.seen_at.desc()).limit(MOST)).scalars()
    return Now([_worker(each, now) for each in beats], [*_timers(session, by, now), *_jobs(session, by, now)])


def _worker(row: Heartbeat, now: datetime) -> Working:
    is_silent = now - row.seen_at > heartbeats.SILENT_AFTER
    return Working(
        row.worker, row.started_at, row.seen_at, row.rounds, row.done, row.failures, row.failed_at, is_silent=is_silent
    )


def _timers(session: Session, by: Actor, now: datetime) -> list[Queue]:
    mine = Timer.company_id == by.company_id
    due = select(func.count(), func.min(Timer.due_at)).where(mine, Timer.due_at <= now)
    later = select(func.count()).where(mine, Timer.due_at > now)
    count, oldest = session.execute(due).one()
    waiting = session.execute(later).scalar_one()
    return [Queue("timer", count, waiting, 0, 0, oldest, "")] if count or waiting else []


def _jobs(session: Session, by: Actor, now: datetime) -> list[Queue]:
    row = Job
    is_due = (row.state == "open") & (row.run_at <= now)
    statement = (
        select(
            row.type,
            func.count().filter(is_due),
            func.count().filter((row.state == "open") & (row.run_at > now)),
            func.count().filter(row.state == "leased"),
            func.count().filter(row.state == "failed"),
            func.min(row.run_at).filter(is_due),
            func.max(row.key).filter(row.error.is_not(None)),
        )
        .where(row.company_id == by.company_id, row.state.in_(("open", "leased", "failed")))
        .group_by(row.type)
        .order_by(row.type)
        .limit(KINDS_SHOWN)
    )
    found = session.execute(statement).all()
    told = [each[6] for each in found if each[6] is not None]
    said = dict(session.execute(select(row.type, row.error).where(row.key.in_(told))).all())
    return [Queue(each[0], each[1], each[2], each[3], each[4], each[5], said.get(each[0]) or "") for each in found]
