"""Until when a case is to be done whose step has no limit of its own: its own limit, else that of the case that called it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from engine.storage.models import ProcessInstance, UserTask


def beyond_step() -> ColumnElement[Any]:
    """The limit of a task, or the one that stands behind it where it has none, for a select of tasks with their cases."""
    root = aliased(ProcessInstance)
    first = select(root.due_at).where(root.key == ProcessInstance.root_key).correlate(ProcessInstance).scalar_subquery()
    return func.coalesce(UserTask.due_at, ProcessInstance.due_at, first).label("beyond_step")


def beyond(session: Session, task: UserTask, case: ProcessInstance) -> datetime | None:
    """The same for one task; a statement where its case was called and has no limit either."""
    known = task.due_at or case.due_at
    if known or case.key == case.root_key:
        return known
    return session.execute(select(ProcessInstance.due_at).where(ProcessInstance.key == case.root_key)).scalar()
