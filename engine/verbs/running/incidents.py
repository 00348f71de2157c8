"""Incidents (异常): what stopped and needs a person, and trying it again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import cases
from engine.cases.cases import Instance, Surroundings
from engine.cases.rights import access, barring, recusal
from engine.execution import resting, settling
from engine.people.actors import Actor
from engine.storage import locking, models
from engine.storage.models import Incident
from engine.verbs import grounds, operated

RETRIES = 1
NONE = "There is no such incident, or you may not view it."
SETTLED = "This incident is already resolved."
NOTHING_TO_TRY = "There is nothing to try again here. Please note what was done about it."
MAX_NOTE = 1000
MOST_AT_ONCE = 500


def resolve(session: Session, by: Actor, key: int, *, retries: int | None = None, reason: str = "", now: datetime) -> None:
    """Tries again what stopped: evaluates the expression anew, or offers the job `retries` more times.

    `reason` stands in the history of the case. Raises NotFound, Forbidden for others than the process's managers and operators and for whom the case keeps away,
    Conflict when it is resolved or where nothing can be tried. An expression that fails again is a new incident.
    """
    incident, instance = _lock(session, by, key)
    if instance is None and incident.job_key is None:
        raise errors.Conflict(NOTHING_TO_TRY)
    case = None if instance is None else cases.take_up(Surroundings(session, by, now), instance)
    if case is not None and by.answerable in recusal.recused(case):
        raise errors.Forbidden(grounds.NO_OPERATING)
    settle(incident, by, now=now)
    if incident.job_key is not None:
        _reopen_job(session, incident.job_key, retries or RETRIES, now)
    operated.note(session, by, operated.RETRY, instance, reason, now=now)
    if case is None:
        session.flush()
        return
    case.instance.incidents -= 1
    element = case.definition.program.elements.get(incident.element_id or "")
    case.note("incident_resolved", element, actor=by.username, **({"reason": reason} if reason else {}))
    resting.try_again(case, incident)
    settling.settle(case)


def close(session: Session, by: Actor, key: int, note: str, *, now: datetime) -> None:
    """Settles an incident without a case by hand: `note` says what was done about it (a letter registered by telephone).

    Raises NotFound for others than administrators, Conflict for one of a case or resolved already, Invalid without a note.
    """
    if not note.strip():
        raise errors.Invalid("Please note what was done.")
    incident, said = without_case(session, by, key), grounds.remark(note, "note", most=MAX_NOTE)
    incident.values = {**incident.values, "note": said}
    settle(incident, by, now=now)
    operated.note(session, by, operated.SETTLE, None, said, now=now)
    session.flush()


def retry_all(session: Session, by: Actor, cause: str, reason: str, *, now: datetime) -> int:
    """Tries again the work of our own, of no case, that stopped by one cause; how many, at most `MOST_AT_ONCE`.

    Raises NotFound for others than administrators, Conflict where there is none, Invalid without a reason.
    """
    given = grounds.reason(reason)
    keys = _of_cause(session, by, cause, Incident.job_key.is_not(None))
    with operated.as_part(session):
        for key in keys:
            resolve(session, by, key, now=now)
    operated.note(session, by, operated.RETRY, None, given, count=len(keys), now=now)
    return len(keys)


def close_all(session: Session, by: Actor, cause: str, note: str, *, now: datetime) -> int:
    """Settles by hand what of no case stopped by one cause, with one note; how many, at most `MOST_AT_ONCE`. Raises as `close`."""
    keys = _of_cause(session, by, cause)
    with operated.as_part(session):
        for key in keys:
            close(session, by, key, note, now=now)
    operated.note(session, by, operated.SETTLE, None, note.strip(), count=len(keys), now=now)
    return len(keys)


def _of_cause(session: Session, by: Actor, cause: str, *more: ColumnElement[bool]) -> list[int]:
    if not by.operates:
        raise errors.NotFound(NONE)
    mine = (Incident.company_id == by.company_id, Incident.state == "open", Incident.instance_key.is_(None))
    statement = select(Incident.key).where(*mine, Incident.cause == cause, *more)
    keys = list(session.execute(statement.order_by(Incident.key).limit(MOST_AT_ONCE)).scalars())
    if not keys:
        raise errors.Conflict(SETTLED)
    return keys


def without_case(session: Session, by: Actor, key: int) -> Incident:
    """An open incident that belongs to no case, locked. Raises NotFound for others than administrators, Conflict."""
    incident, instance = _lock(session, by, key)
    if instance is not None:
        raise errors.Conflict("This incident belongs to a case. Please try it again there.")
    if incident.state != "open":
        raise errors.Conflict(SETTLED)
    return incident


def settle(incident: Incident, by: Actor, *, now: datetime) -> None:
    """Marks a locked incident as resolved. Raises Conflict when it is already."""
    if incident.state != "open":
        raise errors.Conflict(SETTLED)
    incident.state, incident.resolved_at, incident.resolved_by = "resolved", now, by.username


def _lock(session: Session, by: Actor, key: int) -> tuple[Incident, Instance | None]:
    row = locking.with_row(session, Incident, key)
    incident = row[1] if row else session.get(Incident, key, with_for_update=True)
    instance = row[0] if row else None
    if incident is None or incident.company_id != by.company_id:
        raise errors.NotFound(NONE)
    if instance is None and not by.operates:
        raise errors.NotFound(NONE)
    if instance is not None and not by.is_system and not barring.is_free(session, by, instance):
        raise errors.NotFound(NONE)
    if instance is not None and not access.may_operate(session, by, instance.process_id):
        is_known = access.may_see(session, by, instance)
        raise errors.Forbidden("Only the process's managers may do this.") if is_known else errors.NotFound(NONE)
    return incident, instance


def _reopen_job(session: Session, key: int, retries: int, now: datetime) -> None:
    job = session.get(models.Job, key, with_for_update=True)
    if job is not None and job.state == "failed":
        job.state, job.retries, job.run_at, job.attempts = "open", max(1, retries), now, 0
