"""What the workers do now: when each was last at work, what it has done; how much waits of each kind and since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, ColumnElement, cast, exists, func, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from engine import errors
from engine.cases import failures
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.execution import assignments
from engine.people.actors import Actor
from engine.storage import database, heartbeats
from engine.storage.models import Heartbeat, Job, ProcessInstance, Timer, UserTask
from engine.verbs.operating import bulk

MOST = 50
ENDED_SHOWN = timedelta(hours=1)  # for so long a worker that was stopped is still listed
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
    has_ended: bool = False


@dataclass(frozen=True)
class Queue:
    """Work of one kind of this company: `due` waits for a worker since `oldest`, `later` is not due yet, `failed` is given up.

    `kind` is timer, the name of a job of our own, or the type of a job of cases, whose process and step are named by
    `process` and `step`; `last_error` is what the last failed try of it said.
    """

    kind: str
    due: int
    later: int
    leased: int
    failed: int
    oldest: datetime | None
    last_error: errors.Refusal | None
    process: str = ""
    step: str = ""


@dataclass(frozen=True)
class Now:
    """What the page shows."""

    workers: list[Working]
    queues: list[Queue]


def working(session: Session, by: Actor, *, now: datetime) -> Now:
    """Workers and queues. Raises NotFound for others than operators and auditors."""
    if not (by.operates or by.is_auditor):
        raise errors.NotFound(bulk.NO_PAGE)
    row = Heartbeat
    is_told = or_(row.ended_at.is_(None), row.ended_at > now - ENDED_SHOWN)
    beats = session.execute(select(row).where(is_told).order_by(row.seen_at.desc()).limit(MOST)).scalars()
    return Now([_worker(each, now) for each in beats], [*_timers(session, by, now), *_jobs(session, by, now)])


def _worker(row: Heartbeat, now: datetime) -> Working:
    has_ended = row.ended_at is not None
    is_silent = not has_ended and now - row.seen_at > heartbeats.SILENT_AFTER
    told = (row.started_at, row.seen_at, row.rounds, row.done, row.failures, row.failed_at)
    return Working(row.worker, *told, is_silent=is_silent, has_ended=has_ended)


def _timers(session: Session, by: Actor, now: datetime) -> list[Queue]:
    mine = Timer.company_id == by.company_id
    due = select(func.count(), func.min(Timer.due_at)).where(mine, Timer.due_at <= now)
    later = select(func.count()).where(mine, Timer.due_at > now)
    count, oldest = session.execute(due).one()
    waiting = session.execute(later).scalar_one()
    return [Queue("timer", count, waiting, 0, 0, oldest, None)] if count or waiting else []


def _jobs(session: Session, by: Actor, now: datetime) -> list[Queue]:
    row, case = Job, ProcessInstance
    is_due = (row.state == "open") & (row.run_at <= now)
    of = (row.type, case.process_id, row.element_id)
    statement = (
        select(
            *of,
            func.count().filter(is_due).label("due"),
            func.count().filter((row.state == "open") & (row.run_at > now)).label("later"),
            func.count().filter(row.state == "leased").label("leased"),
            func.count().filter(row.state == "failed").label("failed"),
            func.min(row.run_at).filter(is_due).label("oldest"),
            func.max(row.key).filter(row.error.is_not(None)).label("told"),
        )
        .outerjoin(case, case.key == row.instance_key)
        .where(row.company_id == by.company_id, row.state.in_(("open", "leased", "failed")), _is_of_use(session))
        .group_by(*of)
        .order_by(*of)
        .limit(KINDS_SHOWN)
    )
    rows = session.execute(statement).all()
    told = [each.told for each in rows if each.told is not None]
    said = dict(session.execute(select(row.key, row.error).where(row.key.in_(told))).all())
    known = {each.process_id: each for each in definitions.all_latest(session, by.company_id)}
    return [_queue(each, failures.read(said.get(each.told)), known) for each in rows]


def _is_of_use(session: Session) -> ColumnElement[bool]:
    """Not what comes too late: warnings and deadlines of tasks that are done and cases that are over do nothing when their time comes.

    Nobody takes them away: completing a task would cost a statement more.
    """
    task, case, kept = UserTask, aliased(ProcessInstance), Job.payload
    about = type_coerce(kept, JSON) if database.is_sqlite(session) else cast(kept, JSON)  # kept as a text
    of_task = exists().where(task.key == cast(about["user_task_key"].as_string(), BigInteger), task.state == "open")
    of_case = exists().where(case.key == cast(about["instance_key"].as_string(), BigInteger), case.state == "active")
    return or_(
        Job.type.not_in((*assignments.OF_TASKS, *assignments.OF_CASES)),
        Job.type.in_(assignments.OF_TASKS) & of_task,
        Job.type.in_(assignments.OF_CASES) & of_case,
    )


def _queue(row: Any, said: errors.Refusal | None, known: Mapping[str, Definition]) -> Queue:
    """A job of cases by the names that the newest version of the process has for it."""
    process = known.get(row.process_id)
    element = process.program.elements.get(row.element_id or "") if process else None
    return Queue(
        row.type,
        row.due,
        row.later,
        row.leased,
        row.failed,
        row.oldest,
        said,
        process=process.title if process else row.process_id or "",
        step=(element.name or element.id) if element else row.element_id or "",
    )
