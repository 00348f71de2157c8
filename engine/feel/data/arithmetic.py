"""What `+`, `-`, `*`, `/` mean for dates, times and durations (DMN 1.5 clause 10.3.2.12, tables 57 to 60)."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal

from engine.feel.data import numbers, temporal
from engine.feel.data.temporal import DAY, SECOND, Date, DateTime, Days, Months, Time
from engine.feel.errors import Null

_LONGEST = 2 * 366 * temporal.MAX_YEAR * DAY
# Room for every nanosecond of the longest duration.
_EXACT = decimal.Context(prec=60, rounding=decimal.ROUND_HALF_EVEN)


def days(nanos: int) -> Days:
    """A checked days and time duration; raises Null for one longer than the calendar."""
    if abs(nanos) > _LONGEST:
        raise Null("This duration is too long.")
    return Days(nanos)


def months(count: int) -> Months:
    """A checked years and months duration; raises Null for one longer than the calendar."""
    if abs(count) > 24 * temporal.MAX_YEAR:
        raise Null("This duration is too long.")
    return Months(count)


def negated(value: object) -> Months | Days | None:
    """The opposite duration; None for anything else."""
    if isinstance(value, Months):
        return Months(-value.months)
    return Days(-value.nanos) if isinstance(value, Days) else None


def midnight(value: Date) -> DateTime:
    """A date as the date and time of its midnight in UTC (clause 10.3.2.3.7)."""
    return DateTime(value, Time(0, 0))


def between(left: DateTime, right: DateTime) -> Days:
    """left - right; raises Null when only one of them is in a zone."""
    if left.time.is_local != right.time.is_local:
        raise Null("One of the two times has a time zone, the other has none.")
    return Days(left.instant - right.instant)


def time_between(left: Time, right: Time) -> Days:
    """left - right within one day; raises Null when only one of them is in a zone."""
    if left.is_local != right.is_local:
        raise Null("One of the two times has a time zone, the other has none.")
    offset = temporal.time_offset(left) - temporal.time_offset(right)
    return Days(left.nanos - right.nanos - offset * SECOND)


def shift(value: DateTime, nanos: int) -> DateTime:
    """A date and time so many nanoseconds later, in its own zone."""
    if value.time.zone is None:
        return temporal.moment(value.local + nanos, value.time)
    return temporal.at_instant(value.instant + nanos, value.time)


def shift_date(value: Date, nanos: int) -> Date:
    """The date that lies so many nanoseconds after a date's midnight."""
    return temporal.date_of(value.day_number + nanos // DAY)


def shift_time(value: Time, nanos: int) -> Time:
    """A time of day so much later, round the clock."""
    return Time((value.nanos + nanos) % DAY, value.offset, value.zone)


def shift_months(value: DateTime, count: int) -> DateTime:
    """A date and time so many months later."""
    return DateTime(temporal.add_months(value.date, count), value.time)


def whole(value: Decimal) -> int:
    """A number cut to an integer, to scale a duration; raises Null when it is too large."""
    if value.adjusted() > 40:
        raise Null("This duration is too long.")
    return int(value)


def times(count: int, factor: Decimal) -> int:
    """A count multiplied by a number, cut to an integer."""
    return whole(_EXACT.multiply(Decimal(count), factor))


def divided(count: int, divisor: Decimal) -> int:
    """A count divided by a number, cut to an integer; raises Null for zero."""
    if not divisor:
        raise Null("Division by zero.")
    return whole(_EXACT.divide(Decimal(count), divisor))


def ratio(left: int, right: int) -> Decimal:
    """How often one duration goes into another; raises Null for zero."""
    if not right:
        raise Null("Division by zero.")
    return numbers.CONTEXT.divide(Decimal(left), Decimal(right))


TABLE: dict[tuple[str, type, type], Callable[..., object]] = {
    ("-", DateTime, DateTime): between,
    ("-", Date, Date): lambda a, b: Days((a.day_number - b.day_number) * DAY),
    ("-", DateTime, Date): lambda a, b: between(a, midnight(b)),
    ("-", Date, DateTime): lambda a, b: between(midnight(a), b),
    ("-", Time, Time): time_between,
    ("+", Months, Months): lambda a, b: months(a.months + b.months),
    ("-", Months, Months): lambda a, b: months(a.months - b.months),
    ("+", Days, Days): lambda a, b: days(a.nanos + b.nanos),
    ("-", Days, Days): lambda a, b: days(a.nanos - b.nanos),
    ("+", DateTime, Months): lambda a, b: shift_months(a, b.months),
    ("-", DateTime, Months): lambda a, b: shift_months(a, -b.months),
    ("+", Months, DateTime): lambda a, b: shift_months(b, a.months),
    ("+", Date, Months): lambda a, b: temporal.add_months(a, b.months),
    ("-", Date, Months): lambda a, b: temporal.add_months(a, -b.months),
    ("+", Months, Date): lambda a, b: temporal.add_months(b, a.months),
    ("+", DateTime, Days): lambda a, b: shift(a, b.nanos),
    ("-", DateTime, Days): lambda a, b: shift(a, -b.nanos),
    ("+", Days, DateTime): lambda a, b: shift(b, a.nanos),
    ("+", Date, Days): lambda a, b: shift_date(a, b.nanos),
    ("-", Date, Days): lambda a, b: shift_date(a, -b.nanos),
    ("+", Days, Date): lambda a, b: shift_date(b, a.nanos),
    ("+", Time, Days): lambda a, b: shift_time(a, b.nanos),
    ("-", Time, Days): lambda a, b: shift_time(a, -b.nanos),
    ("+", Days, Time): lambda a, b: shift_time(b, a.nanos),
    ("*", Months, Decimal): lambda a, b: months(times(a.months, b)),
    ("*", Decimal, Months): lambda a, b: months(times(b.months, a)),
    ("*", Days, Decimal): lambda a, b: days(times(a.nanos, b)),
    ("*", Decimal, Days): lambda a, b: days(times(b.nanos, a)),
    ("/", Months, Decimal): lambda a, b: months(divided(a.months, b)),
    ("/", Days, Decimal): lambda a, b: days(divided(a.nanos, b)),
    ("/", Months, Months): lambda a, b: ratio(a.months, b.months),
    ("/", Days, Days): lambda a, b: ratio(a.nanos, b.nanos),
}
