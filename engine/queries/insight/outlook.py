"""What will be late if nothing happens: open tasks near their limit, against how long such tasks took that had waited as long."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from engine.calendar.scale import DurationSpread
from engine.calendar.working import Calendar
from engine.definitions.working_time import Clocks
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries.insight.extent import Extent
from engine.queries.status import open_tasks
from engine.queries.status.open_tasks import TaskFilters, TaskLine
from engine.storage.models import InsightDay, UserTask

AHEAD = "5wd"
LATELY, YEAR = 28, 365  # days of the past that are asked: a year only where lately there were not
MANY = 200  # such tasks, which say enough
LOOKED_AT = 300  # of the nearest; nobody acts on more
SHOWN = 20
ENOUGH = 5  # past tasks; fewer say nothing
LIKELY = 0.5
Step = tuple[str, str]  # of which process, and which element there


@dataclass(frozen=True)
class Risk:
    """A task that will probably be late: of `sample` past ones that had waited as long, `longer` took more than is left."""

    line: TaskLine
    sample: int
    longer: int

    @property
    def share(self) -> float:
        """How likely it is, 0 to 1."""
        return self.longer / self.sample


@dataclass(frozen=True)
class Outlook:
    """Of `looked_at` tasks due until `until`: those `likely` to be late, by limit; of `unknown` too little is known.

    `risks` are the first of the likely ones; `is_all` says that there are not more due than were looked at.
    """

    until: datetime
    looked_at: int
    likely: int
    unknown: int
    risks: list[Risk]
    is_all: bool


def coming(
    session: Session, by: Actor, company: Organisation, extent: Extent, followed: Collection[str], *, now: datetime
) -> Outlook:
    """The tasks of followed processes that are due within five working days; six statements."""
    calendar = Calendar.of(session, company)
    until, task = calendar.add(AHEAD, now), UserTask
    filters = TaskFilters(process=extent.process, department=extent.department)
    mine = [*open_tasks.within(session, by, filters, now=now), task.process_id.in_(followed)]
    due = (task.due_at >= now, task.due_at <= until)
    columns = select(task.key, task.process_id, task.element_id, task.created_at, task.due_at, task.definition_key)
    near = session.execute(columns.where(*mine, *due).order_by(task.due_at, task.key).limit(LOOKED_AT + 1)).all()
    looked_at = near[:LOOKED_AT]
    spreads = _spreads(session, company, {(row.process_id, row.element_id) for row in looked_at}, now)
    judged = list(_judged(looked_at, spreads, Clocks(session, company), now))
    likely = [each for each in judged if each[1] >= ENOUGH and each[2] / each[1] >= LIKELY]
    unknown = sum(sample < ENOUGH for _key, sample, _longer in judged)
    risks = _risks(session, by, likely[:SHOWN], now)
    return Outlook(until, len(looked_at), len(likely), unknown, risks, len(near) <= LOOKED_AT)


def _judged(
    rows: Collection[Any], spreads: Mapping[Step, DurationSpread], clocks: Clocks, now: datetime
) -> Iterator[tuple[int, int, int]]:
    """Key, how many past ones had waited as long, how many of them took longer than is left."""
    for row in rows:
        spread = spreads.get((row.process_id, row.element_id), DurationSpread())
        elapsed = clocks.at(row.definition_key, row.element_id)
        waited, left = elapsed.between(row.created_at, now), elapsed.between(now, row.due_at)
        yield row.key, round(spread.longer_than(waited)), round(spread.longer_than(waited + left))


def _spreads(session: Session, company: Organisation, steps: set[Step], now: datetime) -> dict[Step, DurationSpread]:
    """The working times of steps in the last four weeks; of those that were done seldom, in the last year."""
    spreads = _times(session, company, steps, now - timedelta(days=LATELY))
    seldom = {step for step in steps if sum(spreads.get(step, {}).values()) < MANY}
    spreads |= _times(session, company, seldom, now - timedelta(days=YEAR))
    return {step: DurationSpread(counts) for step, counts in spreads.items()}


def _times(session: Session, company: Organisation, steps: set[Step], since: datetime) -> dict[Step, dict[int, int]]:
    row, times = InsightDay, dict[Step, dict[int, int]]()
    named = tuple_(row.process_id, row.element_id).in_(sorted(steps))
    statement = select(row.process_id, row.element_id, row.worked, func.sum(row.count))
    statement = statement.where(row.company_id == company.id, named, row.day >= since.toordinal())
    statement = statement.group_by(row.process_id, row.element_id, row.worked)
    for process, element, step, count in session.execute(statement) if steps else ():
        times.setdefault((process, element), {})[step] = int(count)
    return times


def _risks(session: Session, by: Actor, likely: list[tuple[int, int, int]], now: datetime) -> list[Risk]:
    lines = {line.key: line for line in open_tasks.shown(session, by, [key for key, *_ in likely], now=now)}
    return [Risk(lines[key], sample, longer) for key, sample, longer in likely if key in lines]
