"""Timers that are due: those that rest in cases, and the scheduled starts of processes."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BindParameter, Integer, bindparam, select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import Said
from engine.calendar import due
from engine.cases import cases, incident_rows
from engine.cases.cases import Surroundings
from engine.cases.rights import keepers
from engine.definitions import definitions
from engine.execution import resting, settling
from engine.people import organisation
from engine.people.actors import SYSTEM
from engine.storage import locking
from engine.storage.models import ScheduledStart, Timer
from engine.verbs.running import process_instances, start_events

NOT_STARTED = Said("“{process}”到点未能发起", "“{process}” could not be started when it was due")
NOT_STARTED_BODY = Said(
    "这一次请手工发起，到下一次仍会自动发起。", "Please start this one by hand; the next comes by itself again."
)
PARKED = datetime(9999, 1, 1, tzinfo=UTC)
# Every round of every worker asks these; building a statement takes longer than running it.
_TILL: BindParameter[datetime] = bindparam("now")
_LIMIT = bindparam("limit", type_=Integer)
DUE = select(Timer.key).where(Timer.due_at <= _TILL).order_by(Timer.due_at, Timer.key).limit(_LIMIT)
DUE_STARTS = select(ScheduledStart.key).where(ScheduledStart.due_at <= _TILL).order_by(ScheduledStart.due_at).limit(_LIMIT)


def due_keys(session: Session, *, now: datetime, limit: int) -> list[int]:
    """The keys of timers that are due, the longest due first."""
    return list(session.execute(DUE, {"now": now, "limit": limit}).scalars())


def fire(session: Session, key: int, *, now: datetime) -> bool:
    """Fires one timer and lets its case go on; False when it is gone, not due, or its case is just being moved.

    One that would interrupt a case past its point of no return goes without effect.
    """
    row = locking.with_row(session, Timer, key, skip_locked=True)
    if row is None or row[1].due_at > now:
        return False
    instance, timer = row
    case = cases.take_up(Surroundings(session, SYSTEM(instance.company_id), now), instance)
    case.fired, element = timer, case.definition.program.elements[timer.element_id]
    case.around.event = element.name
    if not case.run.bars(timer.token):
        case.note("timer_fired", element, due_at=timer.due_at.isoformat())
    case.run.fire(timer.token)
    settling.settle(case)
    return True


def park(session: Session, key: int, error: Exception, *, now: datetime) -> None:
    """Takes a timer that cannot be fired out of the way, and makes that an incident for people to see."""
    row = locking.with_row(session, Timer, key)
    if row is None:
        return
    instance, timer = row
    timer.due_at = PARKED
    of = {"instance": instance, "element_id": timer.element_id, "token": timer.token}
    incident_rows.add(session, timer.company_id, resting.PARKED_TIMER, incident_rows.worded(error), now=now, **of)


def due_starts(session: Session, *, now: datetime, limit: int) -> list[int]:
    """The keys of scheduled starts that are due."""
    return list(session.execute(DUE_STARTS, {"now": now, "limit": limit}).scalars())


def start_scheduled(session: Session, key: int, *, now: datetime) -> bool:
    """Starts a process at its timer start event and notes when it is due next; missed occurrences count as one."""
    mine = (ScheduledStart.key == key, ScheduledStart.due_at <= now)
    row = session.execute(select(ScheduledStart).where(*mine).with_for_update(skip_locked=True)).scalar()
    if row is None:
        return False
    definition = definitions.by_key(session, row.definition_key)
    _move_on(session, row, now=now)
    process_instances.start_by_event(session, definition, row.element_id, {}, now=now)
    return True


def skip_start(session: Session, key: int, error: Exception, *, now: datetime) -> None:
    """Passes over an occurrence whose start failed; the failure becomes an incident of the company.

    A cycle that cannot be followed any further is due no more, until another version of the process is deployed.
    """
    row = session.execute(select(ScheduledStart).where(ScheduledStart.key == key).with_for_update()).scalar()
    if row is None:
        return
    try:
        _move_on(session, row, now=now)
    except errors.Refusal:
        row.due_at = None
    told = incident_rows.worded(error)
    told = errors.Refusal(told.text, fields=None, **{**told.values, "process_id": row.process_id})
    company = organisation.current(session, row.company_id)
    newest = definitions.latest(session, company.id, row.process_id)
    words = NOT_STARTED.of(process=newest.title), NOT_STARTED_BODY
    to, of = keepers.keepers_of(session, company, row.process_id), {"element_id": row.element_id}
    incident_rows.add_alone(session, company, "scheduled_start", told, words, to, now=now, **of)


def _move_on(session: Session, row: ScheduledStart, *, now: datetime) -> None:
    """Sets the next due time of a scheduled start, None when its repetitions are used up.

    Raises Invalid for a cycle that stands still.
    """
    left = None if row.repetitions is None else row.repetitions - 1
    following = None
    anchor = due.anchor_of(row.expression, row.anchor, row.due_at or now)
    if left is None or left > 0:
        calendar = start_events.calendar_of(session, definitions.by_key(session, row.definition_key))
        following = due.next(row.expression, now, calendar, anchor=anchor)
    values = {"due_at": following, "repetitions": left, "anchor": anchor}
    session.execute(update(ScheduledStart).where(ScheduledStart.key == row.key).values(**values))
