"""What a manager looks at first [监控首页]: what waits, is late, has stopped, was finished, and the tasks to act on now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engine.cases.rights import access
from engine.people.actors import Actor
from engine.queries.status import open_tasks
from engine.queries.status.open_tasks import Days, TaskFilters, TaskLine
from engine.storage.models import HAS_INCIDENTS, ProcessInstance, UserTask

SHOWN = 10
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Today:
    """Figures of tasks (open, due today, overdue) and of cases (stopped, finished this week and in the same days of last week)."""

    waiting: int
    due_today: int
    overdue: int
    stopped: int
    finished: int
    finished_before: int
    nearest: list[TaskLine]
    oldest: list[TaskLine]

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to look at."""
        return not (self.waiting or self.stopped)


def look(session: Session, by: Actor, *, process: str = "", department: str = "", now: datetime) -> Today:
    """The figures and the tasks of the cases that the person follows; five statements, all of the rows as they are now."""
    company = open_tasks.company_of(session, by)
    days = Days.at(now, company.time_zone)
    within = open_tasks.within(session, by, TaskFilters(process=process, department=department))
    tasks = [open_tasks.counted(UserTask.key, [*within, *open_tasks.timed(state, days)]) for state in ("", "today", "overdue")]
    figures = session.execute(select(*tasks, *_cases(session, by, days, process))).one()
    nearest = list(session.scalars(open_tasks.nearest(within, SHOWN)))
    oldest = list(session.scalars(open_tasks.oldest(within, SHOWN)))
    found = {line.key: line for line in open_tasks.shown(session, company, list(dict.fromkeys([*nearest, *oldest])))}
    waiting, due_today, overdue, stopped, finished, before = map(int, figures)
    first, longest = ([found[key] for key in keys if key in found] for keys in (nearest, oldest))
    return Today(waiting, due_today, overdue, stopped, finished, before, first, longest)


def _cases(session: Session, by: Actor, days: Days, process: str) -> list[ColumnElement[int]]:
    row, monday = ProcessInstance, days.next_week - WEEK
    mine = [row.company_id == by.company_id, access.cases_followed(session, by)]
    mine += [row.process_id == process] if process else []
    ended = [*mine, row.state == "completed"]
    return [
        open_tasks.counted(row.key, [*mine, row.state == "active", HAS_INCIDENTS]),
        open_tasks.counted(row.key, [*ended, row.ended_at >= monday, row.ended_at <= days.now]),
        open_tasks.counted(row.key, [*ended, row.ended_at >= monday - WEEK, row.ended_at <= days.now - WEEK]),
    ]
