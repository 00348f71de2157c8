"""Which rows of a list a person may see: the conditions that `engine.cases.cases.access` asks of one case, for many."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, or_, true
from sqlalchemy.orm import Session, aliased

from engine.definitions import definitions
from engine.people.actors import Actor
from engine.storage.models import ProcessInstance, UserTask, WorkItem

Sibling = aliased(ProcessInstance, name="sibling")


def processes_seen(session: Session, by: Actor) -> list[str]:
    """The processes all of whose cases this person may read, as workflow.toml's `managers` and `visible_to` say."""
    return [
        definition.process_id
        for definition in definitions.all_latest(session, by.company_id)
        if by.groups & {*definition.settings.managers, *definition.settings.visible_to}
    ]


def cases_seen(session: Session, by: Actor) -> ColumnElement[bool]:
    """The condition on `ProcessInstance` for cases this person may see."""
    if by.is_administrator:
        return true()
    mine = or_(WorkItem.username == by.username, WorkItem.group_name.in_(sorted(by.groups)))
    has_part = exists().where(WorkItem.instance_key == Sibling.key, Sibling.root_key == ProcessInstance.root_key, mine)
    return or_(
        ProcessInstance.initiator == by.username,
        ProcessInstance.process_id.in_(processes_seen(session, by)),
        has_part,
    )


def tasks_seen(session: Session, by: Actor) -> ColumnElement[bool]:
    """The condition on `UserTask` for tasks this person may see: those offered to or done by them, or of processes they manage."""
    if by.is_administrator:
        return true()
    mine = or_(WorkItem.username == by.username, WorkItem.group_name.in_(sorted(by.groups)))
    return or_(
        exists().where(WorkItem.user_task_key == UserTask.key, mine),
        UserTask.process_id.in_(processes_seen(session, by)),
    )
