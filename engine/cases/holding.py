"""Whose is it: who holds a work item, may take it up, has a part in it, is kept out of it.

Each rule stands here twice, as Python over rows and as SQL over columns; a property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, or_

from engine import errors
from engine.people.actors import Actor
from engine.storage.models import UserTask, WorkItem, lists_text

KEPT_OUT = "You must not act on this task: you have acted on another part of this case, or it is about you."


def holds(by: Actor, username: str | None, group: str | None) -> bool:
    """Whether what is offered to a person or to a group is offered to this person."""
    return username == by.username or group in by.groups


def may_take(by: Actor, item: WorkItem) -> bool:
    """Whether the item is open to the person: his own, or offered to one of his groups and not claimed."""
    return item.state == "open" and holds(by, item.username, item.group_name)


def open_to(by: Actor, item: type[WorkItem] = WorkItem) -> ColumnElement[bool]:
    """`may_take` as a condition."""
    return (item.state == "open") & or_(*offers(by, item))


def offers(by: Actor, item: type[WorkItem] = WorkItem) -> list[ColumnElement[bool]]:
    """`holds`, a condition for each holder: first the person, then his groups; each is the beginning of an index."""
    return [item.username == by.username, *(item.group_name == group for group in sorted(by.groups))]


def has_part(by: Actor, item: WorkItem) -> bool:
    """Whether the item is or was his, or is or was offered to one of his groups, also where a colleague took it."""
    return holds(by, item.username, item.group_name) or item.claimed_from in by.groups


def parts(by: Actor, item: type[WorkItem] = WorkItem) -> ColumnElement[bool]:
    """`has_part` as a condition."""
    return or_(item.username == by.username, group_parts(by, item))


def group_parts(by: Actor, item: type[WorkItem] = WorkItem) -> ColumnElement[bool]:
    """The condition for items that are or were offered to one of the person's groups."""
    groups = sorted(by.groups)
    return or_(item.group_name.in_(groups), item.claimed_from.in_(groups))


def is_kept_out(by: Actor, task: UserTask) -> bool:
    """Whether the person must not act on the task: separation of duties, or it is about him."""
    return by.username in task.excluded


def kept_out(by: Actor, task: type[UserTask] = UserTask) -> ColumnElement[bool]:
    """`is_kept_out` as a condition."""
    return lists_text(task.excluded, by.username)


def own_part(by: Actor, items: Iterable[WorkItem]) -> WorkItem | None:
    """The item of a task by which the person has a part in it: one he may take up before others, his own before a group's."""
    mine = [item for item in items if has_part(by, item)]
    return min(mine, key=lambda item: (not may_take(by, item), item.username != by.username), default=None)


def refusal(by: Actor, task: UserTask, item: WorkItem, holder: str) -> errors.Refusal | None:
    """Why somebody who has a part in an open task cannot act on it; `holder` is the name of who claimed it."""
    if is_kept_out(by, task):
        return errors.Forbidden(KEPT_OUT)
    if not may_take(by, item):
        return errors.Conflict("%(name)s has already claimed this task.", name=holder)
    return None
