"""Who may know of a case and who may act on it; what one may not know of is simply not there."""

from __future__ import annotations

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from engine import errors
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.people.actors import Actor
from engine.storage import models

NO_CASE = "There is no such case."
NO_TASK = "There is no such task."


def may_start(definition: Definition, by: Actor) -> bool:
    """Whether the person may start the process by hand: member of a group of `may_start`, or "*" for everybody.

    As long as no setting says who, administrators and its managers may: a diagram just uploaded is nobody else's yet.
    """
    allowed = definition.settings.may_start
    if allowed is None:
        return may_manage(definition, by)
    return by.is_system or "*" in allowed or bool(by.groups & set(allowed))


def may_manage(definition: Definition, by: Actor) -> bool:
    """Whether the person sees and steers every case of the process: its managers, and administrators."""
    return by.is_administrator or bool(by.groups & set(definition.settings.managers))


def may_see(session: Session, by: Actor, instance: models.ProcessInstance) -> bool:
    """Whether the person may read the case: initiator, manager, `visible_to`, or anybody who has or had a task in its tree."""
    if instance.company_id != by.company_id:
        return False
    definition = definitions.of(session, instance.definition_key)
    if may_manage(definition, by) or by.groups & set(definition.settings.visible_to):
        return True
    return instance.initiator == by.username or _takes_part(session, by, instance)


def require_case(session: Session, by: Actor, key: int) -> models.ProcessInstance:
    """The instance, for reading. Raises NotFound when there is none that the person may know of."""
    instance = session.get(models.ProcessInstance, key)
    if instance is None or not may_see(session, by, instance):
        raise errors.NotFound(NO_CASE)
    return instance


def refuse_task(session: Session, by: Actor, instance: models.ProcessInstance) -> errors.Refusal:
    """The refusal for somebody whose task it is not: Forbidden for those who know the case, else NotFound."""
    if may_see(session, by, instance):
        return errors.Forbidden("This task is not yours to act on.")
    return errors.NotFound(NO_TASK)


def _takes_part(session: Session, by: Actor, instance: models.ProcessInstance) -> bool:
    item, tree = models.WorkItem, models.ProcessInstance
    holder = or_(item.username == by.username, item.group_name.in_(sorted(by.groups)))
    in_tree = exists().where(tree.key == item.instance_key, tree.root_key == instance.root_key)
    return session.execute(select(item.key).where(holder, in_tree).limit(1)).first() is not None
