"""What a manager looks at first [监控首页]: what waits, is late, has stopped, was finished, and the tasks to act on now."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from engine.cases.rights import access, holding, open_work
from engine.cases.rights.open_work import Range
from engine.people.actors import Actor
from engine.queries.status import board, incident_list, open_tasks
from engine.queries.status.board import CaseFilters
from engine.queries.status.open_tasks import Days, TaskFilters, TaskLine
from engine.storage.models import ProcessInstance, UserTask, WorkItem

SHOWN = 10
HALTED = 5  # what stopped is told case by case as long as it is not many


@dataclass(frozen=True)
class Today:
    """Figures of tasks (open, due today, overdue) and of cases (stopped, suspended, finished this week and in the same days of last week).

    `steered` are the nearest of the processes that the person manages, where others stand among `nearest`: there he can act.
    `halted` are the first of what stopped. `own` counts the running cases that the person began and that lie with others;
    `own_until` is the nearest limit of these and of their open steps.
    """

    waiting: int
    due_today: int
    overdue: int
    stopped: int
    suspended: int
    finished: int
    finished_before: int
    nearest: list[TaskLine]
    oldest: list[TaskLine]
    steered: list[TaskLine] = field(default_factory=list)
    halted: list[incident_list.IncidentLine] = field(default_factory=list)
    own: int = 0
    own_until: datetime | None = None

    @property
    def one_list(self) -> list[TaskLine]:
        """All tasks by their limit, those without one last, where there are no more than a list shows; else empty."""
        near = {each.key for each in self.nearest}
        return [*self.nearest, *(each for each in self.oldest if each.key not in near)] if self.waiting <= SHOWN else []

    @property
    def rest(self) -> list[TaskLine]:
        """What stands below `steered`: the others that `one_list` or `nearest` have."""
        first = {each.key for each in self.steered}
        return [each for each in self.one_list or self.nearest if each.key not in first]

    @property
    def by_limit(self) -> list[TaskLine]:
        """The tasks that are shown, as they stand there: those that he manages first, of each kind the nearest to its limit."""
        return [*self.steered, *self.rest]

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to look at."""
        return not (self.waiting or self.stopped or self.suspended)


def look(session: Session, by: Actor, *, process: str = "", department: str = "", now: datetime) -> Today:
    """The figures and the tasks of the cases that the person follows; eight statements, four more where something stopped."""
    company = open_tasks.company_of(session, by)
    days = Days.at(now, company.time_zone)
    ranges = open_tasks.ranges(session, by, TaskFilters(process=process, department=department), now=now)
    tasks = [open_tasks.counted(ranges, state, days) for state in ("", "today", "overdue")]
    *figures, own, own_until = session.execute(select(*tasks, *_cases(session, by, process, department, now), *_own(by))).one()
    nearest, steered = _nearest(session, ranges, _steered(session, by, ranges, process, department))
    oldest = list(session.scalars(open_tasks.oldest(ranges, SHOWN))) if ranges else []
    wanted = list(dict.fromkeys([*steered, *nearest, *oldest]))
    lines = {line.key: line for line in open_tasks.shown(session, by, wanted, now=now)}
    waiting, due_today, overdue, stopped, suspended, finished, before = map(int, figures)
    first, his, longest = ([lines[key] for key in keys if key in lines] for keys in (nearest, steered, oldest))
    longest.sort(key=lambda line: (line.place.since, line.key))
    halting = CaseFilters(process=process, department=department, state="incident")
    within = board.within(session, by, halting, now) if stopped else []
    halted = incident_list.of_cases(session, by, within, HALTED, now=now) if stopped else []
    return Today(waiting, due_today, overdue, stopped, suspended, finished, before, first, longest, his, halted, own, own_until)


def _own(by: Actor) -> list[ColumnElement[Any]]:
    """How many running cases the person began that ask nothing of himself, and the nearest limit of these."""
    case, called, task = ProcessInstance, aliased(ProcessInstance), UserTask
    of_tree = (called.root_key == case.key, task.instance_key == called.key, task.state == "open")
    asks_him = exists().where(
        *of_tree,
        WorkItem.user_task_key == task.key,
        WorkItem.state == "open",
        or_(*holding.offers(by)),
        ~holding.kept_out(by),
    )
    mine = (case.company_id == by.company_id, case.initiator == by.username, case.parent_key.is_(None))
    begun = select(case.key, case.due_at).where(*mine, case.state == "active", ~asks_him).cte("begun")
    of_steps = select(task.due_at).join(called, called.key == task.instance_key).join(begun, begun.c.key == called.root_key)
    limits = union_all(select(begun.c.due_at), of_steps.where(task.state == "open")).subquery()
    return [
        select(func.count()).select_from(begun).scalar_subquery(),
        select(func.min(limits.c.due_at)).scalar_subquery(),
    ]


def _steered(session: Session, by: Actor, ranges: list[Range], process: str, department: str) -> list[Range]:
    """Of the ranges what he manages, where he sees more than that; else none."""
    managed = [each for each in access.managed_among(session, by) if process in ("", each)]
    if not managed or not department:
        return [open_work.of_processes(session, by, managed)] if managed else []
    return [replace(each, conditions=(*each.conditions, each.process.in_(managed))) for each in ranges]


def _nearest(session: Session, ranges: list[Range], his: list[Range]) -> tuple[list[int], list[int]]:
    """The keys of those whose limit comes first, of all and of his own; the latter only where they are not the same."""
    if not ranges:
        return [], []
    rows = session.execute(open_tasks.nearest_of([ranges, his] if his else [ranges], SHOWN)).all()
    nearest, steered = ([key for number, key in rows if number == wanted] for wanted in (0, 1))
    return nearest, steered if set(steered) != set(nearest) else []


def _cases(session: Session, by: Actor, process: str, department: str, now: datetime) -> list[ColumnElement[int]]:
    """Each asks the condition of the list that it opens; `department` is that which began the case."""
    of = CaseFilters(process=process, department=department)
    lists = [
        replace(of, state="incident"),
        replace(of, state="suspended"),
        *(replace(of, state="completed", ended=when) for when in ("week", "before")),
    ]
    return [board.counted(session, by, each, now) for each in lists]
