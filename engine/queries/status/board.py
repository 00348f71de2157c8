"""Status for managers [看板]: how many cases run, are overdue and were finished, by process, and which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from engine.cases.lines import words
from engine.cases.rights import access, leading
from engine.definitions import definitions
from engine.definitions.languages import telling
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.cases.where import standing
from engine.queries.cases.where.standing import CaseStanding
from engine.queries.status import open_tasks
from engine.queries.status.narrowed import case_filters
from engine.storage.models import CONCLUDED, HAS_INCIDENTS, ProcessInstance, UserTask

RECENT = timedelta(days=30)
WEEK = timedelta(days=7)
ENDED = ("week", "before", "recent")  # this week, the same days of last week, the last 30 days
Counts = tuple[int, ...]  # running, overdue, with incidents, finished, cancelled
NOTHING: Counts = (0, 0, 0, 0, 0)


@dataclass(frozen=True)
class ProcessLine:
    """One process on the board; `finished` and `cancelled` count the last 30 days.

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
    """All processes the person manages or may follow, by category and name; four statements, seven for who sees cases by a role."""
    own = followed(session, by)
    mine = ProcessInstance.process_id.in_([each.process_id for each in own])
    counts = _counts(session, by, now, of=mine) if own else {}
    process_lines = [_line(definition, counts.get(definition.process_id, NOTHING)) for definition in own]
    partly = _counts(session, by, now, of=access.cases_by_role(session, by)) if access.has_cases_by_role(session, by) else {}
    others = (each for each in definitions.all_latest(session, by.company_id) if each not in own)
    process_lines += [
        replace(_line(each, partly[each.process_id]), is_followed=False) for each in others if each.process_id in partly
    ]
    return sorted(process_lines, key=lambda line: (line.category, line.name))


def line(session: Session, by: Actor, definition: definitions.Definition, *, now: datetime) -> ProcessLine:
    """The numbers of one process, for who follows it; three statements."""
    return _line(definition, _counts(session, by, now, definition.process_id).get(definition.process_id, NOTHING))


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
    stands = standing.of_cases(session, company, {each.key: each.root_key for each in case_rows if each.state == "active"})
    rows = [_case(session, each, company.name_of(each.initiator), stands.get(each.key, CaseStanding())) for each in case_rows]
    return paging.page(rows, wanted, lambda line: (line.key,))


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


def processes(session: Session, by: Actor) -> list[tuple[str, str]]:
    """Ids and names of the followed processes, for a filter."""
    seen = definitions.all_latest(session, by.company_id) if access.has_cases_by_role(session, by) else followed(session, by)
    return sorted(((each.process_id, each.title) for each in seen), key=lambda pair: pair[1])


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
    if filters.search:
        yield words.in_case(filters.search)
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


def _counts(
    session: Session,
    by: Actor,
    now: datetime,
    process_id: str | None = None,
    of: ColumnElement[bool] | None = None,
) -> dict[str, Counts]:
    """By process, in three statements: what runs and what has ended lie in different indexes, and neither asks the other's
    rows; what is late is found from what is late of open tasks.
    """
    row, recent = ProcessInstance, now - RECENT
    mine = [row.company_id == by.company_id] + ([row.process_id == process_id] if process_id is not None else [])
    mine += [of] if of is not None else []
    running = select(row.process_id, func.count(), total(HAS_INCIDENTS))
    running = running.where(*mine, row.state == "active").group_by(row.process_id)
    ended = select(row.process_id, total(CONCLUDED), total(~CONCLUDED))
    ended = ended.where(*mine, row.ended_at >= recent).group_by(row.process_id)
    late = {
        process: int(n)
        for process, n in session.execute(case_filters.late_by_process(by.company_id, now, *mine, row.state == "active"))
    }
    counts: dict[str, Counts] = {}
    for process, number, stopped in session.execute(running):
        counts[process] = (int(number), late.get(process, 0), int(stopped), 0, 0)
    for process, *numbers in session.execute(ended):
        counts[process] = (*counts.get(process, NOTHING)[:3], *map(int, numbers))
    return counts


def total(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows of a group meet a condition."""
    return func.sum(case((condition, 1), else_=0))


def _line(definition: definitions.Definition, counts: Counts) -> ProcessLine:
    running, overdue, incidents, finished, cancelled = counts
    of = (definition.process_id, definition.title, definition.settings.category)
    return ProcessLine(*of, running, overdue, incidents, finished, cancelled)
