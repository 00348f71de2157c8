"""What stopped in a case [异常]: all of it tried again at once, or settled with a note where nothing waits for it any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.cases import Case, Instance
from engine.execution import resting, settling
from engine.people.actors import Actor
from engine.storage.models import Incident
from engine.verbs import grounds, operated
from engine.verbs.operating import rights
from engine.verbs.running import incidents

NOTHING = "Nothing is stopped in the case %(number)s any more."
NOTHING_SO = "Nothing is stopped in the case %(number)s by this cause any more."
STILL_WAITS = "The step “%(name)s” still waits for it. Please try it again, skip the step, or move the case."


def retry(session: Session, by: Actor, key: int, reason: str, *, cause: str = "", now: datetime) -> Instance:
    """Tries again everything that stopped in the case, or what stopped by one cause.

    What fails once more is a new incident. Raises NotFound, Forbidden, Conflict when nothing is stopped; Invalid without a
    reason.
    """
    case, given = rights.take_up(session, by, key, now=now), grounds.reason(reason)
    with operated.as_part(session):
        for each in _stopped(case, cause):
            session.refresh(each)
            if each.state == "open":  # what was tried before may have resolved it
                incidents.resolve(session, by, each.key, reason=given, now=now)
    operated.note(session, by, operated.RETRY, case.instance, given, now=now)
    return case.instance


def settle(session: Session, by: Actor, key: int, reason: str, *, cause: str = "", now: datetime) -> Instance:
    """Settles what stopped with a note of what was done about it.

    Only where the case does not wait for it: somebody has the task that nobody could be found for, or the step is left.
    Raises as `retry`, and Conflict where the step still waits.
    """
    case, note = rights.take_up(session, by, key, now=now), grounds.reason(reason)
    for each in _stopped(case, cause):
        element = case.definition.program.elements.get(each.element_id or "")
        if each.kind != resting.ASSIGNMENT and each.token is not None and case.run.place(each.token) is not None:
            raise errors.Conflict(STILL_WAITS, name=(element.name or element.id) if element else "—")
        each.values = {**each.values, "note": note[: incidents.MAX_NOTE]}
        incidents.settle(each, by, now=now)
        case.instance.incidents -= 1
        case.note("incident_resolved", element, actor=by.username, reason=note)
    operated.note(session, by, operated.SETTLE, case.instance, note, now=now)
    settling.settle(case)
    return case.instance


def _stopped(case: Case, cause: str) -> Sequence[Incident]:
    mine = [Incident.instance_key == case.instance.key, Incident.state == "open"]
    if cause:
        mine.append(Incident.cause == cause)
    statement = select(Incident).where(*mine).order_by(Incident.key)
    stopped = case.session.execute(statement.execution_options(populate_existing=True)).scalars().all()
    if not stopped:
        raise errors.Conflict(NOTHING_SO if cause else NOTHING, number=case.instance.number)
    return stopped
