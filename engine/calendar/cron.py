"""Cron expressions of five, six or seven fields, with the nth weekday, last days and nearest weekdays of a month."""

from __future__ import annotations

import calendar
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine import errors
from engine.basics import whole_numbers

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MONTHS = {name: place for place, name in enumerate(_MONTHS, 1)}
WEEKDAYS = {name: place for place, name in enumerate(_WEEKDAYS, 1)}
MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * MON",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
HORIZON_YEARS = 9  # 29 February is at most eight years away
WRONG = "%(text)s is not a timer: %(part)s cannot be read."

DayTest = Callable[[date], bool]


@dataclass(frozen=True)
class Cron:
    """A parsed expression; fields are local to the zone that `after` is asked for."""

    times: tuple[time, ...]
    months: frozenset[int]
    years: frozenset[int] | None
    on: DayTest

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first occurrence later than `moment`, in UTC; None if there is none within nine years."""
        return next(self.occurrences(moment, zone), None)

    def occurrences(self, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """All occurrences later than `moment`, in order."""
        day = moment.astimezone(zone).date()
        last = day.replace(year=min(day.year + HORIZON_YEARS, 9998), day=1)
        while day <= last:
            if day.month not in self.months or (self.years is not None and day.year not in self.years):
                day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
                continue
            if self.on(day):
                moments = (datetime.combine(day, at, zone).astimezone(UTC) for at in self.times)
                yield from (each for each in moments if each > moment)
            day += timedelta(days=1)


@functools.lru_cache(maxsize=512)
def parse(text: str) -> Cron:
    """Reads an expression; Invalid names the field that is wrong.

    Five fields: minute hour day month weekday. Six: seconds in front, as in Camunda 8. Seven: a
    year behind. Weekdays by name or number: 0 and 7 are Sunday, 1 Monday. An expression that
    uses "?", or has a year, is Quartz's: there 1 is Sunday and 2 Monday, so "0 0 9 ? * 2#1" is the
    first Monday. When both day fields are restricted, both must hold.
    """
    fields = MACROS.get(text.strip().lower(), text).upper().split()
    if len(fields) not in (5, 6, 7):
        raise errors.Invalid(WRONG, text=text, part=text)
    quartz = "?" in fields or len(fields) == 7
    fields = fields if len(fields) > 5 else ["0", *fields]
    seconds, minutes, hours, days, months, weekdays, *year = fields
    read = functools.partial(_numbers, text=text)
    times = [time(h, m, s) for h in read(hours, 0, 23) for m in read(minutes, 0, 59) for s in read(seconds, 0, 59)]
    tests = [*_day_tests(days, text), *_weekday_tests(weekdays, quartz, text)]
    return Cron(
        tuple(sorted(times)),
        frozenset(read(months, 1, 12, names=MONTHS)),
        frozenset(read(year[0], 1970, 2199)) if year and year[0] != "*" else None,
        lambda day: all(test(day) for test in tests),
    )


def _numbers(field: str, low: int, high: int, *, text: str, names: dict[str, int] | None = None) -> list[int]:
    numbers: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        try:
            start = low if first in ("*", "?") else _number(first, names)
            end = high if first in ("*", "?") or (step and not last) else _number(last or first, names)
            stride = int(step or 1)
        except ValueError:
            raise errors.Invalid(WRONG, text=text, part=part) from None
        if not (low <= start <= high and low <= end <= high and start <= end and 1 <= stride <= high + 1):
            raise errors.Invalid(WRONG, text=text, part=part)
        numbers.update(range(start, end + 1, stride))
    return sorted(numbers)


def _number(text: str, names: dict[str, int] | None) -> int:
    if names and text in names:
        return names[text]
    number = whole_numbers.read(text)
    if number is None:
        raise ValueError(text)
    return number


def _day_tests(field: str, text: str) -> list[DayTest]:
    if field in ("*", "?"):
        return []
    if field == "L":
        return [lambda day: day.day == _length(day)]
    if field == "LW":
        return [lambda day: day == _nearest_weekday(day.replace(day=_length(day)))]
    if field.startswith("L-"):
        back = _numbers(field[2:], 1, 30, text=text)[0]
        return [lambda day: day.day == _length(day) - back]
    if field.endswith("W"):
        target = _numbers(field[:-1], 1, 31, text=text)[0]
        return [lambda day: day == _nearest_weekday(day.replace(day=min(target, _length(day))))]
    wanted = frozenset(_numbers(field, 1, 31, text=text))
    return [lambda day: day.day in wanted]


def _weekday_tests(field: str, quartz: bool, text: str) -> list[DayTest]:
    if field in ("*", "?"):
        return []
    if "#" in field:
        name, _, place = field.partition("#")
        nth, wanted = _numbers(place, 1, 5, text=text)[0], _weekdays(name, quartz, text)
        return [lambda day: day.isoweekday() in wanted and (day.day - 1) // 7 + 1 == nth]
    if field.endswith("L") and len(field) > 1:
        wanted = _weekdays(field[:-1], quartz, text)
        return [lambda day: day.isoweekday() in wanted and day.day > _length(day) - 7]
    wanted = _weekdays(field, quartz, text)
    return [lambda day: day.isoweekday() in wanted]


def _weekdays(field: str, quartz: bool, text: str) -> frozenset[int]:
    """ISO weekdays (Monday 1 … Sunday 7) of a field counted from Sunday 0, or in Quartz from Sunday 1."""
    if quartz:
        names = {name: number % 7 + 1 for name, number in WEEKDAYS.items()}
        return frozenset((number - 2) % 7 + 1 for number in _around(field, 1, 7, names, text))
    return frozenset((number - 1) % 7 + 1 for number in _around(field, 0, 7, WEEKDAYS, text))


def _around(field: str, low: int, high: int, names: dict[str, int], text: str) -> set[int]:
    """Numbers of a weekday field, where a range may run over the end of the week (FRI-MON)."""
    numbers: set[int] = set()
    for part in field.split(","):
        first, dash, last = part.partition("-")
        if dash and first in names and last in names and names[first] > names[last]:
            numbers.update([*range(names[first], high + 1), *range(low, names[last] + 1)])
        else:
            numbers.update(_numbers(part, low, high, text=text, names=names))
    return numbers


def _length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: date) -> date:
    """The Monday-to-Friday day nearest to `day` within its month."""
    if day.weekday() == 5:
        return day - timedelta(days=1) if day.day > 1 else day + timedelta(days=2)
    if day.weekday() == 6:
        return day + timedelta(days=1) if day.day < _length(day) else day - timedelta(days=2)
    return day
