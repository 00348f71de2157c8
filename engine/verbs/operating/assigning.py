"""Handing a task to somebody else by its step: what one does with a task by hand, for whoever operates on many cases."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.cases import Instance
from engine.people.actors import Actor
from engine.storage.models import UserTask
from engine.verbs import grounds, operated, user_tasks
from engine.verbs.operating import rights, skipping

NO_TASK = "Nobody has a task at this step."


def assign(session: Session, by: Actor, key: int, place: str, person: str, reason: str, *, now: datetime) -> Instance:
    """Hands the open task at a step to a person, by who manages the process.

    `place` is a token, or the element where one token is. Raises NotFound, Forbidden, Conflict (not there, held up, no task
    of people), Invalid for an unknown person, one who must not act there, or without a reason.
    """
    case, given = rights.take_up(session, by, key, now=now), grounds.reason(reason)
    token, element, kind = skipping.place_of(case, place)
    if kind != "user_task":
        raise errors.Conflict(NO_TASK)
    mine = (UserTask.instance_key == key, UserTask.token == token, UserTask.state == "open")
    task = session.execute(select(UserTask.key).where(*mine)).scalar_one()
    user_tasks.assign(session, by, task, person, given, now=now)
    operated.note(session, by, operated.ASSIGN, case.instance, given, place=element.id, person=person, now=now)
    return case.instance
