"""The days of a working calendar: computed from public holidays, kept in the database, imported from a year's notice."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

import holidays
from sqlalchemy import ColumnElement, delete, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.calendar.notice_files import Day, Year, is_json, read_notice
from engine.people.actors import Actor
from engine.people.working.named import NO_HOLIDAYS
from engine.storage import keys
from engine.storage.models import CalendarDay, CalendarYear, Company, WorkingCalendar

MAKE_UP_COUNTRIES = frozenset({"CN"})  # a year is settled only when its notice names the weekend workdays
COMPUTED = "holidays"
IMPORTED = "notice"
MAX_NOTE = 60


def country_of(calendar: str) -> str:
    """The country code of a calendar's name: "cn" and a company's own "cn:acme" are both CN; "" for one without holidays."""
    code = calendar.partition(":")[0]
    return "" if code == NO_HOLIDAYS else code.upper()


def of_company(base: str, company_id: str) -> str:
    """The name of the calendar that holds a company's own days (typhoon, founding day) over `base`."""
    return f"{base}:{company_id}"


def by_hand(own: str) -> str:
    """The name of the calendar that holds the days somebody turned on the page, over a company's `own` from files."""
    return f"{own}:hand"


def of_key(key: int) -> str:
    """The name of the calendar that holds the days somebody turned on the page of a named calendar."""
    return f"@{key}"


@functools.lru_cache(maxsize=256)
def weekend_holidays(country: str, year: int) -> frozenset[date]:
    """The public holidays of a year that fall on a Saturday or Sunday."""
    holidays_of_year = holidays.country_holidays(country, years=year)
    return frozenset(day for day in holidays_of_year if day.year == year and day.weekday() >= 5)


@functools.lru_cache(maxsize=256)
def computed(country: str, year: int) -> Year:
    """What the public-holiday library knows of a year; Invalid for a country that it does not know."""
    if not country:
        return Year(year, True, ())
    try:
        holidays_of_year = holidays.country_holidays(country, years=year, language="zh_CN" if country == "CN" else None)
    except NotImplementedError as error:
        raise errors.Invalid("There is no working calendar %(calendar)s.", calendar=country.lower()) from error
    made_up = {day for day in holidays_of_year.weekend_workdays if day.year == year}
    off = [Day(day, False, str(name)) for day, name in holidays_of_year.items() if day.year == year and day.weekday() < 5]
    days = sorted([*off, *(Day(day, True, "") for day in made_up)], key=lambda each: each.day)
    return Year(year, bool(made_up) or country not in MAKE_UP_COUNTRIES, tuple(days))


def seed(session: Session, calendar: str, years: Iterable[int]) -> bool:
    """Stores the computed days of the years that are missing, or not yet official while they are now.

    What people imported is never touched. Gives whether anything changed.
    """
    wanted = missing(session, calendar, years)
    for year in wanted:
        _replace(session, calendar, year, COMPUTED)
    return bool(wanted)


def missing(session: Session, calendar: str, years: Iterable[int]) -> list[Year]:
    """The years that `seed` would store, as the library knows them; one statement."""
    stored = _years(session, calendar)
    known = [computed(country_of(calendar), year) for year in years]
    return [each for each in known if each.year not in stored or (each.is_official and not stored[each.year])]


def import_notice(session: Session, by: Actor, base: str, content: bytes, *, now: datetime) -> list[int]:
    """Stores a year's notice (JSON of holiday-cn, or CSV with date, is_workday, note); gives the years.

    A company's administrator settles his own company's calendar, the operator (the engine itself) `base`.
    A company's CSV is a list of its own days and leaves open whether the year is official.
    Raises Forbidden for others, Invalid with the line or entry that is wrong.
    """
    if not by.is_administrator:
        raise errors.Forbidden("Only an administrator may change the working calendar.")
    calendar = base if by.is_system else of_company(base, by.company_id)
    years = read_notice(content)
    whole = by.is_system or is_json(content)
    for year in years:
        if year.is_whole:
            _replace(session, calendar, replace(year, is_official=whole), IMPORTED)
        else:
            _add(session, calendar, year.days, IMPORTED)
    mark_changed(session, keeps(base) if by.is_system else Company.id == by.company_id)
    return [year.year for year in years if year.is_whole] or [year.year for year in years]


def set_days(session: Session, hand: str, days: Mapping[date, bool | None], note: str) -> None:
    """Makes days of a calendar by `hand` ones of work or off, or (None) as they are without that.

    Raises Invalid for a note that is too long.
    """
    if len(note) > MAX_NOTE:
        raise errors.Invalid("The note is longer than %(limit)s characters.", limit=MAX_NOTE)
    session.execute(delete(CalendarDay).where(CalendarDay.calendar == hand, CalendarDay.day.in_(days)))
    marked = [Day(day, is_workday, note.strip()) for day, is_workday in sorted(days.items()) if is_workday is not None]
    _add(session, hand, marked, "page")


def stored(session: Session, base: str, own: str, hand: str) -> tuple[dict[date, bool], set[int], set[int]]:
    """The days of `base`, of the company's `own` over them, those by `hand` over both; the years `base` knows; the official.

    A year whose notice the company has itself is as that says: what `base` estimated of it does not show through.
    """
    columns = (CalendarDay.calendar, CalendarDay.day, CalendarDay.is_workday)
    layers = (base, own, hand)
    rows = session.execute(select(*columns).where(CalendarDay.calendar.in_(layers))).all()
    mark = (CalendarYear.calendar, CalendarYear.year, CalendarYear.is_official)
    marks = session.execute(select(*mark).where(CalendarYear.calendar.in_((base, own)))).all()
    known = {row.year for row in marks if row.calendar == base}
    settled = {row.year for row in marks if row.calendar == own and row.is_official}
    counting = [row for row in rows if row.calendar != base or row.day.year not in settled]
    days = {row.day: row.is_workday for row in sorted(counting, key=lambda row: layers.index(row.calendar))}
    return days, known, {row.year for row in marks if row.is_official}


def keeps(base: str) -> ColumnElement[bool]:
    """The SQL condition that a company keeps the holidays of `base`, by its standard calendar or by another one."""
    row = WorkingCalendar
    return or_(Company.calendar == base, exists().where(row.company_id == Company.id, row.holidays == base))


def mark_changed(session: Session, of: ColumnElement[bool]) -> None:
    """Has these companies' calendars read anew."""
    session.execute(update(Company).where(of).values(organisation_version=keys.new()))


def _years(session: Session, calendar: str) -> dict[int, bool]:
    statement = select(CalendarYear.year, CalendarYear.is_official).where(CalendarYear.calendar == calendar)
    return {row.year: row.is_official for row in session.execute(statement)}


def _replace(session: Session, calendar: str, year: Year, source: str) -> None:
    first, last = date(year.year, 1, 1), date(year.year, 12, 31)
    of_year = (CalendarDay.calendar == calendar, CalendarDay.day.between(first, last))
    session.execute(delete(CalendarDay).where(*of_year))
    session.execute(delete(CalendarYear).where(CalendarYear.calendar == calendar, CalendarYear.year == year.year))
    _add(session, calendar, year.days, source)
    session.execute(
        insert(CalendarYear), [{"key": keys.new(), "calendar": calendar, "year": year.year, "is_official": year.is_official}]
    )


def _add(session: Session, calendar: str, days: Sequence[Day], source: str) -> None:
    """Single days over what is stored of them."""
    same = CalendarDay.day.in_([each.day for each in days])
    session.execute(delete(CalendarDay).where(CalendarDay.calendar == calendar, same))
    rows = [
        {
            "key": keys.new(),
            "calendar": calendar,
            "day": each.day,
            "is_workday": each.is_workday,
            "note": each.note,
            "source": source,
        }
        for each in days
    ]
    if rows:
        session.execute(insert(CalendarDay), rows)
