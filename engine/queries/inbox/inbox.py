"""The inbox [待办]: open work of a person and of his groups, walked by index per holder and merged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.basics import pinyin
from engine.cases.rights import holding
from engine.definitions import definitions
from engine.execution import comebacks
from engine.execution.assignments import NEVER
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries import paging
from engine.storage.models import Moment, ProcessInstance, UserTask, WorkItem

COUNT_CAP = 100
DUE_WITHIN = {"day": timedelta(days=1), "week": timedelta(days=7)}


@dataclass(frozen=True)
class InboxFilters:
    """What the list is narrowed to; "" leaves a question open.

    `due` is overdue, day, week or none; `holder` me, group or deputy (what others have left to me); `sort` arrival (newest first) or "" (by deadline).
    """

    search: str = ""
    process: str = ""
    initiator: str = ""
    due: str = ""
    holder: str = ""
    sort: str = ""


@dataclass(frozen=True)
class InboxLine:
    """One task as the list shows it; people and departments are names already. `group` is set while it is unclaimed.

    `returned` is as the task keeps it, with `by` as a name; `has_draft` says that the form was begun;
    `instead_of` is the name of whom the person stands in for, `is_held_up` says that nobody may act now.
    """

    key: int
    task_key: int
    instance_key: int
    task_name: str
    title: str
    summary: list[Any]
    process_name: str
    number: str
    initiator: str
    initiator_name: str
    department: str
    previous: str
    group: str | None
    arrived_at: datetime
    sort_due: datetime
    due_at: datetime | None
    warn_at: datetime | None
    priority: int
    round: int
    kind: str
    returned: Mapping[str, Any] | None
    has_draft: bool
    channel: str = ""
    instead_of: str = ""
    is_held_up: bool = False


def open_tasks(
    session: Session, by: Actor, filters: InboxFilters, wanted: paging.Wanted, *, now: datetime
) -> paging.Page[InboxLine]:
    """One page of what the person may do now, in one statement whose cost does not depend on how much there is."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    moment, size = _column(filters), wanted.size + 1
    order = _order(filters, wanted, moment, WorkItem.key)
    # Each part is in order, and so is what they are merged to: no more rows are read than the page shows.
    narrowed = [_narrowed(part, filters, wanted, company, now) for part in _parts(by, filters)]
    parts = [part.order_by(*order).limit(size).subquery() for part in narrowed]
    every = union_all(*(select(part.c.key, part.c.moment) for part in parts)).subquery()
    first = select(every.c.key).order_by(*_order(filters, wanted, every.c.moment, every.c.key)).limit(size).subquery()
    statement = _lines().join(first, first.c.key == WorkItem.key).order_by(*order).limit(size)
    lines = [_line(session, row, company, by) for row in session.execute(statement)]
    return paging.page(lines, wanted, lambda line: _position(line, filters))


def count(session: Session, by: Actor, *, holder: str = "") -> int:
    """How many tasks wait for the person (or of these, those of a `holder`), counted no further than `COUNT_CAP`."""
    first = _keys(_parts(by, InboxFilters(holder=holder))).limit(COUNT_CAP).subquery()
    return session.execute(select(func.count()).select_from(first)).scalar_one()


def next_task(session: Session, by: Actor, *, now: datetime) -> int | None:
    """The task at the head of the person's inbox, for whoever works through it one by one."""
    found = open_tasks(session, by, InboxFilters(), paging.Wanted(size=1), now=now).rows
    return found[0].task_key if found else None


def processes(session: Session, by: Actor) -> list[tuple[str, str]]:
    """Ids and titles of the processes whose tasks wait for the person, to filter by."""
    waiting = _keys([each.limit(COUNT_CAP) for each in _parts(by, InboxFilters())])
    joined = select(UserTask.process_id).join(WorkItem, WorkItem.user_task_key == UserTask.key)
    return definitions.titled(session, by.company_id, joined.where(WorkItem.key.in_(waiting)).distinct())


def _parts(by: Actor, filters: InboxFilters) -> list[Select[Any]]:
    """The open items of each holder that this person may take up, a task of two of his groups once; each begins an index."""
    moment = _column(filters)
    found = [_ready(by, moment, holder, alone) for holder, alone in holding.ranked(by)]
    groups = len(by.groups) + 1
    if filters.holder == "deputy":
        return found[groups:] or [_ready(by, moment, false(), true())]
    if filters.holder == "group":
        return found[1:groups] or [_ready(by, moment, false(), true())]
    return found[:1] if filters.holder == "me" else found


def _ready(
    by: Actor, moment: InstrumentedAttribute[datetime], holder: ColumnElement[bool], alone: ColumnElement[bool]
) -> Select[Any]:
    columns: tuple[Any, ...] = (WorkItem.key, moment.label("moment"))
    return (
        select(*columns)
        .join(UserTask, UserTask.key == WorkItem.user_task_key)
        .where(WorkItem.company_id == by.company_id, holder, WorkItem.state == "open", ~holding.kept_out(by), alone)
    )


def _narrowed(
    statement: Select[Any], filters: InboxFilters, wanted: paging.Wanted, company: organisation.Organisation, now: datetime
) -> Select[Any]:
    if filters.search or filters.process or filters.initiator:
        statement = statement.join(ProcessInstance, ProcessInstance.key == WorkItem.instance_key)
    return statement.where(*_conditions(filters, company, now), *_beyond(filters, wanted))


def _conditions(filters: InboxFilters, company: organisation.Organisation, now: datetime) -> Iterator[ColumnElement[bool]]:
    if filters.search:
        columns = (ProcessInstance.title, ProcessInstance.number, UserTask.name)
        named = [each.username for each in company.people.values() if pinyin.matches(each.name, filters.search)]
        found = [column.icontains(filters.search, autoescape=True) for column in columns]
        yield or_(*found, ProcessInstance.initiator.in_(named)) if named else or_(*found)
    if filters.process:
        yield ProcessInstance.process_id == filters.process
    if filters.initiator:
        yield ProcessInstance.initiator == filters.initiator
    if filters.due == "overdue":
        yield WorkItem.sort_due < now
    if filters.due in DUE_WITHIN:
        yield WorkItem.sort_due.between(now, now + DUE_WITHIN[filters.due])
    if filters.due == "none":
        yield WorkItem.sort_due == NEVER


def _column(filters: InboxFilters) -> InstrumentedAttribute[datetime]:
    return WorkItem.created_at if filters.sort == "arrival" else WorkItem.sort_due


def _order(filters: InboxFilters, wanted: paging.Wanted, *columns: Any) -> tuple[ColumnElement[Any], ...]:
    is_falling = (filters.sort == "arrival") != wanted.is_backwards
    return tuple(column.desc() if is_falling else column.asc() for column in columns)


def _beyond(filters: InboxFilters, wanted: paging.Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.cursor is None:
        return
    moment, key = paging.moment_and_key(wanted.cursor)
    here = tuple_(_column(filters), WorkItem.key)
    there = tuple_(literal(moment, Moment()), literal(key))
    yield here < there if (filters.sort == "arrival") != wanted.is_backwards else here > there


def _position(line: InboxLine, filters: InboxFilters) -> tuple[str, int]:
    return (line.arrived_at if filters.sort == "arrival" else line.sort_due).isoformat(), line.key


def _keys(parts: list[Select[Any]]) -> Select[int]:
    """The keys of all of them."""
    return select(union_all(*(select(each.subquery().c.key) for each in parts)).subquery().c.key)


def _lines() -> Select[Any]:
    task, instance = UserTask, ProcessInstance
    return (
        select(
            WorkItem.key,
            task.key.label("task_key"),
            instance.key.label("instance_key"),
            task.name.label("task_name"),
            instance.title,
            instance.summary,
            instance.process_name,
            instance.number,
            instance.initiator,
            instance.initiator_department,
            instance.definition_key,
            task.previous_by,
            WorkItem.group_name,
            WorkItem.username,
            WorkItem.created_at,
            WorkItem.sort_due,
            task.due_at,
            task.warn_at,
            task.priority,
            task.round,
            task.kind,
            task.returned,
            instance.suspended.is_not(None).label("is_held_up"),
            WorkItem.draft.is_not(None).label("has_draft"),
        )
        .join(task, task.key == WorkItem.user_task_key)
        .join(instance, instance.key == WorkItem.instance_key)
    )


def _line(session: Session, row: Row[Any], company: organisation.Organisation, by: Actor) -> InboxLine:
    unit = company.department(row.initiator_department)
    return InboxLine(
        row.key,
        row.task_key,
        row.instance_key,
        row.task_name,
        row.title,
        row.summary,
        row.process_name,
        row.number,
        row.initiator or "",
        company.name_of(row.initiator),
        unit.name if unit else "",
        company.name_of(row.previous_by),
        company.present_name(row.group_name) if row.group_name else None,
        row.created_at,
        row.sort_due,
        row.due_at,
        row.warn_at,
        row.priority,
        row.round,
        row.kind,
        comebacks.named(row.returned, company),
        row.has_draft,
        definitions.channel(session, row.initiator, row.definition_key),
        company.name_of(_instead_of(row, by)),
        row.is_held_up,
    )


def _instead_of(row: Row[Any], by: Actor) -> str | None:
    """Whom the person stands in for with an item that is not his own."""
    if holding.holds(by, row.username, row.group_name):
        return None
    theirs = (each.username for each in by.principals if row.username == each.username or row.group_name in each.groups)
    return next(theirs, None)
