"""Periods of reports: which days a name such as `last_month` means today, the period before, and the steps of an axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine import errors
from engine.basics.nearest import nearest

ALL = "all"
NAMES = (
    "this_week",
    "last_week",
    "this_month",
    "last_month",
    "this_quarter",
    "last_quarter",
    "this_year",
    "last_year",
    "last_30_days",
    "last_90_days",
    "last_12_months",
    ALL,
)
UNITS = ("day", "week", "month", "quarter", "year")
BETWEEN = ".."
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Span:
    """Days from `first` to before `after`."""

    first: date
    after: date

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """When it begins and is over, in UTC."""
        begins, over = (datetime.combine(day, time(0), zone).astimezone(UTC) for day in (self.first, self.after))
        return begins, over

    @property
    def last(self) -> date:
        """Its last day."""
        return self.after - timedelta(days=1)


def faults(period: str, *, has_comparison: bool) -> Iterator[errors.Invalid]:
    """What is wrong with a period."""
    if period in NAMES:
        if period == ALL and has_comparison:
            yield errors.Invalid("All time has no period before it to be compared with.")
        return
    first, between, last = period.partition(BETWEEN)
    try:
        days = (date.fromisoformat(first), date.fromisoformat(last)) if between else None
    except ValueError:
        days = None
    if days is None:
        similar = nearest(period, NAMES)
        hint = f" ({similar}?)" if similar else ""
        yield errors.Invalid("“%(period)s” is no period%(hint)s.", period=period[:40], hint=hint)
    elif not (date(1970, 1, 2) <= days[0] <= days[1] <= date(2999, 12, 31)):
        yield errors.Invalid("The period ends before it begins.")


def span(period: str, today: date) -> Span | None:
    """The days that a period means today; None for all time."""
    if period == ALL:
        return None
    if BETWEEN in period:
        first, _between, last = period.partition(BETWEEN)
        return Span(date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1))
    which, _, unit = period.partition("_")
    if unit.endswith("_days"):
        return Span(today - timedelta(days=int(unit.split("_")[0]) - 1), today + timedelta(days=1))
    if unit == "12_months":
        after = moved(start_of(today, "month"), "month", 1)
        return Span(moved(after, "month", -12), after)
    begins = start_of(today, unit)
    if which == "last":
        return Span(moved(begins, unit, -1), begins)
    return Span(begins, moved(begins, unit, 1))


def earlier(period: str, now: Span, compare: str) -> Span:
    """The period that `now` is compared with: of the same length before it, or the same of the year before."""
    if compare == "last_year":
        return Span(_year_before(now.first), _year_before(now.after))
    unit = _unit_of(period)
    if unit == "12_months":
        return Span(moved(now.first, "month", -12), now.first)
    if unit in UNITS:
        return Span(moved(now.first, unit, -1), now.first)
    return Span(now.first - (now.after - now.first), now.first)


def start_of(day: date, unit: str) -> date:
    """The first day of the week (Monday), month, quarter or year that a day is in."""
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "year":
        return day.replace(month=1, day=1)
    return day.replace(month=(day.month - 1) // _MONTHS[unit] * _MONTHS[unit] + 1, day=1)


def moved(day: date, unit: str, by: int) -> date:
    """The first day of a unit, so many units on."""
    if unit in ("day", "week"):
        return day + timedelta(days=by * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 + by * _MONTHS[unit]
    return date(months // 12, months % 12 + 1, 1)


def steps(of: Span, unit: str) -> list[str]:
    """The steps of an axis over a period, as `fields.of_day` writes them."""
    starts, at = [], start_of(of.first, unit)
    while at < of.after:
        starts.append(written(at, unit))
        at = moved(at, unit, 1)
    return starts


def written(first: date, unit: str) -> str:
    """A step of an axis as SQL writes it: 2026, 2026-Q1, 2026-03, else its first day."""
    if unit == "quarter":
        return f"{first:%Y}-Q{(first.month + 2) // 3}"
    return {"year": f"{first:%Y}", "month": f"{first:%Y-%m}"}.get(unit, first.isoformat())


def _unit_of(period: str) -> str:
    return "" if BETWEEN in period else period.partition("_")[2]


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # the 29th of February
        return date(day.year - 1, 3, 1)
