"""Who carries what [工作量]: open, late and soon due tasks of people and groups, and what they have done lately."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy.orm import Session

from engine.definitions.working_time import Clocks
from engine.people import absences
from engine.people.absences import Absence
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries.status import carried, open_tasks
from engine.queries.status.carried import WEEKS, DoneWork, Looking, Open
from engine.queries.status.open_tasks import Days

AT_ONCE = 5_000  # open tasks: with more, the past is told a moment later
BASIS = 5  # tasks done in four weeks: from fewer nothing is foretold
SHOWN = 100  # people: nobody reads on, and what each has done is read of these alone


@dataclass(frozen=True)
class Load:
    """What lies with one person or group; `username` is None for a group.

    `done` counts the last 28 days, `weekly` each of its weeks, the oldest first, `done_before` the 28 days before; `typical`
    is the median from arrival to decision in calendar time, `working` the same in working time, both of the last 28 days.
    `shared` of the open ones are offered to others too, and whoever is first does them: they count with each of them.
    Times are of the latest `carried.MOST_TIMED` tasks of a person. `deputy` names who stands in now for somebody who is away.
    Figures of what is open end at one above `open_tasks.MOST_COUNTED`.
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
        """How many weeks' work is open, at the pace of the last weeks; None where fewer than `BASIS` were done in them, or more is open than was counted."""
        is_told = self.done >= BASIS and self.open <= open_tasks.MOST_COUNTED
        return round(self.open * WEEKS / self.done, 1) if is_told else None


@dataclass(frozen=True)
class Workload:
    """People first by what is late, then by what is open, the first `SHOWN` of `everybody`; groups whose tasks nobody has claimed.

    As long as the past is not told (`has_past`), people with nothing open are left out.
    """

    people: list[Load]
    groups: list[Load]
    everybody: int
    has_past: bool = True


@dataclass(frozen=True)
class _Around:
    """What the lines of people are made with."""

    company: Organisation
    clocks: Clocks
    away: Mapping[str, Absence]
    shared: Mapping[str, int]


def look(
    session: Session, by: Actor, *, process: str = "", department: str = "", past: bool | None = True, now: datetime
) -> Workload:
    """The load of everybody with something open, with the `past` also of those who have done something, in the followed cases.

    Six statements at most, three less without the past. It takes as long again: with None it is told if little is open.
    """
    company = open_tasks.company_of(session, by)
    inside = _inside(company, department)
    looking = Looking(by, Days.at(now, company.time_zone), process, names=inside)
    held = carried.open_by_holder(session, looking)
    by_name = {each.username: each for each in held if each.username is not None}
    names = sorted(by_name, key=lambda name: (-by_name[name].overdue, -by_name[name].open, company.name_of(name)))
    done = {}
    has_past = past if past is not None else sum(each.open for each in held) <= AT_ONCE
    if has_past:
        everybody = list(company.people) if inside is None else inside
        done = carried.done(session, by, names[:SHOWN] if len(names) >= SHOWN else everybody, process=process, now=now)
    shared = carried.shared(session, looking, names[:SHOWN]) if has_past else {}
    names += sorted(done.keys() - by_name.keys(), key=company.name_of)
    away = absences.now_away(session, company, names[:SHOWN], now=now)
    around = _Around(company, Clocks(session, company), away, shared)
    people = [_person(around, name, by_name.get(name), done.get(name, DoneWork())) for name in names[:SHOWN]]
    groups = sorted((_group(company, each) for each in held if each.group is not None), key=_first_late)
    return Workload(people, groups, len(names), has_past)


def _first_late(load: Load) -> tuple[int, int, str]:
    return -load.overdue, -load.open, load.name


def _inside(company: Organisation, department: str) -> list[str] | None:
    """The people of a department and those below it; None for everybody."""
    if not department:
        return None
    below = company.below(department)
    return [name for name, each in company.people.items() if each.department in below]


def _person(around: _Around, username: str, held: Open | None, done: DoneWork) -> Load:
    company, absence = around.company, around.away.get(username)
    working = around.clocks.named(company.calendar_of(username))
    return Load(
        company.name_of(username),
        username,
        None,
        company.unit_called(_department(company, username)),
        held.open if held else 0,
        held.soon if held else 0,
        held.overdue if held else 0,
        held.oldest if held else None,
        sum(done.weekly),
        done.before,
        done.weekly,
        _median([at - came for came, at in done.spans]),
        _median([timedelta(seconds=working.between(came, at)) for came, at in done.spans]),
        "、".join(absence.deputies) if absence else "",
        around.shared.get(username, 0),
    )


def _median(spans: list[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(span.total_seconds() for span in spans)) if spans else None


def _group(company: Organisation, held: Open) -> Load:
    name = company.called(held.group or "")
    return Load(name, None, held.group, "", held.open, held.soon, held.overdue, held.oldest)


def _department(company: Organisation, username: str | None) -> str | None:
    member = company.people.get(username or "")
    return member.department if member else None
