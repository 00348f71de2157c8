"""For whom a case waits, and with which of its tasks: for those who write to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.cases.cases import Instance
from engine.cases.rights import standing_in
from engine.people.organisation import Organisation
from engine.storage.models import UserTask, WorkItem

NEVER = datetime.max.replace(tzinfo=UTC)


def holders(session: Session, company: Organisation, instance: Instance, now: datetime) -> dict[str, UserTask]:
    """Whom an open case waits for, with those it called: holders of a task, members of groups, those who stand in for a holder and may act.

    Each with the most urgent of his tasks; not whom a task keeps out.
    """
    tasks: dict[str, UserTask] = {}
    for name, task in _parts(session, company, instance, now):
        if name not in tasks or (task.due_at or NEVER) < (tasks[name].due_at or NEVER):
            tasks[name] = task
    return tasks


def facts(task: UserTask) -> dict[str, Any]:
    """What a letter says to somebody of his task in a case."""
    return {"step": task.name, "due": task.due_at.isoformat() if task.due_at else None, "task": task.key}


def _parts(session: Session, company: Organisation, instance: Instance, now: datetime) -> Iterator[tuple[str, UserTask]]:
    rows = _open_parts(session, instance)
    standing = standing_in.on(session, company, [row for row in rows if row[0].username], now=now)
    for part, task in rows:
        able = standing[part.key].able if part.key in standing else []
        yield from ((name, task) for name in (*standing_in.holders_of(company, part, task), *able))


def _open_parts(session: Session, instance: Instance) -> list[tuple[WorkItem, UserTask]]:
    item, task = WorkItem, UserTask
    is_whole = instance.parent_key is None
    of_it = Instance.root_key == instance.key if is_whole else Instance.key.in_(with_called(session, instance))
    parts = select(item, task).join(task, task.key == item.user_task_key)
    mine = parts.join(Instance, Instance.key == item.instance_key).where(of_it, item.state == "open", task.state == "open")
    return [(part, of_task) for part, of_task in session.execute(mine.order_by(item.key)).all()]


def called(session: Session, instance: Instance) -> dict[int, int | None]:
    """The cases of the tree with the case that called each; a case that was not called is asked for nothing."""
    if instance.parent_key is None:
        return {instance.key: None}
    tree = select(Instance.key, Instance.parent_key).where(Instance.root_key == instance.root_key)
    return {each.key: each.parent_key for each in session.execute(tree)}


def with_called(session: Session, instance: Instance) -> list[int]:
    """The case with those that it called, and these in turn."""
    tree, keys = called(session, instance), [instance.key]
    for key in keys:
        keys += [below for below, above in tree.items() if above == key]
    return keys
