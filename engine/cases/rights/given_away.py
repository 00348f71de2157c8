"""Tasks that went from somebody to somebody else: what whoever had one reads who still has it in a window."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.cases.rights import holding
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage.models import HistoryEvent, UserTask, WorkItem

KINDS = ("reassigned", "escalated")
WENT = "This task is not yours any more: it went to %(name)s."
GIVEN_BY = "%(who)s gave this task to %(name)s; it is not yours any more."


def why_not(session: Session, by: Actor, around: holding.Around, item: WorkItem, holder: str) -> errors.Refusal | None:
    """`holding.refusal` of who has a part in an open task; where another has it now as somebody moved it, who that was."""
    refused = holding.refusal(by, around, item, holder)
    is_taken = isinstance(refused, errors.Overtaken)
    return (refusal(session, by, around.task) or refused) if is_taken else refused


def refusal(session: Session, by: Actor, task: UserTask) -> errors.Conflict | None:
    """That a task of his went to somebody else, and to whom; None for who never had it.

    It tells nothing of the case: its notice told him as much, and he may have no right to the case any more.
    """
    row = HistoryEvent
    mine = (row.instance_key == task.instance_key, row.kind.in_(KINDS), row.element_id == task.element_id)
    for event in session.execute(select(row).where(*mine).order_by(row.sequence.desc())).scalars():
        if event.data.get("task") == task.key and by.username in _names(event.data.get("before")):
            company = organisation.at_version(session, by.company_id, by.organisation_version)
            to = sayings.joined(company.name_of(each) for each in _names(event.data.get("to")))
            if event.actor == by.username:
                return errors.Conflict(WENT, name=to)
            if event.actor is None:
                return errors.Overtaken(WENT, name=to)
            return errors.Overtaken(GIVEN_BY, name=to, who=company.name_of(event.actor))
    return None


def _names(kept: object) -> list[str]:
    return [kept] if isinstance(kept, str) else kept if isinstance(kept, list) else []
