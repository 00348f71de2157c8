"""Status for managers [看板]: how many cases run, are overdue and were finished, by process, and which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, case, func, literal, or_, select, union, union_all
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.lines import found_by_record
from engine.cases.personal import secret_titles
from engine.cases.rights import access, barring, leading
from engine.definitions import definitions
from engine.definitions.languages import telling
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.cases.where import standing
from engine.queries.cases.where.standing import CaseStanding
from engine.queries.status import open_tasks
from engine.queries.status.narrowed import case_filters
from engine.storage.models import CONCLUDED, HAS_INCIDENTS, ProcessDefinition, ProcessInstance, UserTask

RECENT = timedelta(days=30)
WEEK = timedelta(days=7)
ENDED = ("week", "before", "recent")  # this week, the same days of last week, the last 30 days
STATES = ("", "active", "overdue", "incident", "suspended", "completed", "cancelled")
Counts = tuple[int, ...]  # as `FIGURES`: running, overdue, with incidents, finished, cancelled
NOTHING: Counts = (0, 0, 0, 0, 0)


@dataclass(frozen=True)
class ProcessLine:
    """One process on the board; `finished` and `cancelled` count the last 30 days. Each ends at one above `open_tasks.MOST_COUNTED`.

    Who does not follow the process (`is_followed`) sees in the numbers the cases of his departments, or those that stopped.
    """

    process_id: str
    name: str
    category: str
    running: int
    overdue: int
    incidents: int
    finished: int
    cancelled: int
    is_followed: bool = True


@dataclass(frozen=True)
class CaseFilters:
    """`state`: active, completed, cancelled, overdue, incident, suspended or "" for all; `element` is a step of the process.

    `department` began it, or one below; `ended` is one of `ENDED`, or "" for any time.
    `since` and `until` are the days between which a case ended, as ISO text; `version` is that of its process, `path` a way
    that cases took (`engine.storage.models.InsightPath`); `limit` one of `case_filters.LIMITS`; `lies` as `case_filters.lying` reads it.
    """

    search: str = ""
    process: str = ""
    state: str = ""
    initiator: str = ""
    element: str = ""
    version: str = ""
    since: str = ""
    until: str = ""
    path: str = ""
    limit: str = ""
    department: str = ""
    ended: str = ""
    lies: str = ""


FIGURES = (
    CaseFilters(state="active"),
    CaseFilters(state="overdue"),
    CaseFilters(state="incident"),
    CaseFilters(state="completed", ended="recent"),
    CaseFilters(state="cancelled", ended="recent"),
)
RUNNING, LATE, STOPPED, FINISHED, CANCELLED = range(len(FIGURES))
ENDED_LATELY = (FINISHED, CANCELLED)


@dataclass(frozen=True)
class CaseLine:
    """A case in the managers' list."""

    key: int
    title: str
    summary: list[Any]
    number: str
    process_name: str
    initiator: str
    started_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    warn_at: datetime | None
    state: str
    ended_as: str | None
    incidents: int
    standing: CaseStanding
    channel: str = ""
    is_suspended: bool = False


def is_offered(session: Session, by: Actor) -> bool:
    """Whether there is anything that this person follows: a process, a department, what stopped."""
    return by.reads_all or by.operates or bool(leading.departments(session, by) or access.followed(session, by))


def lines(session: Session, by: Actor, *, now: datetime) -> list[ProcessLine]:
    """All processes the person manages or may follow, by category and name; three statements, six for who sees cases by a role."""
    newest = list(definitions.all_latest(session, by.company_id))
    own = [each for each in newest if access.follows(by, each)]
    others = [each for each in newest if each not in own]
    counts = _counts(session, by, now, [each.process_id for each in own])
    process_lines = [_line(definition, counts.get(definition.process_id, NOTHING)) for definition in own]
    partly = _counts_by_role(session, by, now, [each.process_id for each in others])
    process_lines += [
        replace(_line(each, partly[each.process_id]), is_followed=False) for each in others if any(partly[each.process_id])
    ]
    return sorted(process_lines, key=lambda line: (line.category, line.name))


def line(session: Session, by: Actor, definition: definitions.Definition, *, now: datetime) -> ProcessLine:
    """The numbers of one process, for who follows it; two statements."""
    counts = _counts(session, by, now, [definition.process_id])
    return _line(definition, counts.get(definition.process_id, NOTHING))


def cases(
    session: Session, by: Actor, filters: CaseFilters, wanted: paging.WantedPage, *, now: datetime
) -> paging.Page[CaseLine]:
    """One page of the cases of the processes that the person follows, newest first; four statements at most."""
    row = ProcessInstance
    statement = select(
        row.key,
        row.title,
        row.summary,
        row.root_key,
        row.number,
        row.process_name,
        row.initiator,
        row.definition_key,
        row.started_at,
        row.ended_at,
        row.due_at,
        row.warn_at,
        row.state,
        row.ended_as,
        row.incidents,
        row.suspended,
    )
    statement = statement.where(*within(session, by, filters, now))
    case_rows = session.execute(paging.newest_first(statement, row.key, wanted)).all()
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    stands = standing.of_cases(session, by, company, {each.key: each.root_key for each in case_rows if each.state == "active"})
    rows = [_case(session, each, company.name_of(each.initiator), stands.get(each.key, CaseStanding())) for each in case_rows]
    return paging.page(secret_titles.covered(session, by, rows, now=now), wanted, lambda line: (line.key,))


def _case(session: Session, row: Any, initiator: str, stands: CaseStanding) -> CaseLine:
    row = telling.told(session, row)
    due_at, warn_at = stands.limit(row.due_at, row.warn_at)
    return CaseLine(
        row.key,
        row.title,
        row.summary,
        row.number,
        row.process_name,
        initiator,
        row.started_at,
        row.ended_at,
        due_at,
        warn_at,
        row.state,
        row.ended_as,
        row.incidents,
        stands,
        definitions.channel(session, row.initiator, row.definition_key),
        row.suspended is not None,
    )


def followed(session: Session, by: Actor) -> list[definitions.Definition]:
    """The processes that the person follows, each in its newest version."""
    return [each for each in definitions.all_latest(session, by.company_id) if access.follows(by, each)]


def within(session: Session, by: Actor, filters: CaseFilters, now: datetime) -> list[ColumnElement[bool]]:
    """The condition for a figure and for the list that it opens."""
    rights = [ProcessInstance.company_id == by.company_id, access.cases_followed(session, by, filters.process)]
    return [*rights, *_conditions(session, by, filters, now)]


def counted(session: Session, by: Actor, filters: CaseFilters, now: datetime) -> ColumnElement[int]:
    """The figure of such a list, as a column; never more than one above `open_tasks.MOST_COUNTED`."""
    mine = [ProcessInstance.company_id == by.company_id, *_conditions(session, by, filters, now)]
    ways = access.cases_followed_ways(session, by, filters.process)
    return open_tasks.number(*(select(ProcessInstance.key).where(*mine, way) for way in ways))


def _conditions(session: Session, by: Actor, filters: CaseFilters, now: datetime) -> Iterable[ColumnElement[bool]]:
    row = ProcessInstance
    if filters.state not in STATES or filters.ended not in ("", *ENDED):
        raise errors.Invalid("Cases cannot be narrowed by “%(state)s”.", state=(filters.ended or filters.state)[:40])
    if filters.search:
        by_words = found_by_record.in_case(session, by, filters.search, now=now)
        yield secret_titles.found(session, by, filters.search, by_words, now=now)
    if filters.process:
        yield row.process_id == filters.process
    if filters.initiator:
        yield row.initiator == filters.initiator
    if filters.department:
        yield row.initiator_department.in_(sorted(open_tasks.company_of(session, by).below(filters.department)))
    if filters.element:
        yield row.key.in_(_resting_at(by, filters.element))
    yield from case_filters.narrowed(session, by, filters)
    if filters.ended in ENDED:
        yield from _ended(filters.ended, open_tasks.Days.at(now, open_tasks.company_of(session, by).time_zone))
    if filters.state == "overdue":
        yield (row.state == "active") & case_filters.is_late(by.company_id, now)
    elif filters.state == "incident":
        # Not as a column: PostgreSQL would read all that run beside the few that stopped.
        yield (row.state.concat("") == "active") & HAS_INCIDENTS
    elif filters.state == "suspended":
        yield (row.state == "active") & row.suspended.is_not(None)
    elif filters.state == "completed":
        yield CONCLUDED
    elif filters.state == "cancelled":
        yield or_(row.state == "cancelled", row.ended_as == "void")
    elif filters.state:
        yield row.state == filters.state


def _ended(when: str, days: open_tasks.Days) -> Iterable[ColumnElement[bool]]:
    monday = days.next_week - WEEK
    first, last = {
        "week": (monday, days.now),
        "before": (monday - WEEK, days.now - WEEK),
        "recent": (days.now - RECENT, days.now),
    }[when]
    yield ProcessInstance.ended_at >= first
    yield ProcessInstance.ended_at <= last


def _resting_at(by: Actor, element_id: str) -> Select[int]:
    """The cases that have an open task at a step, by index from the step: those that passed it long ago are not asked."""
    task = UserTask
    return select(task.instance_key).where(
        task.company_id == by.company_id, task.element_id == element_id, task.state == "open"
    )


def _counts(session: Session, by: Actor, now: datetime, processes: list[str]) -> dict[str, Counts]:
    """Of processes that he follows, each figure as long as the list that it opens; no more is read than is shown.

    Two statements: process by process up to the limit, and what is late below other cases, of which there are few.
    """
    if not processes:
        return {}
    row, definition = ProcessInstance, ProcessDefinition
    is_free = barring.free(session, by, row.key)
    named = (definition.company_id == by.company_id, definition.process_id.in_(processes))
    of = select(definition.process_id).where(*named).distinct().subquery("board_process")
    mine = (row.company_id == by.company_id, row.process_id == of.c.process_id)
    parts = [[select(row.key).where(*mine, *_conditions(session, by, each, now))] for each in FIGURES]
    parts[LATE] = case_filters.late_ways(by.company_id, now, of.c.process_id)
    figures = [open_tasks.number(*(each.where(is_free).correlate(of) for each in part)) for part in parts]
    below = (row.company_id == by.company_id, row.process_id.in_(processes), row.state == "active", is_free)
    called = {name: int(number) for name, number in session.execute(case_filters.late_below(by.company_id, now, *below))}
    rows = {name: numbers for name, *numbers in session.execute(select(of.c.process_id, *figures))}
    for name, numbers in rows.items():
        numbers[LATE] += called.get(name, 0)
    return {name: _shown(numbers) for name, numbers in rows.items()}


def _shown(numbers: Iterable[int]) -> Counts:
    return tuple(min(int(each), open_tasks.MOST_COUNTED + 1) for each in numbers)


def _counts_by_role(session: Session, by: Actor, now: datetime, processes: list[str]) -> dict[str, Counts]:
    """The same of cases that he sees by a role, of all processes at once: what a department began stands together.

    A statement for each way to a case, of the figures alone that the ways before did not fill up to the limit.
    """
    counts = dict.fromkeys(processes, NOTHING)
    for number, way in enumerate(access.case_ways_by_role(session, by, whole=True)):
        wanted = [[name for name in processes if counts[name][each] <= open_tasks.MOST_COUNTED] for each in range(len(FIGURES))]
        begun = number == 0 and not by.operates  # the first way alone is then that of what departments began
        if any(wanted):
            for name, *more in session.execute(union_all(*_grouped(session, by, now, wanted, way, begun=begun))):
                counts[name] = _shown(a + b for a, b in zip(counts[name], more, strict=True))
    return counts


def _grouped(
    session: Session, by: Actor, now: datetime, wanted: list[list[str]], way: ColumnElement[bool], *, begun: bool
) -> Iterable[Any]:
    """Selects of a process and its `FIGURES`: those of `wanted`, each of so many processes; what one range holds is read together.

    `begun`: the way is that of what departments began, which open tasks tell too: what is late is counted from these alone.
    """
    row, days = ProcessInstance, open_tasks.Days.at(now, open_tasks.company_of(session, by).time_zone)
    conditions = [and_(*_conditions(session, by, each, now)) for each in FIGURES]
    running = (RUNNING,) if begun else (RUNNING, LATE)
    ranges = ((running, [row.state == "active"]), ((STOPPED,), [conditions[STOPPED]]), (ENDED_LATELY, _ended("recent", days)))
    for numbers, where in ranges:
        names = sorted({name for number in numbers for name in wanted[number]})
        figures = [total(each) if number in numbers else literal(0) for number, each in enumerate(conditions)]
        mine = (row.company_id == by.company_id, row.process_id.in_(names), *where, way)
        yield select(row.process_id, *figures).where(*mine).group_by(row.process_id)
    if begun:
        late = _late_begun(session, by, now, wanted[LATE], way).subquery()
        figures = [func.count() if number == LATE else literal(0) for number in range(len(FIGURES))]
        yield select(late.c.process_id, *figures).group_by(late.c.process_id)


def _late_begun(
    session: Session, by: Actor, now: datetime, processes: list[str], way: ColumnElement[bool]
) -> CompoundSelect[Any]:
    """The cases that departments began and `case_filters.is_late` holds for, each once: by their limit, their open steps, what they called."""
    row, task = ProcessInstance, UserTask
    theirs = (task.department.in_(leading.departments(session, by)), barring.free(session, by, task.instance_key))
    mine = (row.company_id == by.company_id, row.state == "active", row.process_id.in_(processes), way)
    cases = select(row.key, row.process_id).where(*mine)
    steps = select(task.instance_key, task.process_id).where(*case_filters.late_steps(task, by.company_id, now), *theirs)
    return union(
        cases.where(row.due_at < now),
        steps.where(task.process_id.in_(processes)),
        cases.where(row.key.in_(case_filters.above_late(by.company_id, now))),
    )


def total(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows of a group meet a condition."""
    return func.sum(case((condition, 1), else_=0))


def _line(definition: definitions.Definition, counts: Counts) -> ProcessLine:
    running, overdue, incidents, finished, cancelled = counts
    of = (definition.process_id, definition.title, definition.settings.category)
    return ProcessLine(*of, running, overdue, incidents, finished, cancelled)
