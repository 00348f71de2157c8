"""Who carries what [工作量]: open, late and soon due tasks of people and groups, and what they have done lately."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from engine.cases.rights import access
from engine.definitions import joint_rules
from engine.definitions.working_time import Clocks
from engine.people import absences
from engine.people.absences import Absence
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries.status import open_tasks
from engine.queries.status.open_tasks import Days, TaskFilters
from engine.storage.models import UserTask, WorkItem

WEEKS = 4
PERIOD = timedelta(weeks=WEEKS)
MOST_DONE = 20_000  # of which times are told; the latest
MOST_TIMED = 200  # of one person, of which working time is reckoned
Spans = list[tuple[datetime, datetime]]  # when each task came and was done, the latest first


@dataclass(frozen=True)
class Load:
    """What lies with one person or group; `username` is None for a group.

    `done` counts the last 28 days, `weekly` each of its weeks, the oldest first, `done_before` the 28 days before; `typical`
    is the median from arrival to decision in calendar time, `working` the same in working time, both of the last 28 days.
    `shared` of the open ones are offered to others too, and whoever is first does them: they count with each of them.
    `deputy` names who stands in now for somebody who is away.
    """

    name: str
    username: str | None
    group: str | None
    department: str
    open: int
    soon: int
    overdue: int
    oldest: datetime | None
    done: int = 0
    done_before: int = 0
    weekly: tuple[int, ...] = ()
    typical: timedelta | None = None
    working: timedelta | None = None
    deputy: str = ""
    shared: int = 0

    @property
    def working_hours(self) -> float | None:
        """`working` in hours."""
        return None if self.working is None else round(self.working.total_seconds() / 3600, 1)

    @property
    def weeks_in_hand(self) -> float | None:
        """How many weeks' work is open, at the pace of the last weeks; None where nothing was done in them."""
        return round(self.open * WEEKS / self.done, 1) if self.done else None


@dataclass(frozen=True)
class Workload:
    """People first by what is late, then by what is open; groups whose tasks nobody has claimed."""

    people: list[Load]
    groups: list[Load]


@dataclass(frozen=True)
class _Around:
    """What the lines of people are made with."""

    company: Organisation
    clocks: Clocks
    away: Mapping[str, Absence]
    now: datetime


def look(session: Session, by: Actor, *, process: str = "", department: str = "", now: datetime) -> Workload:
    """The load of everybody with something open or done in the followed cases; three statements."""
    company = open_tasks.company_of(session, by)
    within = open_tasks.within(session, by, TaskFilters(process=process))
    held = session.execute(_open(within, Days.at(now, company.time_zone))).all()
    done = _done(session, by, process, now)
    inside = company.below(department) if department else None
    names = {*(row.username for row in held if row.username), *done}
    names = {name for name in names if inside is None or _department(company, name) in inside}
    away = absences.now_away(session, company, names, now=now)
    around, by_name = _Around(company, Clocks(session, company), away, now), {row.username: row for row in held}
    people = [_person(around, name, by_name.get(name), done.get(name, [])) for name in names]
    groups = [_group(company, row) for row in held if row.username is None and row.group_name and not department]
    return Workload(*(sorted(each, key=lambda load: (-load.overdue, -load.open, load.name)) for each in (people, groups)))


def _open(conditions: list[ColumnElement[bool]], days: Days) -> Any:
    """By person, or by group where nobody has claimed: how many tasks, each counted once."""
    task, item = UserTask, WorkItem
    group = case((item.username.is_(None), item.group_name), else_=None).label("group_name")
    is_shared = (task.rule == joint_rules.ANY) & task.assignee.is_(None) & (task.parts > 1)
    asked_of = (open_tasks.is_soon(days), task.due_at < days.now, is_shared)
    soon, late, shared = (func.max(case((each, 1), else_=0)) for each in asked_of)
    of_part = (soon.label("soon"), late.label("late"), shared.label("shared"), func.min(item.created_at).label("oldest"))
    parts = select(item.username, group, *of_part)
    parts = parts.join(task, task.key == item.user_task_key).where(item.state == "open", *conditions)
    part = parts.group_by(item.user_task_key, item.username, group).subquery().c
    figures = (
        func.count().label("open"),
        func.sum(part.soon).label("soon"),
        func.sum(part.late).label("overdue"),
        func.sum(part.shared).label("shared"),
    )
    asked = select(part.username, part.group_name, *figures, func.min(part.oldest).label("oldest"))
    return asked.group_by(part.username, part.group_name)


def _done(session: Session, by: Actor, process: str, now: datetime) -> dict[str, Spans]:
    """By person: when each of the latest decided tasks came and was done; two periods of them."""
    item = WorkItem
    asked = select(item.username, item.created_at, item.done_at)
    asked = asked.where(item.company_id == by.company_id, item.state == "done", item.username.is_not(None))
    asked = asked.where(item.done_at >= now - 2 * PERIOD)
    if process or not by.reads_all:
        asked = asked.join(UserTask, UserTask.key == item.user_task_key).where(access.tasks_followed(session, by, "few"))
        asked = asked.where(UserTask.company_id == by.company_id, *([UserTask.process_id == process] if process else []))
    found: dict[str, Spans] = {}
    for row in session.execute(asked.order_by(item.done_at.desc()).limit(MOST_DONE)):
        found.setdefault(row.username, []).append((row.created_at, row.done_at))
    return found


def _person(around: _Around, username: str, row: Any, spans: Spans) -> Load:
    company, now, absence = around.company, around.now, around.away.get(username)
    lately = [(came, at) for came, at in spans if at >= now - PERIOD]
    return Load(
        company.name_of(username),
        username,
        None,
        company.department_name(_department(company, username)),
        int(row.open) if row else 0,
        int(row.soon) if row else 0,
        int(row.overdue) if row else 0,
        row.oldest if row else None,
        len(lately),
        len(spans) - len(lately),
        _weekly(lately, now),
        _median([at - came for came, at in lately]),
        _median(
            [
                timedelta(seconds=around.clocks.named(company.calendar_of(username)).between(came, at))
                for came, at in lately[:MOST_TIMED]
            ]
        ),
        "、".join(absence.deputies) if absence else "",
        int(row.shared) if row else 0,
    )


def _weekly(spans: Spans, now: datetime) -> tuple[int, ...]:
    """How many were done in each week back from now, the oldest first."""
    ago = [int((now - at) / timedelta(weeks=1)) for _came, at in spans]
    return tuple(ago.count(week) for week in reversed(range(WEEKS)))


def _median(spans: list[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(span.total_seconds() for span in spans)) if spans else None


def _group(company: Organisation, row: Any) -> Load:
    name = company.present_name(row.group_name)
    return Load(name, None, row.group_name, "", int(row.open), int(row.soon), int(row.overdue), row.oldest)


def _department(company: Organisation, username: str | None) -> str | None:
    member = company.people.get(username or "")
    return member.department if member else None
