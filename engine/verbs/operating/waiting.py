"""What a case waits for without a person: a timer or a job runs at once or at another moment, a job is tried more often."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors, runtime
from engine.calendar import due
from engine.cases.cases import Case, Instance
from engine.execution import resting, settling
from engine.people.actors import Actor
from engine.storage.models import Incident, Job, Timer
from engine.verbs import ahead, grounds, operated
from engine.verbs.operating import rights, skipping
from engine.verbs.operating.changing import values
from engine.verbs.running import incidents

NO_MOMENT = "This step waits for no moment and no job."
NO_JOB = "No job waits at this step."
BEING_DONE = "This job is being done just now."
MOST_RETRIES = 100
NO_RETRIES = "Please give a whole number from 1 to %(most)s."
MAX_DIGITS = 4


def run_now(session: Session, by: Actor, key: int, place: str, reason: str, *, now: datetime) -> Instance:
    """A timer fires at once, a job is taken up at once, also one that has failed.

    `place` is a token, or the element where one token is. Raises NotFound, Forbidden, Conflict (not there, held up, no timer
    or job, being done just now), Invalid without a reason.
    """
    case, given = rights.take_up(session, by, key, now=now), grounds.reason(reason)
    token, element, kind = skipping.place_of(case, place)
    _require_no_haste(case, element, kind)
    case.note("hurried", element, actor=by.username, reason=given)
    operated.note(session, by, operated.RUN_NOW, case.instance, given, place=element.id, now=now)
    if kind == "timer":
        case.fired = _row(case, Timer, token)
        case.run.fire(token)
    elif kind == "job":
        _hurry_job(case, token)
    else:
        raise errors.Conflict(NO_MOMENT)
    settling.settle(case)
    return case.instance


def reschedule(session: Session, by: Actor, key: int, place: str, until: str, reason: str, *, now: datetime) -> Instance:
    """A timer or a job is due at another moment (ISO 8601 with its offset); one that had failed waits for it like any other.

    A timer by duration keeps the moment from then on, whatever becomes of the calendar; a cycle goes on as it was. Raises as
    `run_now`, and Invalid by `until`.
    """
    case, given = rights.take_up(session, by, key, now=now), grounds.reason(reason)
    moment = datetime.fromisoformat(values.typed(values.MOMENT, until, field="until")).astimezone(UTC)
    token, element, kind = skipping.place_of(case, place)
    if kind not in ("timer", "job"):
        raise errors.Conflict(NO_MOMENT)
    before, after = (_move_timer if kind == "timer" else _move_job)(case, token, moment), moment.isoformat()
    case.note("moment_set", element, actor=by.username, reason=given, before=before, after=after)
    operated.note(session, by, operated.RESCHEDULE, case.instance, given, place=element.id, until=after, now=now)
    settling.settle(case)
    return case.instance


def set_retries(session: Session, by: Actor, key: int, place: str, retries: str, reason: str, *, now: datetime) -> Instance:
    """How often a job is still tried; one that was given up is offered again. Raises as `run_now`, and Invalid by `retries`."""
    case, given, wanted = rights.take_up(session, by, key, now=now), grounds.reason(reason), retries_of(retries)
    token, element, kind = skipping.place_of(case, place)
    if kind != "job":
        raise errors.Conflict(NO_JOB)
    row = _free_job(case, token)
    before = row.retries
    _take_up_again(case, row, row.run_at)
    row.retries = wanted
    session.flush()
    case.note("retries_changed", element, actor=by.username, reason=given, before=before, after=wanted)
    operated.note(session, by, operated.SET_RETRIES, case.instance, given, place=element.id, retries=str(wanted), now=now)
    settling.settle(case)
    return case.instance


def retries_of(text: str) -> int:
    """A number of retries as somebody wrote it. Raises Invalid by `retries`."""
    given = text.strip()
    if given.isascii() and given.isdecimal() and len(given) < MAX_DIGITS and 1 <= int(given) <= MOST_RETRIES:
        return int(given)
    told = errors.Refusal(NO_RETRIES, fields=None, most=MOST_RETRIES)
    raise errors.Invalid(told.text, fields={"retries": [told]}, **told.values)


def _require_no_haste(case: Case, element: runtime.Element, kind: str) -> None:
    """A time that the diagram lets pass before a step that cannot be taken back is not cut short; a reminder beside a step may be."""
    if kind == "timer" and element.attached_to is None:
        ahead.require_none(case, element.id)


def _move_timer(case: Case, token: str, moment: datetime) -> str:
    row = _row(case, Timer, token)
    before = row.due_at
    if moment < before:
        _require_no_haste(case, case.definition.program.elements[row.element_id], "timer")
    row.due_at = moment
    if not due.is_cycle(row.expression):
        row.expression = moment.isoformat()
    parked = (Incident.token == token, Incident.kind == resting.PARKED_TIMER)
    _settle(case, *parked)
    case.session.flush()
    return str(before.isoformat())


def _move_job(case: Case, token: str, moment: datetime) -> str:
    row = _free_job(case, token)
    before = row.run_at
    _take_up_again(case, row, moment)
    return str(before.isoformat())


def _hurry_job(case: Case, token: str) -> None:
    _take_up_again(case, _free_job(case, token), case.now)


def _free_job(case: Case, token: str) -> Job:
    row: Job = _row(case, Job, token)
    if row.state == "leased":
        raise errors.Conflict(BEING_DONE)
    return row


def _take_up_again(case: Case, row: Job, run_at: datetime) -> None:
    """A job that was given up is open again, with one try at least, and its incident settled."""
    row.run_at = run_at
    if row.state == "failed":
        row.state, row.retries, row.attempts = "open", max(1, row.retries), 0
    _settle(case, Incident.job_key == row.key)
    case.session.flush()


def _settle(case: Case, *of: Any) -> None:
    mine = (Incident.instance_key == case.instance.key, Incident.state == "open", *of)
    for each in case.session.execute(select(Incident).where(*mine)).scalars().all():
        incidents.settle(each, case.around.by, now=case.now)
        case.instance.incidents -= 1


def _row(case: Case, model: Any, token: str) -> Any:
    """The newest row of a wait, locked. Raises Conflict."""
    mine = (model.instance_key == case.instance.key, model.token == token)
    row = case.session.execute(select(model).where(*mine).order_by(model.key.desc()).with_for_update()).scalars().first()
    if row is None or getattr(row, "state", "open") not in ("open", "leased", "failed"):
        raise errors.Conflict(skipping.NOT_THERE)
    return row
