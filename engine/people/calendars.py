"""The days of a working calendar: computed from public holidays, kept in the database, imported from a year's notice."""

from __future__ import annotations

import csv
import functools
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import holidays
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from engine import errors, keys
from engine.models import CalendarDay, CalendarYear, Company
from engine.people.actors import Actor

MAKE_UP_COUNTRIES = frozenset({"CN"})  # a year is settled only when its notice names the weekend workdays
COMPUTED = "holidays"
IMPORTED = "notice"
MAX_IMPORT_BYTES = 1_000_000
NOT_A_NOTICE = "The file is neither the JSON nor the CSV of a year's holiday notice: %(reason)s"


@dataclass(frozen=True)
class Day:
    """A day that departs from Monday-to-Friday: a holiday, or a make-up workday on a weekend."""

    day: date
    is_workday: bool
    note: str


@dataclass(frozen=True)
class Year:
    """All such days of a year, and whether the official arrangement (调休) is in them."""

    year: int
    is_official: bool
    days: tuple[Day, ...]


def country_of(calendar: str) -> str:
    """The country code of a calendar's name: "cn" and a company's own "cn:acme" are both CN."""
    return calendar.partition(":")[0].upper()


def of_company(base: str, company_id: str) -> str:
    """The name of the calendar that holds a company's own days (typhoon, founding day) over `base`."""
    return f"{base}:{company_id}"


@functools.lru_cache(maxsize=256)
def computed(country: str, year: int) -> Year:
    """What the public-holiday library knows of a year; Invalid for a country that it does not know."""
    try:
        found = holidays.country_holidays(country, years=year, language="zh_CN" if country == "CN" else None)
    except NotImplementedError as error:
        raise errors.Invalid("There is no working calendar %(calendar)s.", calendar=country.lower()) from error
    made_up = {day for day in found.weekend_workdays if day.year == year}
    off = [Day(day, False, str(name)) for day, name in found.items() if day.year == year and day.weekday() < 5]
    days = sorted([*off, *(Day(day, True, "") for day in made_up)], key=lambda each: each.day)
    return Year(year, bool(made_up) or country not in MAKE_UP_COUNTRIES, tuple(days))


def seed(session: Session, calendar: str, years: Iterable[int]) -> bool:
    """Stores the computed days of the years that are missing, or not yet official while they are now.

    What people imported is never touched. Gives whether anything changed.
    """
    stored, changed = _years(session, calendar), False
    for year in years:
        fresh = computed(country_of(calendar), year)
        if year not in stored or (fresh.is_official and not stored[year]):
            _replace(session, calendar, fresh, COMPUTED)
            changed = True
    return changed


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
    whole = by.is_system or content.lstrip().startswith((b"{", b"["))
    for year in years:
        _replace(session, calendar, replace(year, is_official=whole), IMPORTED)
    _mark_changed(session, base, None if by.is_system else by.company_id)
    return [year.year for year in years]


def read_notice(content: bytes) -> list[Year]:
    """The years of a notice's file. Raises Invalid."""
    if len(content) > MAX_IMPORT_BYTES:
        raise errors.Invalid(NOT_A_NOTICE, reason="> 1 MB")
    try:
        text = content.decode("utf-8-sig")
        days = _json_days(text) if text.lstrip().startswith(("{", "[")) else _csv_days(text)
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error, RecursionError) as error:
        raise errors.Invalid(NOT_A_NOTICE, reason=str(error)[:200]) from error
    if not days:
        raise errors.Invalid(NOT_A_NOTICE, reason="0")
    years = sorted({each.day.year for each in days})
    return [Year(year, True, tuple(each for each in days if each.day.year == year)) for year in years]


def stored(session: Session, base: str, own: str) -> tuple[dict[date, bool], set[int], set[int]]:
    """The days of `base` with those of the company's `own` laid over; the years `base` knows; the official years."""
    columns = (CalendarDay.calendar, CalendarDay.day, CalendarDay.is_workday)
    rows = session.execute(select(*columns).where(CalendarDay.calendar.in_((base, own)))).all()
    days = {row.day: row.is_workday for row in sorted(rows, key=lambda row: row.calendar == own)}
    mark = (CalendarYear.calendar, CalendarYear.year, CalendarYear.is_official)
    marks = session.execute(select(*mark).where(CalendarYear.calendar.in_((base, own)))).all()
    known = {row.year for row in marks if row.calendar == base}
    return days, known, {row.year for row in marks if row.is_official}


def _json_days(text: str) -> list[Day]:
    data = json.loads(text)
    entries = data["days"] if isinstance(data, Mapping) else data
    return [Day(date.fromisoformat(each["date"]), not each["isOffDay"], str(each.get("name", ""))) for each in entries]


def _csv_days(text: str) -> list[Day]:
    words = {"1": True, "true": True, "yes": True, "班": True, "工作日": True,
             "0": False, "false": False, "no": False, "休": False, "休息日": False}
    days = []
    for row in csv.DictReader(io.StringIO(text)):
        word = row["is_workday"].strip().lower()
        days.append(Day(date.fromisoformat(row["date"].strip()), words[word], row.get("note") or ""))
    return days


def _years(session: Session, calendar: str) -> dict[int, bool]:
    statement = select(CalendarYear.year, CalendarYear.is_official).where(CalendarYear.calendar == calendar)
    return {row.year: row.is_official for row in session.execute(statement)}


def _replace(session: Session, calendar: str, year: Year, source: str) -> None:
    first, last = date(year.year, 1, 1), date(year.year, 12, 31)
    of_year = (CalendarDay.calendar == calendar, CalendarDay.day.between(first, last))
    session.execute(delete(CalendarDay).where(*of_year))
    session.execute(delete(CalendarYear).where(CalendarYear.calendar == calendar, CalendarYear.year == year.year))
    rows = [{"key": keys.new(), "calendar": calendar, "day": each.day, "is_workday": each.is_workday,
             "note": each.note, "source": source} for each in year.days]
    if rows:
        session.execute(insert(CalendarDay), rows)
    session.execute(insert(CalendarYear), [{"key": keys.new(), "calendar": calendar, "year": year.year,
                                            "is_official": year.is_official}])


def _mark_changed(session: Session, base: str, company_id: str | None) -> None:
    touched = update(Company).values(organisation_version=keys.new())
    where = Company.calendar == base if company_id is None else Company.id == company_id
    session.execute(touched.where(where))
