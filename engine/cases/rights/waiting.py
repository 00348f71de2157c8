"""For whom a case waits, and with which of its tasks: for those who write to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
    """Whom an open case waits for, with those it called: holders of a task, members of groups, those who stand in for a holder.

    Each with the most urgent of his tasks; not whom a task keeps out.
    """
    found: dict[str, UserTask] = {}
    for name, task in _parts(session, company, instance, now):
        if name not in task.excluded and (name not in found or (task.due_at or NEVER) < (found[name].due_at or NEVER)):
            found[name] = task
    return found


def facts(task: UserTask | None) -> dict[str, Any]:
    """What a letter says of the task that somebody has in a case; nothing where he has none."""
    if task is None:
        return {}
    return {"step": task.name, "due": task.due_at.isoformat() if task.due_at else None, "task": task.key}


def by_task(readers: Iterable[str], having: Mapping[str, UserTask]) -> Iterator[tuple[list[str], UserTask | None]]:
    """The readers, those of one task together."""
    sorted_out: dict[int | None, list[str]] = {}
    for each in readers:
        sorted_out.setdefault(having[each].key if each in having else None, []).append(each)
    for same in sorted_out.values():
        yield same, having.get(same[0])


def _parts(session: Session, company: Organisation, instance: Instance, now: datetime) -> Iterator[tuple[str, UserTask]]:
    rows = _open_parts(session, instance)
    acting = {of: _acting(session, instance, rows, of, now) for of in dict.fromkeys(task.process_id for task, *_ in rows)}
    for task, username, _group in rows:
        if username:
            yield from ((name, task) for name in (username, *acting[task.process_id].get(username, ())))
    for task, _username, group in rows:
        if group:
            yield from ((name, task) for name in company.members_of(group))


def _open_parts(session: Session, instance: Instance) -> list[Any]:
    item, task = WorkItem, UserTask
    of_it = (
        Instance.root_key == instance.key if instance.parent_key is None else Instance.key.in_(with_called(session, instance))
    )
    parts = select(task, item.username, item.group_name).join(item, item.user_task_key == task.key)
    mine = parts.join(Instance, Instance.key == item.instance_key).where(of_it, item.state == "open", task.state == "open")
    return list(session.execute(mine.order_by(item.key)).all())


def _acting(session: Session, instance: Instance, rows: list[Any], of: str, now: datetime) -> dict[str, list[str]]:
    names = [username for task, username, _group in rows if username and task.process_id == of]
    return standing_in.deputies(session, instance.company_id, names, of, now=now)


def called(session: Session, instance: Instance) -> dict[int, int | None]:
    """The cases of the tree with the case that called each; a case that was not called is asked for nothing."""
    if instance.parent_key is None:
        return {instance.key: None}
    tree = select(Instance.key, Instance.parent_key).where(Instance.root_key == instance.root_key)
    return {each.key: each.parent_key for each in session.execute(tree)}


def with_called(session: Session, instance: Instance) -> list[int]:
    """The case with those that it called, and these in turn."""
    tree, found = called(session, instance), [instance.key]
    for key in found:
        found += [below for below, above in tree.items() if above == key]
    return found
