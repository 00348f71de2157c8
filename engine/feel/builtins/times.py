"""Built-ins over dates, times and durations (DMN 1.5 clauses 10.3.4.1, 10.3.4.6 and 10.3.4.9; Camunda 8)."""

from __future__ import annotations

import datetime
from decimal import Decimal

from engine.feel.builtins.registry import builtin
from engine.feel.data import arithmetic, numbers, temporal, temporal_text
from engine.feel.data.temporal import SECOND, Date, DateTime, Days, Months, Time
from engine.feel.errors import Null
from engine.feel.run import ExpressionRun

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@builtin("date", "from: string|date|moment", "A date from a text such as “2026-03-02”, or of a date and time.")
def date(from_: str | Date | DateTime) -> Date:
    if isinstance(from_, DateTime):
        return from_.date
    return from_ if isinstance(from_, Date) else temporal_text.date(from_)


@builtin("date", "year: number, month: number, day: number")
def date_of_parts(year: Decimal, month: Decimal, day: Decimal) -> Date:
    return temporal.date(numbers.integer(year), numbers.integer(month), numbers.integer(day))


@builtin("time", "from: string|date|time|moment", "A time from a text such as “09:30:00”, or of a date and time.")
def time(from_: str | Date | Time | DateTime) -> Time:
    if isinstance(from_, DateTime):
        return from_.time
    if isinstance(from_, Date):
        return Time(0, 0)
    return from_ if isinstance(from_, Time) else temporal_text.time(from_)


@builtin("time", "hour: number, minute: number, second: number, offset: days|null?")
def time_of_parts(hour: Decimal, minute: Decimal, second: Decimal, offset: Days | None) -> Time:
    hours, minutes = numbers.integer(hour), numbers.integer(minute)
    if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= second < 60):
        raise Null("There is no time %(hour)s:%(minute)s:%(second)s.", hour=hours, minute=minutes, second=second)
    nanos = (hours * 3600 + minutes * 60) * SECOND + int(second * SECOND)
    return Time(nanos, None if offset is None else temporal.checked_offset(_seconds(offset)))


def _seconds(duration_: Days) -> int:
    whole = abs(duration_.nanos) // SECOND
    return -whole if duration_.nanos < 0 else whole


@builtin("date and time", "from: string|date|moment", "A date and time from a text such as “2026-03-02T09:30:00”.")
def date_and_time(from_: str | Date | DateTime) -> DateTime:
    if isinstance(from_, Date):
        return arithmetic.midnight(from_)
    return from_ if isinstance(from_, DateTime) else temporal_text.date_time(from_)


@builtin("date and time", "date: date|moment, time: time")
def date_and_time_of(date_: Date | DateTime, time_: Time) -> DateTime:
    return DateTime(date(date_), time_)


@builtin("date and time", "date: moment, timezone: string")
def date_and_time_in(date_: DateTime, timezone: str) -> DateTime:
    """Camunda: the same moment on another zone's clock; a local one is put into the zone."""
    target = Time(0, 0) if timezone == "Z" else Time(0, None, timezone)
    if target.zone:
        temporal.zone(target.zone)
    if date_.time.is_local:
        return DateTime(date_.date, Time(date_.time.nanos, target.offset, target.zone))
    return temporal.at_instant(date_.instant, target)


@builtin(
    "date and time",
    "year: number, month: number, day: number, hour: number, minute: number, second: number, offset: days|null?",
)
def date_and_time_of_parts(
    year: Decimal, month: Decimal, day: Decimal, hour: Decimal, minute: Decimal, second: Decimal, offset: Days | None
) -> DateTime:
    return DateTime(date_of_parts(year, month, day), time_of_parts(hour, minute, second, offset))


@builtin(
    "date and time",
    "year: number, month: number, day: number, hour: number, minute: number, second: number, timezone: string",
)
def date_and_time_of_parts_in(
    year: Decimal, month: Decimal, day: Decimal, hour: Decimal, minute: Decimal, second: Decimal, timezone: str
) -> DateTime:
    local = date_and_time_of_parts(year, month, day, hour, minute, second, None)
    return date_and_time_in(local, timezone)


@builtin("duration", "from: string", "A duration from a text such as “P5D”, “PT4H30M” or “P1Y2M”.")
def duration(from_: str) -> Months | Days:
    return temporal_text.duration(from_)


@builtin("years and months duration", "from: date|moment, to: date|moment", "The whole months between two dates.")
def years_and_months_duration(from_: Date | DateTime, to: Date | DateTime) -> Months:
    start, end = _as_moment(from_), _as_moment(to)
    months = (end.date.year - start.date.year) * 12 + end.date.month - start.date.month
    rest = (end.date.day, end.time.nanos), (start.date.day, start.time.nanos)
    if months > 0 and rest[0] < rest[1]:
        months -= 1
    elif months < 0 and rest[0] > rest[1]:
        months += 1
    return Months(months)


def _as_moment(value: Date | DateTime) -> DateTime:
    return value if isinstance(value, DateTime) else DateTime(value, Time(0))


def _clock(run: ExpressionRun) -> DateTime:
    if run.now is None:
        raise Null("There is no clock here.")
    now = temporal.from_python(run.now if run.now.tzinfo else run.now.replace(tzinfo=datetime.UTC))
    assert isinstance(now, DateTime)
    return now


@builtin("now", "", "The date and time now.")
def now(run: ExpressionRun) -> DateTime:
    return _clock(run)


@builtin("today", "", "Today's date.")
def today(run: ExpressionRun) -> Date:
    return _clock(run).date


@builtin("day of year", "date: date|moment", "The number of the day within its year.")
def day_of_year(date_: Date | DateTime) -> Decimal:
    day = date(date_)
    return Decimal(day.day_number - temporal.day_number(day.year, 1, 1) + 1)


@builtin("day of week", "date: date|moment", "“Monday” to “Sunday”.")
def day_of_week(date_: Date | DateTime) -> str:
    return _WEEKDAYS[date(date_).weekday - 1]


@builtin("month of year", "date: date|moment", "“January” to “December”.")
def month_of_year(date_: Date | DateTime) -> str:
    return _MONTHS[date(date_).month - 1]


@builtin("week of year", "date: date|moment", "The number of the week by ISO 8601.")
def week_of_year(date_: Date | DateTime) -> Decimal:
    day = date(date_)
    thursday = temporal.date_of(day.day_number + 4 - day.weekday)
    return Decimal((thursday.day_number - temporal.day_number(thursday.year, 1, 1)) // 7 + 1)


@builtin("last day of month", "date: date|moment", "The last date of the month.")
def last_day_of_month(date_: Date | DateTime) -> Date:
    day = date(date_)
    return Date(day.year, day.month, temporal.month_length(day.year, day.month))
