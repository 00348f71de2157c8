"""Whether the approval steps of a case were passed, and by whom: what a destruction and a lower secrecy level hang on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Label, select
from sqlalchemy.orm import Session

from engine.storage.models import ProcessInstance, UserTask, WorkItem


@dataclass(frozen=True)
class Approval:
    """An approval step that was passed: at which element, by whom (a username), perhaps in whose place, and when."""

    element_id: str
    by: str | None
    at: datetime | None
    instead_of: str | None = None

    @property
    def people(self) -> frozenset[str | None]:
        """Whose word it is: a deputy's, and that of the one for whom he gave it."""
        return frozenset((self.by, self.instead_of or self.by))


def passed(session: Session, instance: ProcessInstance) -> list[Approval]:
    """The approval steps of a running case, each as it was passed last; none when one was refused at its last attempt."""
    statement = (
        select(UserTask.element_id, UserTask.completed_by, UserTask.completed_at, UserTask.outcome, _stood_in_for())
        .where(UserTask.instance_key == instance.key, UserTask.kind == "approve", UserTask.state == "completed")
        .order_by(UserTask.completed_at, UserTask.key)
    )
    last = {row.element_id: row for row in session.execute(statement)}
    if instance.state != "active" or any(row.outcome != "approve" for row in last.values()):
        return []
    return [Approval(row.element_id, row.completed_by, row.completed_at, row.instead_of) for row in last.values()]


def first_at(session: Session, instance: ProcessInstance, elements: Collection[str]) -> datetime | None:
    """When the first of the approvals at these elements was given, each as it was passed last; None where there is none."""
    given = [each.at for each in passed(session, instance) if each.element_id in elements]
    return min((at for at in given if at is not None), default=None)


def _stood_in_for() -> Label[str | None]:
    item = WorkItem
    theirs = (item.done_by == UserTask.completed_by, item.username != item.done_by, item.state == "done")
    return (
        select(item.username).where(item.user_task_key == UserTask.key, *theirs).limit(1).scalar_subquery().label("instead_of")
    )


def asked_by(session: Session, instance: ProcessInstance, approval: Approval) -> frozenset[str | None]:
    """Who asked for what was approved: the initiator, and whoever worked on the case before without being an approver."""
    item = WorkItem
    statement = (
        select(item.username, item.done_by)
        .join(UserTask, UserTask.key == item.user_task_key)
        .join(ProcessInstance, ProcessInstance.key == UserTask.instance_key)
        .where(
            ProcessInstance.root_key == instance.root_key,
            UserTask.kind != "approve",
            UserTask.state == "completed",
            UserTask.completed_at <= approval.at,
            item.state == "done",
        )
    )
    return frozenset(name for row in session.execute(statement) for name in row) | {instance.initiator}
