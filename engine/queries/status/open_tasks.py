"""Open user tasks of the cases that a manager follows: how many there are, which, and with whom they lie.

A figure and the list that it opens ask the same condition, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.lines import words
from engine.cases.personal import secret_titles
from engine.cases.rights import barring, open_work
from engine.cases.rights.open_work import Range
from engine.definitions import definitions
from engine.definitions.languages import telling
from engine.execution import comebacks
from engine.execution.assignments import NEVER
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.cases.where import places
from engine.queries.cases.where.places import CurrentPlace
from engine.queries.status import row_acts
from engine.queries.status.narrowed import given
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
    place: CurrentPlace
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


def within(session: Session, by: Actor, filters: TaskFilters, *, now: datetime) -> list[ColumnElement[bool]]:
    """The condition for a figure and for its list, but for `timed`; asks once what the person follows."""
    open_ = [UserTask.company_id == by.company_id, UserTask.state == "open"]
    of_load = bool(filters.holder or filters.group)
    rights = [_held(session, by, filters)] if of_load else [open_work.tasks(session, by, filters.process)]
    return [*open_, *rights, *_narrowed(session, by, filters, now)]


def ranges(session: Session, by: Actor, filters: TaskFilters, *, now: datetime) -> list[Range]:
    """The same, without a state, as ranges of indexes to read one by one; narrowed by more than a process, it is one condition."""
    process = filters.process
    if filters != TaskFilters(process=process):
        return [Range(UserTask.key, UserTask.due_at, UserTask.process_id, tuple(within(session, by, filters, now=now)))]
    parts = open_work.ranges(session, by)
    return [replace(each, conditions=(*each.conditions, each.process == process)) for each in parts] if process else parts


def counted(ranges: list[Range], state: str, days: Days) -> ColumnElement[int]:
    """How many tasks there are in them, as a column; never more than one above `MOST_COUNTED`. `state`: "", today or overdue."""
    parts = [_first(each, MOST_COUNTED + 1, *timed(state, days, each.due)) for each in ranges]
    return number(*parts) if parts else literal(0)


def number(*parts: Select[int]) -> ColumnElement[int]:
    """How many rows these selects have together, as a column; read one after the other, to one above `MOST_COUNTED`."""
    each_ = [select(part.limit(MOST_COUNTED + 1).subquery().c.key) for part in parts]
    return _number(each_[0] if len(each_) == 1 else union_all(*each_))


def _number(keys: Select[int] | CompoundSelect[int]) -> ColumnElement[int]:
    some = keys.limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def lines(
    session: Session, by: Actor, filters: TaskFilters, wanted: paging.WantedPage, *, to_act: bool = True, now: datetime
) -> paging.Page[TaskLine]:
    """One page of them by their limit, what has none at the end, the longest waiting first; five statements
    beside what the person follows, three if not `to_act`.
    """
    company = company_of(session, by)
    conditions = [*within(session, by, filters, now=now), *timed(filters.state, Days.at(now, company.time_zone))]
    keys = list(session.scalars(_by_limit(conditions, wanted)))
    shown_lines = shown(session, by, keys, to_act=to_act, now=now)
    return paging.page(shown_lines, wanted, lambda line: (str(line.place.due_at or NEVER), line.key))


def _by_limit(conditions: list[ColumnElement[bool]], wanted: paging.WantedPage) -> Select[int]:
    """The keys of one page; the two parts are read apart, each by an index: no index knows what has no limit as the last."""
    row, never = UserTask, literal(NEVER, UserTask.due_at.type)
    parts = [
        paging.earliest_first(select(row.key, at.label("at")).where(*conditions, is_part), at, row.key, wanted)
        for at, is_part in ((row.due_at, row.due_at.is_not(None)), (never, row.due_at.is_(None)))
    ]
    both = union_all(*(select(part.subquery()) for part in parts)).subquery()
    turned = [each.desc() if wanted.is_backwards else each for each in (both.c.at, both.c.key)]
    return select(both.c.key).order_by(*turned).limit(wanted.size + 1)


def shown(session: Session, by: Actor, keys: list[int], *, to_act: bool = True, now: datetime) -> list[TaskLine]:
    """Lines of tasks in the order given; one statement for them and their cases, one for who has them, two for what one may do."""
    kept_out = barring.is_kept_out(by.username, ProcessInstance.root_key)
    asked = select(UserTask, ProcessInstance, kept_out).join(ProcessInstance, ProcessInstance.key == UserTask.instance_key)
    found_rows = session.execute(asked.where(UserTask.key.in_(keys))).all() if keys else []
    rows = [(task, case) for task, case, _is_kept_out in found_rows]
    away = {case.key for _task, case, is_kept_out in found_rows if is_kept_out}
    company = company_of(session, by)
    held, acts = places.of_tasks(session, company, keys), row_acts.acts_of(session, by, rows if to_act else [], away)
    for row in rows:
        _tell(session, *row)
    told = {
        task.key: _line(task, case, company, held[task.key], acts.get(task.key, ())) for task, case in rows if task.key in held
    }
    in_order = [told[key] for key in keys if key in told]
    return secret_titles.covered(session, by, in_order, case="case_key", now=now)


def _tell(session: Session, task: UserTask, case: ProcessInstance) -> None:
    if session.info.get(definitions.LANGUAGE):
        telling.tell(definitions.by_key(session, task.definition_key), task, case)


def _line(
    task: UserTask, case: ProcessInstance, company: organisation.Organisation, place: CurrentPlace, acts: tuple[str, ...]
) -> TaskLine:
    """It waits since its step was reached, whoever has claimed it or got it from another since: by that lists are ordered."""
    named = (task.key, case.key, case.title, case.summary, case.number, case.process_name)
    waiting = replace(place, since=task.created_at)
    return TaskLine(*named, company.name_of(case.initiator), case.suspended is not None, waiting, acts)


def _narrowed(session: Session, by: Actor, filters: TaskFilters, now: datetime) -> Iterable[ColumnElement[bool]]:
    task, item = UserTask, WorkItem
    if filters.process:
        yield task.process_id == filters.process
    if filters.element:
        yield task.element_id == filters.element
    if filters.version:
        yield _of_version(filters.version)
    yield from _arrived(filters)
    if filters.search:
        by_words = words.in_task(filters.search, company_of(session, by))
        about = words.any_in_case(filters.search)
        condition = secret_titles.found(session, by, filters.search, by_words, about=about, now=now)
        yield exists().where(ProcessInstance.key == task.instance_key, condition)
    open_item = (item.user_task_key == task.key, item.state == "open")
    if filters.department:
        inside = company_of(session, by).below(filters.department)
        theirs = select(Person.username).where(Person.company_id == by.company_id, Person.department.in_(inside))
        yield exists().where(*open_item, item.username.in_(theirs))


def _held(session: Session, by: Actor, filters: TaskFilters) -> ColumnElement[bool]:
    """Those that lie with somebody, as his load tells: by his part alone."""
    item = WorkItem
    conditions = [item.user_task_key == UserTask.key, item.state == "open", open_work.parts(session, by)]
    if filters.holder == NONE:
        conditions.append(item.username.is_(None))
    elif filters.holder:
        conditions.append(item.username == filters.holder)
    if filters.group:
        conditions.append(item.group_name == filters.group)
    return exists().where(*conditions)


def _of_version(text: str) -> ColumnElement[bool]:
    """The tasks of cases that run on a version of their process."""
    case = ProcessInstance
    return exists().where(case.key == UserTask.instance_key, case.version == given.number(text))


def _arrived(filters: TaskFilters) -> Iterable[ColumnElement[bool]]:
    if filters.arrived_since:
        yield UserTask.created_at >= given.moment(filters.arrived_since)
    if filters.arrived_before:
        yield UserTask.created_at < given.moment(filters.arrived_before)


def is_soon(days: Days, of: Any = UserTask, due: Any = UserTask.due_at) -> ColumnElement[bool]:
    """Whether a limit is near [即将到期]: its warning has passed, or it comes today."""
    return (due >= days.now) & or_(of.warn_at <= days.now, due < days.tomorrow)


def timed(state: str, days: Days, due: Any = UserTask.due_at) -> Iterable[ColumnElement[bool]]:
    """The condition for one of `STATES`; none for "". Raises Invalid for another: what narrows nothing is not shown as what was asked."""
    if state and state not in STATES:
        raise errors.Invalid("Open tasks cannot be narrowed by “%(state)s”.", state=state[:40])
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
        yield comebacks.came_again()


def nearest(ranges: list[Range], size: int) -> Select[int]:
    """The keys of those whose limit comes first."""
    return _merged(ranges, size, by_limit=True)


def nearest_of(sets: list[list[Range]], size: int) -> Select[Any]:
    """The same of several sets of ranges, in one statement: the number of the set, and the key, in its order."""
    parts = [select(literal(number).label("number"), *nearest(each, size).subquery().c) for number, each in enumerate(sets)]
    lined_up = union_all(*parts).subquery()
    return select(lined_up.c.number, lined_up.c.key).order_by(lined_up.c.number, lined_up.c.due, lined_up.c.key)


def oldest(ranges: list[Range], size: int) -> Select[int]:
    """The keys of those that wait longest."""
    return _merged(ranges, size)


def _merged(ranges: list[Range], size: int, *, by_limit: bool = False) -> Select[int]:
    """The first of all ranges in the order of their limits or keys; of a later range nothing is read behind the first one's last."""
    names = ("key", "due") if by_limit else ("key",)
    parts: list[Any] = []
    for each in ranges:
        conditions = [each.due.is_not(None), each.due < NEVER] if by_limit else []
        if by_limit and parts:
            last = case((func.count() == size, func.max(parts[0].c.due)), else_=NEVER)
            conditions.append(each.due <= select(last).select_from(parts[0]).scalar_subquery())
        # "+ 0": PostgreSQL would walk all parts there are by their tasks' keys, hoping to meet these people's soon
        order = (each.due, each.key) if by_limit else (each.key if each.repeats == 1 else each.key + literal_column("0"),)
        parts.append(_first(each, size, *conditions, order=order).subquery())
    tasks = union(*(select(*(part.c[name] for name in names)) for part in parts)).subquery()
    return select(*tasks.c).order_by(*(tasks.c[name] for name in reversed(names))).limit(size)


def _first(each: Range, size: int, *conditions: ColumnElement[bool], order: tuple[Any, ...] = ()) -> Select[Any]:
    """The first so many tasks of a range, each once."""
    asked = select(each.key.label("key"), each.due.label("due")).where(*each.conditions, *conditions).order_by(*order)
    if each.repeats == 1:
        return asked.limit(size)
    rows = asked.limit(size * each.repeats).subquery()
    return select(rows.c.key, rows.c.due).distinct()
