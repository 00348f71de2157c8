"""Who operates on a case: operators and who manages its process, never a person whom it is about."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from engine import errors
from engine.cases import cases
from engine.cases.cases import Case, Surroundings
from engine.cases.rights import access, recusal
from engine.people.actors import Actor
from engine.verbs import grounds

NOT_HIS = "Only operators and those who manage the process may do this."


def take_up(session: Session, by: Actor, key: int, *, now: datetime) -> Case:
    """The case, locked and taken up. Raises NotFound, Forbidden, Conflict when it is over or held up."""
    instance = grounds.seen(session, by, key)
    if not access.may_operate(session, by, instance.process_id):
        raise errors.Forbidden(NOT_HIS)
    case = cases.take_up(Surroundings(session, by, now), instance)
    if by.answerable in recusal.recused(case):
        raise errors.Forbidden(grounds.NO_OPERATING)
    return case
