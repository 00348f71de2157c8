"""Open user tasks of the cases that a manager follows: how many there are, which, and with whom they lie.

A figure and the list that it opens ask the same condition, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.cases.rights import access
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.cases import places
from engine.queries.cases.places import Place
from engine.queries.status import given, row_acts
from engine.storage.models import Person, ProcessInstance, UserTask, WorkItem

MOST_COUNTED = 1_000  # a figure above says 1,000+: nobody reads on, and counting them all takes as long as there are
NONE = "-"  # a holder: what no person has claimed yet
STATES = ("overdue", "soon", "today", "week", "unlimited", "returned")


@dataclass(frozen=True)
class TaskFilters:
    """`state`: one of `STATES` or "" for all; `holder` a username, `NONE`, or "" for all; `group` a candidate group.

    `arrived_since` and `arrived_before` are moments as ISO text.
    """

    search: str = ""
    process: str = ""
    state: str = ""
    holder: str = ""
    group: str = ""
    department: str = ""
    element: str = ""
    version: str = ""
    arrived_since: str = ""
    arrived_before: str = ""


@dataclass(frozen=True)
class TaskLine:
    """An open task as managers see it: its case, the place where it lies (holders, since when, until when), what one may do with it (`row_acts.NAMES`)."""

    key: int
    case_key: int
    title: str
    summary: list[Any]
    number: str
    process_name: str
    initiator: str
    suspended: bool
    place: Place
    acts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Days:
    """The moments that divide what is late from what is due today and this week, on the company's clock."""

    now: datetime
    tomorrow: datetime
    next_week: datetime

    @classmethod
    def at(cls, now: datetime, time_zone: str) -> Days:
        """Those of a moment; the week begins on Monday."""
        midnight = now.astimezone(ZoneInfo(time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
        monday = midnight - timedelta(days=midnight.weekday())
        return cls(now, midnight + timedelta(days=1), monday + timedelta(days=7))


def company_of(session: Session, by: Actor) -> organisation.Organisation:
    """The organisation as the person's session knows it."""
    return organisation.at_version(session, by.company_id, by.organisation_version)


def within(session: Session, by: Actor, filters: TaskFilters) -> list[ColumnElement[bool]]:
    """The condition for a figure and for its list, but for `timed`; asks once what the person follows."""
    rights = [UserTask.company_id == by.company_id, UserTask.state == "open", access.tasks_followed(session, by, "open")]
    return [*rights, *_narrowed(session, by, filters)]


def counted(key: InstrumentedAttribute[int], conditions: list[ColumnElement[bool]]) -> ColumnElement[int]:
    """How many rows of the key's table there are, as a column; never more than one above `MOST_COUNTED`."""
    some = select(key).where(*conditions).limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def lines(
    session: Session, by: Actor, filters: TaskFilters, wanted: paging.Wanted, *, to_act: bool = True, now: datetime
) -> paging.Page[TaskLine]:
    """One page of them, the longest waiting first; five statements beside what the person follows, three if not `to_act`."""
    company = company_of(session, by)
    conditions = [*within(session, by, filters), *timed(filters.state, Days.at(now, company.time_zone))]
    statement = paging.oldest_first(select(UserTask.key).where(*conditions), UserTask.key, wanted)
    found = shown(session, by, list(session.scalars(statement)), to_act=to_act)
    return paging.page(found, wanted, lambda line: (line.key,))


def shown(session: Session, by: Actor, keys: list[int], *, to_act: bool = True) -> list[TaskLine]:
    """Lines of tasks in the order given; one statement for them and their cases, one for who has them, two for what one may do."""
    asked = select(UserTask, ProcessInstance).join(ProcessInstance, ProcessInstance.key == UserTask.instance_key)
    rows = [(task, case) for task, case in session.execute(asked.where(UserTask.key.in_(keys)))] if keys else []
    company = company_of(session, by)
    held, acts = places.of_tasks(session, company, keys), row_acts.of(session, by, rows if to_act else [])
    told = {
        task.key: _line(task, case, company, held[task.key], acts.get(task.key, ())) for task, case in rows if task.key in held
    }
    return [told[key] for key in keys if key in told]


def _line(
    task: UserTask, case: ProcessInstance, company: organisation.Organisation, place: Place, acts: tuple[str, ...]
) -> TaskLine:
    named = (task.key, case.key, case.title, case.summary, case.number, case.process_name)
    return TaskLine(*named, company.name_of(case.initiator), case.suspended is not None, place, acts)


def _narrowed(session: Session, by: Actor, filters: TaskFilters) -> Iterable[ColumnElement[bool]]:
    task, item = UserTask, WorkItem
    if filters.process:
        yield task.process_id == filters.process
    if filters.element:
        yield task.element_id == filters.element
    if filters.version:
        yield _of_version(filters.version)
    yield from _arrived(filters)
    if filters.search:
        case = ProcessInstance
        text = or_(*(column.icontains(filters.search, autoescape=True) for column in (case.title, case.number)))
        yield exists().where(case.key == task.instance_key, text) | task.name.icontains(filters.search, autoescape=True)
    open_item = (item.user_task_key == task.key, item.state == "open")
    if filters.holder == NONE:
        yield exists().where(*open_item, item.username.is_(None))
    elif filters.holder:
        yield exists().where(*open_item, item.username == filters.holder)
    if filters.group:
        yield exists().where(*open_item, item.group_name == filters.group)
    if filters.department:
        inside = company_of(session, by).below(filters.department)
        theirs = select(Person.username).where(Person.company_id == by.company_id, Person.department.in_(inside))
        yield exists().where(*open_item, item.username.in_(theirs))


def _of_version(text: str) -> ColumnElement[bool]:
    """The tasks of cases that run on a version of their process."""
    case = ProcessInstance
    return exists().where(case.key == UserTask.instance_key, case.version == given.number(text))


def _arrived(filters: TaskFilters) -> Iterable[ColumnElement[bool]]:
    if filters.arrived_since:
        yield UserTask.created_at >= given.moment(filters.arrived_since)
    if filters.arrived_before:
        yield UserTask.created_at < given.moment(filters.arrived_before)


def is_soon(days: Days) -> ColumnElement[bool]:
    """Whether a limit is near [即将到期]: its warning has passed, or it comes today."""
    due, warned = UserTask.due_at, UserTask.warn_at <= days.now
    return (due >= days.now) & or_(warned, due < days.tomorrow)


def timed(state: str, days: Days) -> Iterable[ColumnElement[bool]]:
    """The condition for one of `STATES`; none for ""."""
    due = UserTask.due_at
    if state == "overdue":
        yield due < days.now
    elif state == "soon":
        yield is_soon(days)
    elif state == "today":
        yield (due >= days.now) & (due < days.tomorrow)
    elif state == "week":
        yield (due >= days.now) & (due < days.next_week)
    elif state == "unlimited":
        yield due.is_(None)
    elif state == "returned":
        yield UserTask.round > 1


def nearest(conditions: list[ColumnElement[bool]], size: int) -> Select[int]:
    """The keys of those whose limit comes first."""
    return (
        select(UserTask.key)
        .where(*conditions, UserTask.due_at.is_not(None))
        .order_by(UserTask.due_at, UserTask.key)
        .limit(size)
    )


def oldest(conditions: list[ColumnElement[bool]], size: int) -> Select[int]:
    """The keys of those that wait longest."""
    return select(UserTask.key).where(*conditions).order_by(UserTask.key).limit(size)
