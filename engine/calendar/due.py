"""Deadlines and timers from their texts: working days, ISO 8601 durations, dates, cycles and cron."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine import errors
from engine.calendar import cron, cycles, durations
from engine.calendar.working import Calendar

LAST_YEAR = 2170
UNREADABLE = "%(text)s is neither a duration (5wd, 4wh, 2d, PT30M, P3D) nor a date nor a cycle."
NO_CYCLE = "%(text)s is no cycle (R/PT1H, R3/P1D, R/<start>/P1D) and no cron expression."
NO_PERIOD = "The cycle %(text)s names no period (R/P1D, R/<start>/P1D, R/<start>/<end>)."
NO_REPEAT = "%(text)s repeats, which only a cycle (timeCycle) does."
BACKWARDS = "%(text)s counts backwards: it would be over before it began."
_COUNTED = re.compile(r"\d(wd|wh)\b", re.ASCII)
_ZONE = re.compile(r"(.+?)(?:@([\w+\-/]+)|\[([\w+\-/]+)\])$")

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
    if isinstance(value, date):
        return _placed(value, calendar, zone, day_ends)
    text = value.strip()
    if is_cycle(text):
        return _first(text, start, calendar)
    moment = _shift(text, start, calendar, zone)
    if moment is None:
        moment = _placed(_moment(text, zone), calendar, zone, day_ends)
    return _bounded(moment, text)


def before(value: Value, end: datetime, calendar: Calendar) -> datetime:
    """The moment `value` (a duration such as "1wd") ahead of `end`, for a warning."""
    if isinstance(value, str) and _is_duration(value.strip()):
        text = value.strip()
        return compute(text.removeprefix("-") if text.startswith("-") else f"-{text}", end, calendar)
    return compute(-value if isinstance(value, timedelta) else value, end, calendar)


def next(
    expression: str, after: datetime, calendar: Calendar, *, anchor: datetime | None = None, shift: bool = False
) -> datetime | None:
    """The next firing of a cycle ("R3/PT1H", "R/5wd") or cron expression later than `after`.

    A cycle fires at `anchor` + n × period, where the anchor is its written start, if it has one, else what is given,
    else `after`: however late somebody looks, the grid stays. None for something that fires once, or never again.
    With `shift` an occurrence on a day off moves to the next working day at the same time (a first Monday on a
    holiday). Raises Invalid for a cycle that stands still.
    """
    text = expression.strip()
    if spelled := cycles.written(text):
        cycle = _cycle(spelled, anchor or after, calendar)
        return _bounded(cycle.after(after, calendar, calendar.zone), text)
    if not is_cycle(text):
        return None
    if not shift:
        return cron.parse(text).after(after, calendar.zone)
    return _shifted(text, after, calendar)


def after_pause(expression: str, due_at: datetime, began: datetime, ended: datetime, calendar: Calendar) -> datetime:
    """The due time made from `expression`, when nothing could be done from `began` to `ended`.

    What was left of a working time or of any other duration is left again; dates and cycles stay where they are. What was
    overdue already stays so by as much.
    """
    length = None if is_cycle(expression) else durations.parse(expression.strip())
    if length is None:
        return due_at
    if not length.unit or due_at <= began:
        return due_at + (ended - began)
    if length.unit == "wd" and length.working == int(length.working):
        first, last = (at.astimezone(calendar.zone).date() for at in (began, due_at))
        return calendar.add_days(ended, calendar.working_days_between(first, last))
    left = calendar.time_between(began, due_at)
    return calendar.add_hours(ended, left.total_seconds() / 3600)


def anchor_of(expression: str, anchor: datetime | None, last: datetime) -> datetime:
    """The moment from which a cycle that was due at `last` counts on: its anchor as stored, if there is one.

    A cycle of working time counts on from where it stands: what was a working day when it fired may be none today.
    """
    return last if anchor is None or _COUNTED.search(expression) else anchor


def repetitions(expression: str) -> int | None:
    """How often it fires: the n of "Rn/…", None without a bound, 1 for what fires once."""
    spelled = cycles.written(expression)
    if spelled:
        return spelled.count
    return None if is_cycle(expression) else 1


def is_cycle(text: str) -> bool:
    """Whether the text repeats: "R/…", cron, or a macro such as @daily."""
    text = text.strip()
    return cycles.is_written(text) or text.startswith("@") or len(text.split()) in (5, 6, 7)


def cycle(text: str) -> str:
    """The cycle that a text spells, be it by its period alone, as diagrams once could. Raises Invalid for what repeats nothing."""
    if not is_cycle(text) and not _is_duration(text):
        raise errors.Invalid(NO_CYCLE, text=text)
    return text if is_cycle(text) else f"R/{text}"


def counts_working_time(text: str) -> bool:
    """Whether a deadline's text depends on the calendar's days: "5wd", "4wh", or an expression, which may."""
    return text.startswith("=") or bool(_COUNTED.search(text))


def check(expression: str, kind: str = "") -> None:
    """Raises Invalid if a static timer or deadline cannot be read, counts backwards or never advances; for deployment.

    `kind` is date, duration or cycle where BPMN's definition says which (10.5.5); another text does not stand there.
    """
    start = datetime(2026, 1, 5, 1, tzinfo=UTC)
    plain = Calendar("CN", ZoneInfo("Asia/Shanghai"), ((time(9), time(18)),), {}, frozenset(), frozenset())
    if compute(expression, start, plain) < start and _is_duration(expression.strip()):
        raise errors.Invalid(BACKWARDS, text=expression)
    require(expression, kind)


def require(expression: str, kind: str) -> None:
    """Raises Invalid for what does not repeat where a cycle stands, and for a cycle where one moment stands."""
    if kind == "cycle" and not is_cycle(expression):
        raise errors.Invalid(NO_CYCLE, text=expression)
    if kind in ("date", "duration") and cycles.is_written(expression):
        raise errors.Invalid(NO_REPEAT, text=expression)


def _is_duration(text: str) -> bool:
    return durations.parse(text) is not None


def _shift(text: str, start: datetime, calendar: Calendar, zone: ZoneInfo) -> datetime | None:
    length = durations.parse(text)
    try:
        return None if length is None else length.after(start, calendar, zone)
    except (OverflowError, ValueError) as error:
        raise errors.Invalid(UNREADABLE, text=text) from error


def _moment(text: str, zone: ZoneInfo) -> datetime | date:
    named = _ZONE.fullmatch(text)
    try:
        if named:
            moment = datetime.fromisoformat(named[1])
            return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(named[2] or named[3]))
        return date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)
    except (ValueError, KeyError, OSError) as error:
        raise errors.Invalid(UNREADABLE, text=text) from error


def _first(text: str, start: datetime, calendar: Calendar) -> datetime:
    if spelled := cycles.written(text):
        return _cycle(spelled, start, calendar).begin(calendar, calendar.zone)
    moment = next(text, start, calendar)
    if moment is None:
        raise errors.Invalid("%(text)s never comes due.", text=text)
    return moment


def _cycle(spelled: cycles.Written, anchor: datetime, calendar: Calendar) -> cycles.Cycle:
    """A cycle on its grid: with a written start its first firing is that, else one period after the anchor."""
    period = durations.parse(spelled.period)
    if not spelled.start:
        if period is None:
            raise errors.Invalid(NO_PERIOD, text=spelled.text)
        return cycles.Cycle(spelled.text, anchor, period, 1)
    start = _begin(spelled.start, calendar)
    if period is None:  # between a start and an end stands the period (ISO 8601)
        passing = _begin(spelled.period, calendar) - start
        period = durations.Duration(seconds=Decimal(str(passing.total_seconds())))
    return cycles.Cycle(spelled.text, start, period, 0)


def _begin(text: str, calendar: Calendar) -> datetime:
    return _placed(_moment(text, calendar.zone), calendar, calendar.zone, False)


def _placed(value: date | datetime, calendar: Calendar, zone: ZoneInfo, day_ends: bool) -> datetime:
    try:
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
        return calendar.end_of(value) if day_ends else calendar.local(value, time(0))
    except OverflowError as error:
        raise errors.Invalid(UNREADABLE, text=value.isoformat()) from error


def _shifted(text: str, after: datetime, calendar: Calendar) -> datetime | None:
    """Looks back a month, because an occurrence before `after` may have moved behind it."""
    for each in cron.parse(text).occurrences(after - timedelta(days=31), calendar.zone):
        local = each.astimezone(calendar.zone)
        moved = calendar.local(calendar.next_working_day(local.date()), local.time())
        if moved > after:
            return moved
    return None


def _bounded(moment: datetime, text: str) -> datetime:
    if not 1970 <= moment.year <= LAST_YEAR:
        raise errors.Invalid(UNREADABLE, text=text)
    return moment
