"""The calendar page: a year's days by month, what departs from Monday to Friday, and whether the year is official."""

from __future__ import annotations

import calendar
import itertools
import re
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.calendar import calendars
from engine.calendar.working import Calendar
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage.models import CalendarDay

YEARS_BACK, YEARS_AHEAD = 10, 5
HOLIDAY, MAKE_UP, WEEKEND, USUAL = "holiday", "make-up", "weekend", ""
EXCHANGED = "休息日"
_BRACKETS = re.compile(r"[（(].*")


@dataclass(frozen=True)
class Day:
    """A day of the grid; `kind` is a holiday, a make-up workday, a weekend or a usual workday; `is_own`: the company set it."""

    day: date
    kind: str
    note: str
    is_today: bool
    is_own: bool = False


@dataclass(frozen=True)
class Stretch:
    """Days in a row that depart from Monday to Friday in the same way, under one name."""

    first: date
    last: date
    kind: str
    note: str

    @property
    def length(self) -> int:
        """How many days, weekends between them included."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Month:
    """A month as weeks from Monday to Sunday, None outside it; and what is special in it."""

    number: int
    weeks: list[list[Day | None]]
    special: list[Stretch]
    working_days: int


@dataclass(frozen=True)
class CalendarPage:
    """A year of the company's calendar; `previous` and `following` are years that may be shown."""

    year: int
    is_official: bool
    months: list[Month]
    base: str
    hours: tuple[str, ...]
    previous: int | None
    following: int | None

    @property
    def working_days(self) -> int:
        """How many days of the year people work on."""
        return sum(month.working_days for month in self.months)


def calendar_page(session: Session, by: Actor, wanted: int | None, *, now: datetime) -> CalendarPage:
    """The year (default: this one; the nearest that is offered). Raises Forbidden for others than administrators."""
    if not by.is_administrator:
        raise errors.Forbidden("Only an administrator may change the working calendar.")
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    working = Calendar.of(session, company)
    today = now.astimezone(working.zone).date()
    first, last = today.year - YEARS_BACK, today.year + YEARS_AHEAD
    year = min(max(wanted or today.year, first), last)
    notes, own = _notes(session, company, year, working)
    months = [_month(working, notes, own, year, number, today) for number in range(1, 13)]
    return CalendarPage(
        year,
        working.is_official(year),
        months,
        company.calendar,
        tuple(map(str, company.working_hours)),
        year - 1 if year > first else None,
        year + 1 if year < last else None,
    )


def _notes(
    session: Session, company: organisation.Organisation, year: int, working: Calendar
) -> tuple[dict[date, str], set[date]]:
    """What the special days are called, a company's own days over those of its calendar; and which are its own by hand."""
    own = calendars.of_company(company.calendar, company.id)
    layers = (company.calendar, own, calendars.by_hand(own))
    row = CalendarDay
    of_year = row.day.between(date(year, 1, 1), date(year, 12, 31))
    rows = session.execute(select(row.calendar, row.day, row.note).where(row.calendar.in_(layers), of_year)).all()
    known = {} if year in working.known else {each.day: each.note for each in calendars.computed(working.country, year).days}
    by_hand = {each.day for each in rows if each.calendar == layers[-1]}
    return known | {each.day: each.note for each in sorted(rows, key=lambda each: layers.index(each.calendar))}, by_hand


def _month(working: Calendar, notes: dict[date, str], own: set[date], year: int, number: int, today: date) -> Month:
    weeks = calendar.Calendar().monthdatescalendar(year, number)
    plain = [
        replace(_day(working, notes, day, today), is_own=day in own) for week in weeks for day in week if day.month == number
    ]
    runs = [list(run) for _key, run in itertools.groupby(plain, key=_run_key)]
    days = {day.day: day for run in runs for day in _whole(run)}
    special = [_stretch(run) for run in runs if any(day.kind in (HOLIDAY, MAKE_UP) for day in run)]
    working_days = sum(1 for day in plain if day.kind in (MAKE_UP, USUAL))
    return Month(number, [[days.get(day) for day in week] for week in weeks], special, working_days)


def _day(working: Calendar, notes: dict[date, str], day: date, today: date) -> Day:
    is_working, is_weekend = working.is_working_day(day), day.weekday() >= 5
    kind = (MAKE_UP if is_weekend else USUAL) if is_working else (WEEKEND if is_weekend and not notes.get(day) else HOLIDAY)
    return Day(day, kind, notes.get(day, ""), day == today)


def _run_key(day: Day) -> str:
    return HOLIDAY if day.kind == WEEKEND else day.kind


def _whole(run: list[Day]) -> list[Day]:
    """A weekend that lies in or beside a holiday is part of it, as the notice counts it."""
    if not any(day.kind == HOLIDAY for day in run):
        return run
    return [replace(day, kind=HOLIDAY) for day in run]


def _stretch(run: list[Day]) -> Stretch:
    """Named by its days in order; what the library adds in brackets, and days that are only exchanged, name nothing."""
    names = (_BRACKETS.sub("", day.note) for day in run if not day.note.startswith(EXCHANGED))
    named = "\u3001".join(dict.fromkeys(name for name in names if name))
    return Stretch(run[0].day, run[-1].day, MAKE_UP if run[0].kind == MAKE_UP else HOLIDAY, named)
