"""What is open of the cases that a person follows, as ranges of indexes, each by itself: managers' figures read nothing else.

Of the cases that a manager of departments sees by his people's part alone, it is what lies open with them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from engine.cases.rights import access, barring, leading
from engine.people.actors import Actor
from engine.storage.models import UserTask, WorkItem


@dataclass(frozen=True)
class Range:
    """Open tasks that one range of an index leads to: its columns for their key, limit and process, and its conditions.

    A task may stand `repeats` times in it.
    """

    key: Any
    due: Any
    process: Any
    conditions: tuple[ColumnElement[bool], ...]
    repeats: int = 1


def ranges(session: Session, by: Actor) -> list[Range]:
    """All that the person follows, the cheapest first; no task stands in two of them, so that they are counted one after the other."""
    is_free = barring.free(session, by, UserTask.instance_key)
    if by.reads_all:
        return [_tasks(by, is_free)]
    followed, led, task = access.followed(session, by), leading.led(session, by), UserTask
    task_ranges = [of_processes(session, by, followed)] if followed else []
    if led is not None:
        task_ranges.append(_tasks(by, task.department.in_(led.departments), task.process_id.not_in(followed), is_free))
        with_people = _with(session, by, led)
        apart = (leading.Part.process_id.not_in(followed), leading.Part.department.in_(led.departments).is_not(true()))
        task_ranges.append(replace(with_people, conditions=(*with_people.conditions, *apart)))
    if by.operates:
        task_ranges.append(
            _tasks(by, task.instance_key.in_(access.stopped(session, by)), or_(*_task_ways(session, by)).is_not(true()))
        )
    return task_ranges


def of_processes(session: Session, by: Actor, processes: list[str]) -> Range:
    """All that is open of these processes, but of what is kept from the person."""
    return _tasks(by, UserTask.process_id.in_(processes), barring.free(session, by, UserTask.instance_key))


def tasks(session: Session, by: Actor, process: str = "") -> ColumnElement[bool]:
    """The same as a condition on `UserTask`, none for those of one `process` all of whose cases the person follows."""
    if by.reads_all or process in access.followed(session, by):
        return barring.free(session, by, UserTask.instance_key)
    stopped = [UserTask.instance_key.in_(access.stopped(session, by))] if by.operates else []
    return or_(*_task_ways(session, by), *stopped)


def _task_ways(session: Session, by: Actor) -> list[ColumnElement[bool]]:
    task, led = UserTask, leading.led(session, by)
    is_free = barring.free(session, by, task.instance_key)
    ways: list[ColumnElement[bool]] = [task.process_id.in_(access.followed(session, by)) & is_free]
    if led is not None:
        theirs = _with(session, by, led)
        held = task.key.in_(select(theirs.key).where(*theirs.conditions))
        ways.append(or_(task.department.in_(led.departments), held) & is_free)
    return ways


def parts(session: Session, by: Actor, item: Any = WorkItem) -> ColumnElement[bool]:
    """The condition on work items, open or done, for those that are counted as somebody's load.

    Of somebody of another department it is what lies with him of the departments' cases, or of the followed processes.
    """
    is_free = barring.free(session, by, item.instance_key)
    if by.reads_all:
        return is_free
    led = leading.led(session, by)
    with_people = [] if led is None else [item.username.in_(led.people) & is_free]
    return or_(*other_parts(session, by, item), *with_people)


def other_parts(session: Session, by: Actor, item: Any = WorkItem) -> list[ColumnElement[bool]]:
    """`parts` but for those of the departments' people: each the beginning of an index; for who does not read all."""
    led = leading.led(session, by)
    followed = access.followed(session, by)
    is_free = barring.free(session, by, item.instance_key)
    ways: list[ColumnElement[bool]] = [item.process_id.in_(followed) & is_free] if followed or led is None else []
    if led is not None:
        ways.append(item.department.in_(led.departments) & is_free)
    if by.operates:
        ways.append(item.instance_key.in_(access.stopped(session, by)))
    return ways


def _tasks(by: Actor, *conditions: ColumnElement[bool]) -> Range:
    task = UserTask
    is_open = (task.company_id == by.company_id, task.state == "open")
    return Range(task.key, task.due_at, task.process_id, (*is_open, *conditions))


def _with(session: Session, by: Actor, led: leading.Led) -> Range:
    """What lies with the people: read from their parts alone, of which each task has one for each person at most."""
    item = leading.Part
    mine = (item.company_id == by.company_id, item.username.in_(led.people), item.group_name.is_(None))
    is_open = (*mine, item.state == "open")
    free = barring.free(session, by, item.instance_key)
    return Range(item.user_task_key, item.sort_due, item.process_id, (*is_open, free), repeats=max(1, len(led.people)))
