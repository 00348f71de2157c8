"""The tasks behind a figure of the past: done at a step within a span, in time or late, come again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.rights import barring
from engine.definitions.languages import telling
from engine.definitions.working_time import Clocks
from engine.execution import comebacks
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.insight import extent as extents
from engine.queries.status import open_tasks
from engine.queries.status.narrowed import case_filters, given
from engine.storage.models import LateTask, Person, ProcessInstance, UserTask

CAUSES = ("suspended", "absence", "returned", "claim", "work")
KINDS = ("limited", "late", "kept", "again", *CAUSES)


@dataclass(frozen=True)
class EndedFilters:
    """`kind`: one of `KINDS` or "" for all; `since` and `until` are days as ISO text.

    `department` is that of who did it, with those below it; `unit` is it alone.
    """

    element: str = ""
    kind: str = ""
    version: str = ""
    department: str = ""
    unit: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True)
class EndedLine:
    """A task that was done; `worked` is its working time in seconds."""

    key: int
    case_key: int
    name: str
    title: str
    number: str
    done_by: str
    arrived_at: datetime
    done_at: datetime
    due_at: datetime | None
    round: int
    worked: float


@dataclass(frozen=True)
class Ended:
    """One page of them; `day_seconds` is one working day."""

    page: paging.Page[EndedLine]
    process_name: str
    day_seconds: float


def lines(session: Session, by: Actor, process_id: str, filters: EndedFilters, wanted: paging.WantedPage) -> Ended:
    """Of a process that the person follows, those that arrived last first; one statement. Raises NotFound, Invalid."""
    process = extents.followed(session, by, process_id)
    company = open_tasks.company_of(session, by)
    clocks = Clocks(session, company)
    task, case = UserTask, ProcessInstance
    columns = (task.key, case.key.label("case_key"), task.name, case.title, case.number, task.completed_by, task.created_at)
    statement = select(*columns, task.completed_at, task.due_at, task.round, task.definition_key, task.element_id).join(
        case, case.key == task.instance_key
    )
    statement = statement.where(*_within(session, by, process_id), *_narrowed(session, by, filters))
    rows = session.execute(paging.newest_first(statement, task.key, wanted)).all()
    lines_of = [_line(telling.told(session, row), company.name_of(row.completed_by), clocks) for row in rows]
    return Ended(
        paging.page(lines_of, wanted, lambda line: (line.key,)),
        process.title,
        clocks.named(process.settings.calendar).day_seconds,
    )


def _within(session: Session, by: Actor, process_id: str) -> list[ColumnElement[bool]]:
    row = UserTask
    of_process = (row.company_id == by.company_id, row.process_id == process_id, row.state == "completed")
    return [*of_process, barring.free(session, by, row.instance_key)]


def _narrowed(session: Session, by: Actor, filters: EndedFilters) -> Iterator[ColumnElement[bool]]:
    row, company = UserTask, open_tasks.company_of(session, by)
    if filters.kind and filters.kind not in KINDS:
        raise errors.Invalid("Tasks done are narrowed by their deadline, by why they were late, or to those done once more.")
    if filters.element:
        yield row.element_id == filters.element
    if filters.version:
        yield ProcessInstance.version == given.number(filters.version)
    if filters.since:
        yield row.completed_at >= case_filters.begin(filters.since, company.time_zone)
    if filters.until:
        yield row.completed_at < case_filters.begin(filters.until, company.time_zone, 1)
    for inside in ((company.below(filters.department) if filters.department else ()), (filters.unit,)):
        if any(inside):
            person = (Person.company_id == by.company_id, Person.department.in_(inside))
            yield row.completed_by.in_(select(Person.username).where(*person))
    yield from _of_kind(filters.kind)


def _of_kind(kind: str) -> Iterator[ColumnElement[bool]]:
    row = UserTask
    if kind == "limited":
        yield row.due_at.is_not(None)
    elif kind in CAUSES:
        yield row.key.in_(select(LateTask.user_task_key).where(LateTask.cause == kind, LateTask.company_id == row.company_id))
    elif kind == "late":
        yield row.completed_at > row.due_at
    elif kind == "kept":
        yield row.completed_at <= row.due_at
    elif kind == "again":
        yield comebacks.came_again()


def _line(row: Any, done_by: str, clocks: Clocks) -> EndedLine:
    told = (row.key, row.case_key, row.name, row.title, row.number, done_by, row.created_at, row.completed_at, row.due_at)
    return EndedLine(*told, row.round, clocks.at(row.definition_key, row.element_id).between(row.created_at, row.completed_at))
