"""What a case waits for without a person: a timer or a job at once, later, or with more tries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.cases import Case, Instance
from engine.execution import settling
from engine.people.actors import Actor
from engine.storage.models import Incident, Job, Timer
from engine.verbs import grounds
from engine.verbs.operating import rights, skipping
from engine.verbs.running import incidents, timers

NO_MOMENT = "This step waits for no moment and no job."
BEING_DONE = "This job is being done just now."
IN_THE_PAST = "Please choose a moment to come."
NOTHING_CHANGED = "Please say until when, or how many tries are left."
MOST_RETRIES = 100
RETRIES = "Please give a number of tries from 1 to %(most)s."


def run_now(session: Session, by: Actor, key: int, place: str, reason: str, *, now: datetime) -> Instance:
    """A timer fires at once, a job is taken up at once, also one that has failed.

    `place` is a token, or the element where one token is. Raises NotFound, Forbidden, Conflict (not there, held up, no timer
    or job, being done just now), Invalid without a reason.
    """
    case, given = rights.take_up(session, by, key, now=now), grounds.reason(reason)
    token, element, kind = skipping.place_of(case, place)
    case.note("hurried", element, actor=by.username, reason=given)
    if kind == "timer":
        case.fired = _row(case, Timer, token)
        case.run.fire(token)
    elif kind == "job":
        _hurry_job(case, token)
    else:
        raise errors.Conflict(NO_MOMENT)
    settling.settle(case)
    return case.instance


def change(
    session: Session,
    by: Actor,
    key: int,
    place: str,
    reason: str,
    *,
    until: datetime | None = None,
    retries: int | None = None,
    now: datetime,
) -> Instance:
    """Sets when a timer fires or a job is tried next, and how many tries a job has left.

    Raises as `run_now`; Invalid by `until` for a moment that has passed, by `retries` for less than 1 or more than 100.
    """
    case, given = rights.take_up(session, by, key, now=now), grounds.reason(reason)
    token, element, kind = skipping.place_of(case, place)
    if kind not in ("timer", "job"):
        raise errors.Conflict(NO_MOMENT)
    _check(until, retries if kind == "job" else None, now)
    row = _row(case, Timer if kind == "timer" else Job, token)
    told = _change_timer(row, until) if kind == "timer" else _change_job(row, until, retries)
    case.note("retimed", element, actor=by.username, reason=given, **told)
    settling.settle(case)
    return case.instance


def _check(until: datetime | None, retries: int | None, now: datetime) -> None:
    if until is None and retries is None:
        _refuse("until", NOTHING_CHANGED)
    if until is not None and until <= now:
        _refuse("until", IN_THE_PAST)
    if retries is not None and not 1 <= retries <= MOST_RETRIES:
        _refuse("retries", RETRIES, most=MOST_RETRIES)


def _change_timer(row: Timer, until: datetime | None) -> dict[str, Any]:
    if row.due_at >= timers.PARKED:
        raise errors.Conflict("This timer has failed; please try it again first.")
    before, row.due_at = row.due_at, until or row.due_at
    return {"before": {"due_at": before.isoformat()}, "after": {"due_at": row.due_at.isoformat()}}


def _change_job(row: Job, until: datetime | None, retries: int | None) -> dict[str, Any]:
    if row.state == "leased":
        raise errors.Conflict(BEING_DONE)
    before = {"due_at": row.run_at.isoformat(), "retries": row.retries}
    row.run_at = until or row.run_at
    if retries is not None and row.state == "open":
        row.retries = retries
    elif retries is not None:
        raise errors.Conflict("This job has failed; please try it again first.")
    return {"before": before, "after": {"due_at": row.run_at.isoformat(), "retries": row.retries}}


def _hurry_job(case: Case, token: str) -> None:
    row = _row(case, Job, token)
    if row.state == "leased":
        raise errors.Conflict(BEING_DONE)
    row.run_at = case.now
    case.session.flush()
    for each in _stopped(case, row.key):
        incidents.settle(each, case.around.by, now=case.now)
        case.instance.incidents -= 1
        row.state, row.retries, row.attempts = "open", 1, 0


def _stopped(case: Case, job_key: int) -> list[Incident]:
    mine = (Incident.job_key == job_key, Incident.state == "open")
    return list(case.session.execute(select(Incident).where(*mine)).scalars())


def _row(case: Case, model: Any, token: str) -> Any:
    """The newest row of a wait, locked. Raises Conflict."""
    mine = (model.instance_key == case.instance.key, model.token == token)
    found = case.session.execute(select(model).where(*mine).order_by(model.key.desc()).with_for_update()).scalars().first()
    if found is None or getattr(found, "state", "open") not in ("open", "leased", "failed"):
        raise errors.Conflict(skipping.NOT_THERE)
    return found


def _refuse(field: str, text: str, **values: object) -> None:
    raise errors.Invalid(text, fields={field: [errors.Refusal(text, fields=None, **values)]}, **values)
