"""Working days and hours by one of a company's calendars: holidays, make-up workdays, lunch breaks, shifts."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine import errors
from engine.calendar import calendars
from engine.people.working.named import STANDARD, WorkCalendar
from engine.storage.copies.snapshots import Snapshots

MAX_DAYS = 4000
MIDNIGHT, LAST_MINUTE = time(0), time(23, 59)
OVER_MIDNIGHT = "The hours %(text)s pass midnight; write them as %(first)s and %(second)s."
MAX_HOURS = 30_000
ESTIMATED = "The official holiday arrangement of %(years)s is not known yet: dates in it are only estimated."
_SPAN = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})", re.ASCII)
_AMOUNT = re.compile(r"(-?\d{1,6}(?:\.\d{1,4})?)(wd|wh)", re.ASCII)

Span = tuple[time, time]


class Workplace(Protocol):
    """What a calendar is made from: a company, as a row or as a snapshot."""

    @property
    def id(self) -> str: ...
    @property
    def calendar(self) -> str: ...
    @property
    def time_zone(self) -> str: ...
    @property
    def working_hours(self) -> list[Any]: ...
    @property
    def organisation_version(self) -> int: ...
    @property
    def calendars(self) -> Mapping[str, WorkCalendar]: ...
    @property
    def default_calendar(self) -> str: ...


@dataclass(frozen=True)
class Calendar:
    """Working time by one calendar. Moments go in and come out aware; days and hours are local to `zone`.

    `days` holds what departs from the usual week in `known` years; other years are computed, as the holidays of `country`
    are ("" keeps none). The usual week are `weekdays` (0 is Monday) and the weekday of `every_second` each second week.
    """

    country: str
    zone: ZoneInfo
    hours: tuple[Span, ...]
    days: Mapping[date, bool]
    known: frozenset[int]
    official: frozenset[int]
    weekdays: frozenset[int] = frozenset(range(5))
    every_second: date | None = None

    @classmethod
    def of(cls, session: Session, company: Workplace, name: str = "") -> Calendar:
        """A company's calendar of that name, kept in the process until the organisation's version changes.

        "" is the one that counts where nothing else is said; so does a name that nothing bears (any more).
        """
        known = name in company.calendars or name == STANDARD
        wanted = name if known else company.default_calendar
        key = (company.id, company.organisation_version, wanted)
        return _snapshots.get(session, key, lambda: cls._load(session, company, company.calendars.get(wanted)))

    @classmethod
    def _load(cls, session: Session, company: Workplace, named: WorkCalendar | None) -> Calendar:
        base = named.holidays if named else company.calendar
        own = calendars.of_company(base, company.id)
        by_hand = calendars.by_hand(own) if named is None else calendars.of_key(named.key)
        days, known, official = calendars.stored(session, base, own, by_hand)
        return cls(
            calendars.country_of(base),
            ZoneInfo(company.time_zone),
            spans(named.hours if named else company.working_hours),
            days,
            frozenset(known),
            frozenset(official),
            named.weekdays if named else frozenset(range(5)),
            named.every_second if named else None,
        )

    def is_working_day(self, day: date) -> bool:
        """Whether people work on that day, make-up workdays (调休) included."""
        stored = self.days.get(day)
        if stored is None and day.year not in self.known:
            stored = _computed_days(self.country, day.year).get(day)
        return self.is_usual(day) and not self._is_weekend_holiday(day) if stored is None else stored

    def is_official(self, year: int) -> bool:
        """Whether the year's official arrangement is known, so that due dates in it are certain."""
        return (
            not self.country
            or year in self.official
            or (year not in self.known and calendars.computed(self.country, year).is_official)
        )

    def is_usual(self, day: date) -> bool:
        """Whether it is a day of work by the week alone."""
        every = self.every_second
        return day.weekday() in self.weekdays or (every is not None and day >= every and (day - every).days % 14 == 0)

    def _is_weekend_holiday(self, day: date) -> bool:
        """What those have off who work at weekends; `days` need not name it."""
        return bool(day.weekday() >= 5 and self.country) and day in calendars.weekend_holidays(self.country, day.year)

    def estimated_years(self, *moments: datetime) -> list[int]:
        """The years of those moments whose arrangement is not official; a page shows `ESTIMATED` for them."""
        years = {moment.astimezone(self.zone).year for moment in moments}
        return sorted(year for year in years if not self.is_official(year))

    def add(self, amount: str, start: datetime) -> datetime:
        """The moment `amount` ("5wd", "4wh", "-1wd") after `start`. Raises Invalid for other texts."""
        written = _AMOUNT.fullmatch(amount)
        if not written:
            raise errors.Invalid("%(text)s is not a number of working days (5wd) or hours (4wh).", text=amount)
        number = Decimal(written[1])
        return (
            self.add_days(start, int(number))
            if written[2] == "wd" and number == int(number)
            else (self.add_hours(start, self._as_hours(number) if written[2] == "wd" else number))
        )

    def add_days(self, start: datetime, count: int) -> datetime:
        """The end of the `count`-th working day after the day of `start`: day 1 is the next working day.

        Backwards (a negative count) the time of day is kept, so that a warning one working day
        ahead of a due time leaves one working day. Zero gives the end of this working day.
        """
        local = start.astimezone(self.zone)
        if count < 0:
            return self._at(self._walk(local.date(), count), local.time())
        day = self._walk(local.date(), count) if count else self.next_working_day(local.date())
        return self.end_of(day)

    def add_hours(self, start: datetime, hours: Decimal | int | float) -> datetime:
        """`start` plus that many hours of working time, back for a negative number."""
        if not -MAX_HOURS <= hours <= MAX_HOURS:
            raise errors.Invalid("%(number)s working hours are too many.", number=hours)
        left = timedelta(seconds=float(hours) * 3600)
        return self._forward(start, left) if left >= timedelta(0) else self._backward(start, -left)

    def working_days_between(self, first: date, last: date) -> int:
        """How many working days lie after `first` up to and including `last`; negative when `last` is earlier."""
        if last < first:
            return -self.working_days_between(last, first)
        if (last - first).days > MAX_DAYS * 2:
            raise errors.Invalid("%(number)s working days are too many.", number=(last - first).days)
        return sum(1 for n in range(1, (last - first).days + 1) if self.is_working_day(first + timedelta(days=n)))

    def time_between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two moments; none when `end` is not the later one."""
        total = timedelta(0)
        for opens, closes in self._spans(start.astimezone(self.zone).date(), 1):
            if opens >= end:
                break
            total += max(min(closes, end) - max(opens, start), timedelta(0))
        return total

    def next_working_day(self, day: date) -> date:
        """`day` itself if people work on it, else the next day they do."""
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def end_of(self, day: date) -> datetime:
        """When work ends on that day; where it goes on into the next one, the last minute before midnight."""
        closes = self.hours[-1][1]
        return self._at(day, LAST_MINUTE if closes == MIDNIGHT else closes)

    def local(self, day: date, at: time) -> datetime:
        """That time of that day in the company's zone, in UTC."""
        return self._at(day, at)

    def _walk(self, day: date, count: int) -> date:
        if abs(count) > MAX_DAYS:
            raise errors.Invalid("%(number)s working days are too many.", number=count)
        step = timedelta(days=1 if count > 0 else -1)
        left = abs(count)
        while left:
            day += step
            left -= 1 if self.is_working_day(day) else 0
        return day

    def _forward(self, start: datetime, left: timedelta) -> datetime:
        for opens, closes in self._spans(start.astimezone(self.zone).date(), 1):
            begin = max(opens, start)
            if begin < closes and closes - begin >= left:
                return begin + left
            left -= max(closes - begin, timedelta(0))
        raise AssertionError("a calendar without working time")  # pragma: no cover

    def _backward(self, start: datetime, left: timedelta) -> datetime:
        for opens, closes in self._spans(start.astimezone(self.zone).date(), -1):
            end = min(closes, start)
            if opens < end and end - opens >= left:
                return end - left
            left -= max(end - opens, timedelta(0))
        raise AssertionError("a calendar without working time")  # pragma: no cover

    def _spans(self, day: date, direction: int) -> Iterator[tuple[datetime, datetime]]:
        for n in range(MAX_HOURS * 4):
            current = day + timedelta(days=n * direction)
            if self.is_working_day(current):
                for opens, closes in self.hours[::direction]:
                    yield self._at(current, opens), self._closing(current, closes)

    def _as_hours(self, days: Decimal) -> Decimal:
        return days * sum(seconds_of(b, is_end=True) - seconds_of(a) for a, b in self.hours) / 3600

    def _closing(self, day: date, at: time) -> datetime:
        return self._at(day + timedelta(days=1) if at == MIDNIGHT else day, at)

    def _at(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)


def seconds_of(at: time, *, is_end: bool = False) -> int:
    """How far into its day a time is; midnight as an end is that of the next day."""
    return 86400 if is_end and at == MIDNIGHT else at.hour * 3600 + at.minute * 60 + at.second


def spans(texts: Iterable[Any]) -> tuple[Span, ...]:
    """Working hours from texts such as "09:00-12:00", in order; "24:00" is the end of the day. Raises Invalid naming the text."""
    parsed = [_span(str(text)) for text in texts]
    for before, after in itertools.pairwise(parsed):
        if before[1] == MIDNIGHT or after[0] < before[1]:
            raise errors.Invalid("The working hours %(text)s overlap.", text=", ".join(map(str, texts)))
    if not parsed:
        raise errors.Invalid("A company needs working hours, such as 09:00-12:00.")
    return tuple(parsed)


def _span(text: str) -> Span:
    written = _SPAN.fullmatch(text.strip())
    a, b, c, d = [int(part) for part in written.groups()] if written else [24, 0, 0, 0]
    is_whole = (c, d) == (24, 0)
    try:
        opens, closes = time(a, b), MIDNIGHT if is_whole else time(c, d)
    except ValueError:
        opens = closes = MIDNIGHT
        is_whole = False
    if written and (c, d) < (a, b):
        raise errors.Invalid(OVER_MIDNIGHT, text=text, first=f"{a:02}:{b:02}-24:00", second=f"00:00-{c:02}:{d:02}")
    if opens >= closes and not is_whole:
        raise errors.Invalid("%(text)s are no working hours; write 09:00-12:00.", text=text)
    return opens, closes


@functools.lru_cache(maxsize=256)
def _computed_days(country: str, year: int) -> dict[date, bool]:
    return {each.day: each.is_workday for each in calendars.computed(country, year).days}


_snapshots: Snapshots[tuple[str, int, str], Calendar] = Snapshots(limit=256)
