"""What lies at each step now: how much, since when, how much of it late, how old; of the rows as they are at this moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, union_all
from sqlalchemy.orm import Session

from engine.calendar.working import Calendar
from engine.execution import comebacks
from engine.people.actors import Actor
from engine.queries.insight.extent import Extent
from engine.queries.status import open_tasks
from engine.queries.status.board import total
from engine.queries.status.open_tasks import TaskFilters
from engine.storage.models import UserTask

YOUNG, OLD = "-3wd", "-7wd"  # ages that are told apart


@dataclass(frozen=True)
class Ages:
    """The moments that divide what came in within 3 working days, 3 to 7, and before that."""

    young: datetime
    old: datetime

    @classmethod
    def at(cls, calendar: Calendar, now: datetime) -> Ages:
        """Those of a moment."""
        return cls(calendar.add(YOUNG, now), calendar.add(OLD, now))


@dataclass(frozen=True)
class Live:
    """Open tasks of a step: `median` is when the one in their middle arrived, `ages` counts the young, the older, the old."""

    open: int
    overdue: int
    returned: int
    oldest: datetime
    median: datetime
    ages: tuple[int, int, int]

    @property
    def overdue_share(self) -> float:
        """The share of them that is late, 0 to 1."""
        return self.overdue / self.open


def by_step(session: Session, by: Actor, extent: Extent, ages: Ages, *, now: datetime) -> dict[str, Live]:
    """By element; two statements."""
    row = UserTask
    mine = open_tasks.within(session, by, TaskFilters(**extent.place), now=now)
    counts = (func.count(), total(row.due_at < now), total(comebacks.came_again()), func.min(row.created_at))
    aged = (total(row.created_at >= ages.young), total(row.created_at < ages.old))
    rows = session.execute(select(row.element_id, *counts, *aged).where(*mine).group_by(row.element_id)).all()
    medians = _medians(session, mine, {each[0]: int(each[1]) for each in rows})
    return {each[0]: _live(each, medians[each[0]]) for each in rows}


def _medians(session: Session, mine: list[ColumnElement[bool]], counts: Mapping[str, int]) -> dict[str, datetime]:
    """When the one in the middle of each element's tasks arrived: so far along its own range of an index, and nothing is sorted."""
    row, middles = UserTask, list[Any]()
    for element, count in counts.items():
        arrived = select(row.element_id, row.created_at).where(*mine, row.element_id == element).order_by(row.created_at)
        middle = arrived.offset((count - 1) // 2).limit(1).subquery()
        middles.append(select(middle.c.element_id, middle.c.created_at))
    rows = session.execute(union_all(*middles)) if middles else ()
    return {each.element_id: each.created_at for each in rows}


def _live(row: Any, median: datetime) -> Live:
    _element, open_, overdue, returned, oldest, young, old = row
    ages = (int(young), int(open_) - int(young) - int(old), int(old))
    return Live(int(open_), int(overdue), int(returned), oldest, median, ages)
