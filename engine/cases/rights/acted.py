"""Who has acted in a case: whoever holds a part that is done, and whoever did it in his place.

All rules that keep people apart (separate_from, handler of, two signatures, recusal) ask here.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions.task_settings import INITIATOR, TaskSettings
from engine.storage.models import ProcessInstance, UserTask, WorkItem

VOTING = ("own", "beside")
Step = tuple[int, str]  # the root of a tree of cases and the id of a step in it


class Doer(NamedTuple):
    """Who did a step: its holder, and who acted in his name (himself, or a deputy)."""

    username: str | None
    done_by: str | None


def acted_in(session: Session, root_key: int, element_ids: Collection[str]) -> set[str]:
    """Everybody who had a part in one of these steps, in any round and anywhere in the tree of cases."""
    return set[str]().union(*doers(session, {root_key}, element_ids).values())


def doers(session: Session, root_keys: Collection[int], element_ids: Collection[str]) -> dict[Step, set[str]]:
    """Everybody who had a part in each of these steps in each of these trees; one statement for all of them."""
    task, item, case = UserTask, WorkItem, ProcessInstance
    statement = (
        select(case.root_key, task.element_id, item.username, item.done_by)
        .distinct()
        .join(task, task.key == item.user_task_key)
        .join(case, case.key == task.instance_key)
        .where(case.root_key.in_(root_keys), task.element_id.in_(element_ids), item.state == "done")
    )
    session.flush()  # the task that is just being completed counts too
    by_step: dict[Step, set[str]] = {}
    for row in session.execute(statement):
        by_step.setdefault((row.root_key, row.element_id), set()).update(filter(None, (row.username, row.done_by)))
    return by_step


def apart_from(settings: TaskSettings) -> frozenset[str]:
    """The other steps whose doers must not do the one with these settings (`separate_from`)."""
    return frozenset(settings.separate_from) - {INITIATOR}


def apart(session: Session, root_key: int, settings: TaskSettings, people: Collection[str]) -> bool:
    """Whether one of these people did a step that the one with these settings is apart from."""
    steps = apart_from(settings)
    return bool(steps) and not acted_in(session, root_key, steps).isdisjoint(people)


def acted_themselves(session: Session, instance_key: int) -> set[str]:
    """Who really did a step of this one case, himself: not those in whose names others acted."""
    session.flush()
    wanted = select(WorkItem.done_by).where(WorkItem.instance_key == instance_key, WorkItem.state == "done").distinct()
    return {name for name in session.execute(wanted).scalars() if name}


def last_handler(session: Session, instance: ProcessInstance, element_id: str) -> Doer | None:
    """Who did the step last, in this case rather than in others of the tree; of several the one who settled it."""
    task, item, case = UserTask, WorkItem, ProcessInstance
    statement = (
        select(item.username, item.done_by)
        .join(task, task.key == item.user_task_key)
        .join(case, case.key == task.instance_key)
        .where(case.root_key == instance.root_key, task.element_id == element_id, task.state == "completed")
        .where(item.state == "done", item.position.in_(VOTING))
        .order_by(
            (task.instance_key == instance.key).desc(),
            task.completed_at.desc(),
            task.key.desc(),
            (item.done_by == task.completed_by).desc(),
            item.done_at.desc(),
        )
        .limit(1)
    )
    session.flush()  # the task that is just being completed counts too
    doer = session.execute(statement).one_or_none()
    return None if doer is None else Doer(doer.username, doer.done_by)


def handlers_of(session: Session, user_task_key: int) -> list[str]:
    """The usernames of those who decided one user task, in the order of their parts."""
    item = WorkItem
    mine = (item.user_task_key == user_task_key, item.state == "done", item.position.in_(VOTING))
    wanted = select(item.username).where(*mine).order_by(item.key)
    return [name for name in session.execute(wanted).scalars() if name]
