"""The calendar page: a year's days by month, what departs from the usual week, and whether the year is official."""

from __future__ import annotations

import calendar
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.calendar import calendars
from engine.calendar.working import Calendar
from engine.deadlines import calendar_changes, calendar_uses, named_calendars
from engine.deadlines.calendar_uses import CalendarUse
from engine.deadlines.named_calendars import CalendarValues
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.people.working.named import STANDARD
from engine.storage.models import CalendarDay

YEARS_BACK, YEARS_AHEAD = 10, 5
HOLIDAY, MAKE_UP, WEEKEND, USUAL = "holiday", "make-up", "weekend", ""
EXCHANGED = "休息日"
MARKS = {True: "work", False: "off", None: "usual"}
_BRACKETS = re.compile(r"[（(].*")


@dataclass(frozen=True)
class Day:
    """A day of the grid; `kind` is a holiday, a make-up workday, a weekend or a usual workday.

    `is_own`: it was set by hand. `mark` is what was clicked and is not kept yet: "work", "off" or "usual".
    """

    day: date
    kind: str
    note: str
    is_today: bool
    is_own: bool = False
    mark: str = ""


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
    """A year of one of the company's calendars; `previous` and `following` are years that may be shown.

    `names` are all of its calendars, the standard one first; `uses` is who and what counts by a named one.
    """

    year: int
    is_official: bool
    months: list[Month]
    values: CalendarValues
    default: str
    names: list[str]
    uses: list[CalendarUse]
    marks: Mapping[date, bool | None]
    previous: int | None
    following: int | None

    @property
    def working_days(self) -> int:
        """How many days of the year people work on."""
        return sum(month.working_days for month in self.months)


def calendar_page(
    session: Session,
    by: Actor,
    wanted: int | None,
    name: str = "",
    marks: Mapping[date, bool | None] = MappingProxyType({}),
    *,
    now: datetime,
) -> CalendarPage:
    """The year (default: this one; the nearest that is offered) of a calendar, "" for the company's default.

    `marks` are days that were clicked and are not kept yet: worked, off, or (None) no longer set by hand.
    Raises Forbidden for others than administrators and auditors, NotFound for a calendar that is not there.
    """
    company = _company(session, by)
    default = company.default_calendar or STANDARD
    values = named_calendars.values_of(company, name or default)
    working = _marked(session, company, values.name, marks)
    today = now.astimezone(working.zone).date()
    first, last = today.year - YEARS_BACK, today.year + YEARS_AHEAD
    year = min(max(wanted or today.year, first), last)
    notes, own = _notes(session, company, values, year, working)
    months = [_month(working, notes, own, marks, year, number, today) for number in range(1, 13)]
    stored = company.calendars.get(values.name)
    return CalendarPage(
        year,
        working.is_official(year),
        months,
        values,
        default,
        [STANDARD, *(each for each, calendar in company.calendars.items() if calendar.name == each)],
        calendar_uses.uses(session, company, stored) if stored else [],
        marks,
        year - 1 if year > first else None,
        year + 1 if year < last else None,
    )


def _company(session: Session, by: Actor) -> Organisation:
    """The company as it is: auditors read its calendars, too."""
    if by.is_auditor:
        return organisation.at_version(session, by.company_id, by.organisation_version)
    return named_calendars.current(session, by)


def chosen(session: Session, by: Actor, name: str) -> str:
    """The name of the calendar that is meant, "" being the company's default. Raises Forbidden, NotFound."""
    company = _company(session, by)
    return named_calendars.values_of(company, name or company.default_calendar or STANDARD).name


def _marked(session: Session, company: Organisation, name: str, marks: Mapping[date, bool | None]) -> Calendar:
    """The calendar with these marks laid over it; it is not kept."""
    working = Calendar.of(session, company, name)
    if not marks:
        return working
    base = named_calendars.values_of(company, name).holidays
    days, *_years = calendars.stored(session, base, calendars.of_company(base, company.id), hand="")
    plain = {day: days[day] for day in marks if day in days}
    kept = {day: is_workday for day, is_workday in working.days.items() if day not in marks}
    return replace(working, days={**kept, **plain, **{day: mark for day, mark in marks.items() if mark is not None}})


def _notes(
    session: Session, company: Organisation, values: CalendarValues, year: int, working: Calendar
) -> tuple[dict[date, str], set[date]]:
    """What the special days are called, a company's own days over those of its calendar; and which are its own by hand."""
    own = calendars.of_company(values.holidays, company.id)
    layers = (values.holidays, own, calendar_changes.hand_of(company, values.name))
    row = CalendarDay
    of_year = row.day.between(date(year, 1, 1), date(year, 12, 31))
    rows = session.execute(select(row.calendar, row.day, row.note).where(row.calendar.in_(layers), of_year)).all()
    known = {} if year in working.known else {each.day: each.note for each in calendars.computed(working.country, year).days}
    by_hand = {each.day for each in rows if each.calendar == layers[-1]}
    return known | {each.day: each.note for each in sorted(rows, key=lambda each: layers.index(each.calendar))}, by_hand


def _month(
    working: Calendar,
    notes: dict[date, str],
    own: set[date],
    marks: Mapping[date, bool | None],
    year: int,
    number: int,
    today: date,
) -> Month:
    weeks = calendar.Calendar().monthdatescalendar(year, number)
    plain = [
        replace(_day(working, notes, day, today), is_own=day in own, mark=MARKS[marks[day]] if day in marks else "")
        for week in weeks
        for day in week
        if day.month == number
    ]
    runs = [list(run) for _key, run in itertools.groupby(plain, key=_run_key)]
    days = {day.day: day for run in runs for day in _whole(run)}
    special = [_stretch(run) for run in runs if any(day.kind in (HOLIDAY, MAKE_UP) for day in run)]
    working_days = sum(working.is_working_day(day.day) for day in plain)
    return Month(number, [[days.get(day) for day in week] for week in weeks], special, working_days)


def _day(working: Calendar, notes: dict[date, str], day: date, today: date) -> Day:
    is_working, is_usual = working.is_working_day(day), working.is_usual(day)
    note = notes.get(day)
    is_weekend = not is_usual and not (note and day.weekday() >= 5) and day not in working.days
    kind = (USUAL if is_usual else MAKE_UP) if is_working else (WEEKEND if is_weekend else HOLIDAY)
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
