"""What a case waits for without a person: a timer fires, or a job is taken up, at once."""

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
from engine.verbs.running import incidents

NO_MOMENT = "This step waits for no moment and no job."
BEING_DONE = "This job is being done just now."


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
