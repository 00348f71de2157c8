"""Reads dates, times and durations as XML Schema writes them, with zone ids (DMN 1.5 clause 10.3.2.3)."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import TypeVar

from engine.feel.data import temporal
from engine.feel.data.temporal import SECOND, Date, DateTime, Days, Months, Time
from engine.feel.errors import Null

_DATE = re.compile(r"(-?(?:[1-9][0-9]{4,8}|[0-9]{4}))-([0-9]{2})-([0-9]{2})", re.A)
_TIME = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?"
    r"(?:(Z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)|@([A-Za-z0-9_+\-]+(?:/[A-Za-z0-9_+\-]+)*))?",
    re.A,
)
_MONTHS = re.compile(r"(-)?P(?:([0-9]{1,15})Y)?(?:([0-9]{1,15})M)?", re.A)
_DAYS = re.compile(
    r"(-)?P(?:([0-9]{1,18})D)?"
    r"(T(?:([0-9]{1,18})H)?(?:([0-9]{1,18})M)?(?:([0-9]{1,18})(\.[0-9]+)?S)?)?",
    re.A,
)
_LONGEST = 80

_Read = TypeVar("_Read")


def _cached(read: Callable[[str], _Read]) -> Callable[[str], _Read]:
    """Remember what was read; long texts are none of these and must not fill the memory."""
    remembered = functools.lru_cache(1024)(read)

    @functools.wraps(read)
    def bounded(text: str) -> _Read:
        return remembered(text) if len(text) <= _LONGEST else read(text[:_LONGEST])

    return bounded


@_cached
def date(text: str) -> Date:
    """`2026-03-02`; raises Null for anything else."""
    written = _DATE.fullmatch(text)
    if not written:
        raise Null("“%(text)s” is no date.", text=text)
    year, month, day = written.groups()
    return temporal.date(int(year), int(month), int(day))


@_cached
def time(text: str) -> Time:
    """`09:30:00`, `T09:30:00+08:00`, `09:30:00@Asia/Shanghai`; raises Null for anything else."""
    written = _TIME.fullmatch(text.removeprefix("T"))
    if not written:
        raise Null("“%(text)s” is no time.", text=text)
    hour, minute, second, fraction, offset, zone = written.groups()
    midnight_after = (hour, minute, second, fraction) == ("24", "00", "00", None)
    if (int(hour) > 23 or int(minute) > 59 or int(second) > 59) and not midnight_after:
        raise Null("“%(text)s” is no time.", text=text)
    if zone:
        temporal.zone(zone)
    nanos = (int(hour) % 24 * 3600 + int(minute) * 60 + int(second)) * SECOND + _fraction(fraction)
    return Time(nanos, _offset(offset), zone)


@_cached
def date_time(text: str) -> DateTime:
    """`2026-03-02T09:30:00@Asia/Shanghai`; a date alone means its midnight. Raises Null for anything else."""
    day, separator, clock = text.partition("T")
    if not separator:
        return DateTime(date(text), Time(0))
    if clock.startswith("T"):
        raise Null("“%(text)s” is no date and time.", text=text)
    read = DateTime(date(day), time(clock))
    if clock.startswith("24"):
        return DateTime(temporal.date_of(read.date.day_number + 1), read.time)
    return read


@_cached
def duration(text: str) -> Months | Days:
    """`P1Y2M` or `P1DT2H30M`; raises Null for anything else."""
    if (written := _MONTHS.fullmatch(text)) and (written.group(2) or written.group(3)):
        sign, years, months = written.groups()
        total = int(years or 0) * 12 + int(months or 0)
        return Months(-total if sign else total)
    written = _DAYS.fullmatch(text)
    if not written or text.endswith(("P", "T")):
        raise Null("“%(text)s” is no duration.", text=text)
    sign, days, _, hours, minutes, seconds, fraction = written.groups()
    total = (int(days or 0) * 86_400 + int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)) * SECOND
    total += _fraction(fraction)
    return Days(-total if sign else total)


def any_of(text: str) -> Date | Time | DateTime | Months | Days:
    """The value of `@"…"` (clause 10.3.2.3.10, at literal); raises Null when it is none of the kinds."""
    if text.startswith(("P", "-P")):
        return duration(text)
    if "T" in text and text[:1] in "-0123456789":
        return date_time(text)
    return time(text) if text[2:3] == ":" else date(text)


def _fraction(text: str | None) -> int:
    return int(text[1:10].ljust(9, "0")) if text else 0


def _offset(text: str | None) -> int | None:
    if not text:
        return None
    if text == "Z":
        return 0
    parts = [int(part) for part in text[1:].split(":")]
    if parts[1] > 59 or (len(parts) > 2 and parts[2] > 59):
        raise Null("“%(text)s” is no offset from UTC.", text=text)
    seconds = parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) > 2 else 0)
    return temporal.checked_offset(-seconds if text[0] == "-" else seconds)
