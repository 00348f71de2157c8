"""What lies open with whom, and what was done lately, read from indexes alone.

Of whom everything is seen, each figure is counted by itself, no further than it is shown. Of all others only what is seen is
read: the ranges of the departments and processes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, literal_column, select, text, union, union_all
from sqlalchemy.orm import Session, aliased

from engine.cases.rights import leading, open_work
from engine.people.actors import Actor
from engine.queries.status import open_tasks
from engine.queries.status.open_tasks import Days
from engine.storage.models import SHARED_TASKS, Person, UserTask, WorkItem

WEEKS = 4
PERIOD = timedelta(weeks=WEEKS)
MOST_TIMED = 50  # of one person: the latest, of which times are told
BOTH = 1_000_000  # two figures in one: so many times the one, and the other
Item = aliased(WorkItem, name="item")


@dataclass(frozen=True)
class Open:
    """What lies with a person, or with a group from which nobody has claimed it."""

    username: str | None
    group: str | None
    open: int
    soon: int
    overdue: int
    oldest: datetime


@dataclass(frozen=True)
class DoneWork:
    """What a person has done in each of the last weeks, the oldest first, and in as many weeks before; when the latest came and went."""

    weekly: tuple[int, ...] = (0,) * WEEKS
    before: int = 0
    spans: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True)
class Looking:
    """Who looks, when, at which process ("" for all), how far figures are counted; `names` None means everybody, with the groups."""

    by: Actor
    days: Days
    process: str = ""
    names: Collection[str] | None = None
    most: int = 0

    @property
    def limit(self) -> int:
        """One more than is counted."""
        return (self.most or open_tasks.MOST_COUNTED) + 1

    def open(self, item: Any) -> list[ColumnElement[bool]]:
        """The condition for parts that lie open, whoever sees them."""
        of_process = [item.process_id == self.process] if self.process else []
        return [item.company_id == self.by.company_id, item.state == "open", *of_process]


def open_by_holder(session: Session, looking: Looking) -> list[Open]:
    """What the person sees of everybody's load, at most three statements; figures end at one above `most`."""
    by, whole = looking.by, _whole(session, looking.by)
    counts = [] if whole == set() else list(_counted_up(session, looking, whole))
    if whole is None:
        return counts + (list(_groups(session, looking)) if looking.names is None else [])
    return counts + list(_summed_up(session, looking, whole, open_work.other_parts(session, by, Item)))


def shared(session: Session, looking: Looking, names: Collection[str]) -> dict[str, int]:
    """By username, of these people: how many of their first open tasks others are offered too, so that whoever is first does them."""
    theirs = (Item.username == Person.username, Item.group_name.is_(None), open_work.parts(session, looking.by, Item))
    first = select(Item.user_task_key).where(*looking.open(Item), *theirs).correlate(Person).limit(looking.limit).subquery()
    some = (
        select(func.count()).select_from(first).join(UserTask, UserTask.key == first.c.user_task_key).where(text(SHARED_TASKS))
    )
    figure = some.scalar_subquery().label("shared")
    asked = select(Person.username, figure).where(
        Person.company_id == looking.by.company_id, Person.username.in_(sorted(names))
    )
    return {str(name): number for name, number in session.execute(asked) if number}


def done(session: Session, by: Actor, names: Collection[str], *, process: str = "", now: datetime) -> dict[str, DoneWork]:
    """By username, of these people: what the person sees of what they did in two periods; two statements."""
    if not names:
        return {}
    item = WorkItem
    mine = [item.company_id == by.company_id, item.state == "done", open_work.parts(session, by)]
    mine += [item.process_id == process] if process else []
    weeks = [(now - timedelta(weeks=n + 1), now - timedelta(weeks=n)) for n in reversed(range(WEEKS))]
    sums = [_sum((item.done_at >= first) & (item.done_at < last)) for first, last in weeks[:-1]]
    sums += [_sum(item.done_at >= weeks[-1][0]), _sum(item.done_at < weeks[0][0])]
    asked = select(item.username, *sums).where(*mine, item.username.in_(sorted(names)), item.done_at >= now - 2 * PERIOD)
    counted = {str(name): [int(each) for each in row] for name, *row in session.execute(asked.group_by(item.username))}
    lately = [name for name, figures in counted.items() if any(figures[:-1])]
    spans = _latest(session, [*mine, item.done_at >= now - PERIOD], lately)
    return {name: DoneWork(tuple(each[:-1]), each[-1], tuple(spans.get(name, ()))) for name, each in counted.items()}


def _latest(
    session: Session, mine: list[ColumnElement[bool]], names: Collection[str]
) -> dict[str, list[tuple[datetime, datetime]]]:
    """When the latest tasks of each person came and went; of each a beginning of the index."""
    item, times = WorkItem, dict[str, list[tuple[datetime, datetime]]]()
    parts = [
        select(item.username, item.created_at, item.done_at)
        .where(*mine, item.username == name)
        .order_by(item.done_at.desc())
        .limit(MOST_TIMED)
        .subquery()
        for name in names
    ]
    for row in session.execute(union_all(*(select(part) for part in parts))) if parts else ():
        times.setdefault(row.username, []).append((row.created_at, row.done_at))
    return times


def _whole(session: Session, by: Actor) -> set[str] | None:
    """Of whom the person sees all that lies with them; None for everybody."""
    if by.reads_all:
        return None
    led = leading.led(session, by)
    return set(led.people) if led is not None else set()


def _counted_up(session: Session, looking: Looking, whole: set[str] | None) -> Iterable[Open]:
    named = whole if looking.names is None else set(looking.names) & (set(looking.names) if whole is None else whole)
    theirs = (Item.username == Person.username, Item.group_name.is_(None), open_work.parts(session, looking.by, Item))
    figures = _figures(looking, [*looking.open(Item), *theirs], Person)
    asked = select(Person.username, literal(None), *figures).where(Person.company_id == looking.by.company_id)
    asked = asked if named is None else asked.where(Person.username.in_(sorted(named)))
    return (_read(row) for row in session.execute(asked) if row.both)


def _groups(session: Session, looking: Looking) -> Iterable[Open]:
    """The groups from which something lies unclaimed, walking the index from one to the next."""
    unclaimed = [*looking.open(WorkItem), WorkItem.username.is_(None), WorkItem.group_name.is_not(None)]
    first = select(func.min(WorkItem.group_name).label("name")).where(*unclaimed).cte("candidates", recursive=True)
    after = select(func.min(WorkItem.group_name)).where(*unclaimed, WorkItem.group_name > first.c.name)
    walked = first.union_all(select(after.correlate(first).scalar_subquery()).where(first.c.name.is_not(None)))
    mine = open_work.parts(session, looking.by, Item)
    lying = [*looking.open(Item), Item.username.is_(None), Item.group_name == walked.c.name, mine]
    asked = select(literal(None), walked.c.name, *_figures(looking, lying, walked)).where(walked.c.name.is_not(None))
    return (_read(row) for row in session.execute(asked) if row.both)


def _figures(looking: Looking, lying: list[ColumnElement[bool]], holder: Any) -> list[ColumnElement[Any]]:
    """The figures of one holder; he has at most one open part in a task.

    What is open and what of it is late are read at once, as `both`: whatever is late comes first in the index.
    """
    in_order = (
        Item.username,
        Item.group_name,
        Item.sort_due,
    )  # of one holder; PostgreSQL does not know that what is null is all alike
    first = select(Item.sort_due).where(*lying).order_by(*in_order).correlate(holder).limit(looking.limit).subquery()
    late = func.coalesce(func.sum(case((first.c.sort_due < looking.days.now, 1), else_=0)), 0)
    both = select(func.count() * literal_column(str(BOTH)) + late).select_from(first).scalar_subquery().label("both")
    is_soon = open_tasks.is_soon(looking.days, Item, Item.sort_due)
    near = select(literal(1)).where(*lying, is_soon).correlate(holder).limit(looking.limit).subquery()
    soon = select(func.count()).select_from(near).scalar_subquery().label("soon")
    oldest = select(func.min(Item.created_at)).where(*lying).correlate(holder).scalar_subquery().label("oldest")
    return [both, soon, oldest]


def _read(row: Any) -> Open:
    username, group, both, soon, oldest = row
    open_, late = divmod(int(both), BOTH)
    return Open(username, group, open_, soon, late, oldest)


def _summed_up(session: Session, looking: Looking, whole: set[str], ways: list[ColumnElement[bool]]) -> Iterable[Open]:
    """The load of the others as far as it is seen; what several ways lead to is counted once."""
    soon, late = open_tasks.is_soon(looking.days, Item, Item.sort_due), Item.sort_due < looking.days.now
    columns = (Item.key, Item.username, Item.group_name, _flag(soon, "soon"), _flag(late, "overdue"), Item.created_at)
    others = [*looking.open(Item), Item.username.is_(None) | Item.username.not_in(sorted(whole))]
    if looking.names is not None:
        others.append(Item.username.in_(sorted(set(looking.names) - whole)))
    parts = [select(*columns).where(*others, way) for way in ways]
    part = (union(*parts) if len(parts) > 1 else parts[0]).subquery().c
    figures = (func.count().label("open"), func.sum(part.soon).label("soon"), func.sum(part.overdue).label("overdue"))
    asked = select(part.username, part.group_name, *figures, func.min(part.created_at).label("oldest"))
    for username, group, *numbers, oldest in session.execute(asked.group_by(part.username, part.group_name)):
        open_, soon_, late_ = (min(int(each), looking.limit) for each in numbers)
        if username is not None or group is not None:
            yield Open(username, group, open_, soon_, late_, oldest)


def _flag(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return case((condition, 1), else_=0).label(name)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
