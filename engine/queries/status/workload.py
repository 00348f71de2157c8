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
from engine.people import absences
from engine.people.absences import Absence
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries.status import open_tasks
from engine.queries.status.board import total
from engine.queries.status.open_tasks import Days
from engine.storage.models import UserTask, WorkItem

PERIOD = timedelta(days=28)
MOST_DONE = 20_000  # of which times are told; the latest


@dataclass(frozen=True)
class Load:
    """What lies with one person or group; `username` is None for a group.

    `done` counts the last 28 days, `done_before` the 28 days before those; `typical` is the median of the last 28 days from
    arrival to decision, in calendar time. `deputy` names who stands in now.
    """

    name: str
    username: str | None
    group: str | None
    department: str
    open: int
    today: int
    overdue: int
    oldest: datetime | None
    done: int = 0
    done_before: int = 0
    typical: timedelta | None = None
    deputy: str = ""


@dataclass(frozen=True)
class Workload:
    """People first by what is late, then by what is open; groups whose tasks nobody has claimed."""

    people: list[Load]
    groups: list[Load]


def look(session: Session, by: Actor, *, process: str = "", department: str = "", now: datetime) -> Workload:
    """The load of everybody with something open or done in the followed cases; three statements."""
    company = open_tasks.company_of(session, by)
    days = Days.at(now, company.time_zone)
    conditions = [UserTask.company_id == by.company_id, access.tasks_followed(session, by)]
    conditions += [UserTask.process_id == process] if process else []
    held = session.execute(_open(conditions, days)).all()
    done = _done(session, conditions, now)
    names = {*(row.username for row in held if row.username), *done}
    away = absences.now_away(session, company, names, now=now)
    people = [_person(company, row, done.pop(row.username, []), away, now) for row in held if row.username]
    people += [_person(company, _Nothing(name), spans, away, now) for name, spans in done.items()]
    inside = company.below(department) if department else None
    people = [each for each in people if inside is None or _department(company, each.username) in inside]
    groups = [_group(row) for row in held if row.username is None and row.group_name and not department]
    return Workload(*(sorted(each, key=lambda load: (-load.overdue, -load.open, load.name)) for each in (people, groups)))


def _open(conditions: list[ColumnElement[bool]], days: Days) -> Any:
    task, item = UserTask, WorkItem
    today = (task.due_at >= days.now) & (task.due_at < days.tomorrow)
    figures = (func.count().label("open"), total(today).label("today"), total(task.due_at < days.now).label("overdue"))
    group = case((item.username.is_(None), item.group_name), else_=None).label("group_name")
    asked = select(item.username, group, *figures, func.min(item.created_at).label("oldest"))
    asked = asked.join(task, task.key == item.user_task_key)
    return asked.where(item.state == "open", task.state == "open", *conditions).group_by(item.username, group)


def _done(
    session: Session, conditions: list[ColumnElement[bool]], now: datetime
) -> dict[str, list[tuple[datetime, timedelta]]]:
    """By person: when each of the latest decisions fell and how long it took; two periods of them."""
    item = WorkItem
    asked = select(item.username, item.created_at, item.done_at).join(UserTask, UserTask.key == item.user_task_key)
    asked = asked.where(item.state == "done", item.done_at >= now - 2 * PERIOD, item.username.is_not(None), *conditions)
    found: dict[str, list[tuple[datetime, timedelta]]] = {}
    for row in session.execute(asked.order_by(item.done_at.desc()).limit(MOST_DONE)):
        found.setdefault(row.username, []).append((row.done_at, row.done_at - row.created_at))
    return found


@dataclass(frozen=True)
class _Nothing:
    username: str
    open: int = 0
    today: int = 0
    overdue: int = 0
    oldest: datetime | None = None


def _person(
    company: Organisation, row: Any, spans: list[tuple[datetime, timedelta]], away: Mapping[str, Absence], now: datetime
) -> Load:
    lately = [span for at, span in spans if at >= now - PERIOD]
    return Load(
        company.name_of(row.username),
        row.username,
        None,
        company.department_name(_department(company, row.username)),
        int(row.open),
        int(row.today),
        int(row.overdue),
        row.oldest,
        len(lately),
        len(spans) - len(lately),
        timedelta(seconds=median(span.total_seconds() for span in lately)) if lately else None,
        "、".join(away[row.username].deputies) if row.username in away else "",
    )


def _group(row: Any) -> Load:
    return Load(row.group_name, None, row.group_name, "", int(row.open), int(row.today), int(row.overdue), row.oldest)


def _department(company: Organisation, username: str | None) -> str | None:
    member = company.people.get(username or "")
    return member.department if member else None
