"""Deadlines and timers from their texts: working days, ISO 8601 durations, dates, cycles and cron."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine import errors
from engine.calendar import cron
from engine.calendar.working import Calendar

MAX_YEARS = 200
UNREADABLE = "%(text)s is neither a duration (5wd, 4wh, 2d, PT30M, P3D) nor a date nor a cycle."
_WORKING = re.compile(r"-?\d{1,6}(\.\d{1,4})?(wd|wh)", re.ASCII)
_COUNTED = re.compile(r"\d(wd|wh)\b", re.ASCII)
_PLAIN = re.compile(r"(-?\d{1,6}(?:\.\d{1,4})?)\s?(min|m|h|d|w)", re.ASCII)
_ISO = re.compile(
    r"(-)?P(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=\d)(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?",
    re.ASCII,
)
_REPEAT = re.compile(r"R(\d{0,6})/(?:(.+)/)?([^/]+)", re.ASCII)
_ZONE = re.compile(r"(.+?)(?:@([\w+\-/]+)|\[([\w+\-/]+)\])$")
_UNITS = {"min": "minutes", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

Value = str | datetime | date | timedelta


def compute(
    value: Value, start: datetime, calendar: Calendar, zone: ZoneInfo | None = None, *, day_ends: bool = True
) -> datetime:
    """The moment that `value` names, counted from `start`; of a cycle its first firing.

    "5wd" is the end of the fifth working day after that of `start`, "4wh" four hours of working
    time, "2d" and "P2D" the same time of day two days on, "PT48H" 48 hours. A date without a time
    is the end of that day's work, or its beginning (00:00) with `day_ends=False` as a timer wants it.
    Raises Invalid naming the text.
    """
    zone = zone or calendar.zone
    if isinstance(value, timedelta):
        return _bounded(start + value, str(value))
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
    if isinstance(value, date):
        return calendar.end_of(value) if day_ends else calendar.local(value, time(0))
    text = value.strip()
    if is_cycle(text):
        return _first(text, start, calendar)
    found = _shift(text, start, calendar, zone)
    if found is None:
        found = compute(_moment(text, zone), start, calendar, zone, day_ends=day_ends)
    return _bounded(found, text)


def before(value: Value, end: datetime, calendar: Calendar) -> datetime:
    """The moment `value` (a duration such as "1wd") ahead of `end`, for a warning."""
    if isinstance(value, str) and _is_duration(value.strip()):
        text = value.strip()
        return compute(text.removeprefix("-") if text.startswith("-") else f"-{text}", end, calendar)
    return compute(-value if isinstance(value, timedelta) else value, end, calendar)


def next(expression: str, after: datetime, calendar: Calendar, *, shift: bool = False) -> datetime | None:
    """The next firing of a cycle ("R3/PT1H", "R/5wd") or cron expression later than `after`.

    None for something that fires once, or never again. With `shift` an occurrence on a day off
    moves to the next working day at the same time (a first Monday on a holiday).
    """
    text = expression.strip()
    if repeat := _REPEAT.fullmatch(text):
        return compute(repeat[3], after, calendar)
    if not is_cycle(text):
        return None
    if not shift:
        return cron.parse(text).after(after, calendar.zone)
    return _shifted(text, after, calendar)


def repetitions(expression: str) -> int | None:
    """How often it fires: the n of "Rn/…", None without a bound, 1 for what fires once."""
    repeat = _REPEAT.fullmatch(expression.strip())
    if repeat:
        return int(repeat[1]) if repeat[1] else None
    return None if is_cycle(expression) else 1


def is_cycle(text: str) -> bool:
    """Whether the text repeats: "R/…", cron, or a macro such as @daily."""
    text = text.strip()
    return bool(_REPEAT.fullmatch(text)) or text.startswith("@") or len(text.split()) in (5, 6, 7)


def counts_working_time(text: str) -> bool:
    """Whether a deadline's text depends on the calendar's days: "5wd", "4wh", or an expression, which may."""
    return text.startswith("=") or bool(_COUNTED.search(text))


def check(expression: str) -> None:
    """Raises Invalid if a static timer or deadline cannot be read; for deployment."""
    start = datetime(2026, 1, 5, 1, tzinfo=UTC)
    plain = Calendar("CN", ZoneInfo("Asia/Shanghai"), ((time(9), time(18)),), {}, frozenset(), frozenset())
    compute(expression, start, plain)


def _is_duration(text: str) -> bool:
    return bool(_WORKING.fullmatch(text) or _PLAIN.fullmatch(text) or (_ISO.fullmatch(text) and text[-1] not in "PT"))


def _shift(text: str, start: datetime, calendar: Calendar, zone: ZoneInfo) -> datetime | None:
    if _WORKING.fullmatch(text):
        return calendar.add(text, start)
    try:
        if plain := _PLAIN.fullmatch(text):
            return _add(start, zone, **{_UNITS[plain[2]]: Decimal(plain[1])})
        iso = _ISO.fullmatch(text)
        return _add_iso(iso, start, zone) if iso and text[-1] not in "PT" else None
    except (OverflowError, ValueError) as error:
        raise errors.Invalid(UNREADABLE, text=text) from error


def _add_iso(iso: re.Match[str], start: datetime, zone: ZoneInfo) -> datetime:
    sign = -1 if iso[1] else 1
    years, months, weeks, days = (int(iso[place] or 0) * sign for place in (2, 3, 4, 5))
    hours, minutes, seconds = (Decimal(iso[place] or 0) * sign for place in (6, 7, 8))
    moved = _add_months(start.astimezone(zone), years * 12 + months)
    return _add(moved, zone, weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _add(start: datetime, zone: ZoneInfo, **amounts: Decimal | int) -> datetime:
    """Weeks and days by the clock on the wall, hours and less by the time that passes."""
    whole = timedelta(**{unit: float(n) for unit, n in amounts.items() if unit in ("weeks", "days")})
    passing = timedelta(**{unit: float(n) for unit, n in amounts.items() if unit not in ("weeks", "days")})
    return (start.astimezone(zone) + whole).astimezone(UTC) + passing


def _add_months(start: datetime, months: int) -> datetime:
    if not months:
        return start
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1]))


def _moment(text: str, zone: ZoneInfo) -> datetime | date:
    named = _ZONE.fullmatch(text)
    try:
        if named:
            found = datetime.fromisoformat(named[1])
            return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(named[2] or named[3]))
        return date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)
    except (ValueError, KeyError, OSError) as error:
        raise errors.Invalid(UNREADABLE, text=text) from error


def _first(text: str, start: datetime, calendar: Calendar) -> datetime:
    repeat = _REPEAT.fullmatch(text)
    if repeat and repeat[2]:
        return compute(repeat[2], start, calendar, day_ends=False)
    found = next(text, start, calendar)
    if found is None:
        raise errors.Invalid("%(text)s never comes due.", text=text)
    return found


def _shifted(text: str, after: datetime, calendar: Calendar) -> datetime | None:
    """Looks back a month, because an occurrence before `after` may have moved behind it."""
    for each in cron.parse(text).occurrences(after - timedelta(days=31), calendar.zone):
        local = each.astimezone(calendar.zone)
        moved = calendar.local(calendar.next_working_day(local.date()), local.time())
        if moved > after:
            return moved
    return None


def _bounded(moment: datetime, text: str) -> datetime:
    if not 1970 <= moment.year <= 1970 + MAX_YEARS:
        raise errors.Invalid(UNREADABLE, text=text)
    return moment
