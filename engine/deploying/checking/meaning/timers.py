"""Timers and deadlines that last nothing, or whose moment is over already when they are published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from engine import errors, feel, runtime
from engine.calendar import cycles, due, durations
from engine.calendar.working import Calendar
from engine.definitions import task_settings
from engine.problems import Problem

LASTS_NOTHING = "“%(text)s” lasts nothing: it comes due at once."
IS_OVER = "The moment “%(text)s” is over already: it comes due at once."
NO_START = "The moment “%(text)s” is over already: no case is ever started by it."
CYCLE_IS_OVER = "The last time of “%(text)s” is over already: it never comes due."
COMES_ONCE = "“%(text)s” comes due once here: only a start of a process and an event that does not interrupt repeat."
MOST = 10_000  # times of a cycle that are looked at
TASK_TIMES = ("due", "warn", "escalate")


def problems(
    program: runtime.Program, settings: Mapping[str, Any], zone: str | None, now: datetime | None
) -> Iterator[Problem]:
    """Warnings at events and user tasks, and of the deadline of the whole case (`settings` is the workflow.toml).

    `zone` is the company's, None where it is not known; `now` the moment of the check, None where moments are not judged.
    """
    calendar = _calendar(zone)
    for element in program.elements.values():
        for text, is_start in _texts(element):
            fault = COMES_ONCE if _comes_once(element, text) else _fault(text, is_start, calendar, now)
            yield from _told(element.id, element.name, text, fault)
    for name in ("due", "warn"):
        whole = settings.get(name)
        if isinstance(whole, str):
            yield from _told(program.process_id, program.name, whole, _fault(whole, False, calendar, None))


def _texts(element: runtime.Element) -> Iterator[tuple[str, bool]]:
    timer = element.event.timer if element.event else None
    if timer is not None:
        yield timer.expression, element.type == "startEvent"
    if element.type == "userTask":
        given = task_settings.read(element.properties)
        yield from ((value, False) for name in TASK_TIMES if isinstance(value := getattr(given, name, None), str))
        if element.due_date:
            yield element.due_date, False


def _comes_once(element: runtime.Element, text: str) -> bool:
    """Whether a written repetition stands where nothing is repeated; a cron expression there names the next such moment."""
    repeats = cycles.is_written(text) and due.repetitions(text) != 1
    return repeats and element.interrupting and not (element.type == "startEvent" and element.parent is None)


def _told(id: str, name: str, text: str, message: str | None) -> Iterator[Problem]:
    if message is not None:
        yield Problem(id, name, message, {"text": text.strip()}, "warning")


def _fault(text: str, is_start: bool, calendar: Calendar, now: datetime | None) -> str | None:
    text = text.strip()
    if not text or feel.is_expression(text):
        return None
    try:
        length = durations.parse(text)
        if length is not None:
            return None if length.advances else LASTS_NOTHING
        return _of_moment(text, is_start, calendar, now) if now is not None else None
    except (errors.Invalid, OverflowError, ValueError):
        return None  # told by the checks of the element


def _of_moment(text: str, is_start: bool, calendar: Calendar, now: datetime) -> str | None:
    if due.is_cycle(text):
        return CYCLE_IS_OVER if _is_over(text, calendar, now) else None
    if due.compute(text, now, calendar) >= now:
        return None
    return NO_START if is_start else IS_OVER


def _is_over(text: str, calendar: Calendar, now: datetime) -> bool:
    """Whether all the times of a cycle with a written beginning and a count have passed."""
    count, first = due.repetitions(text), due.compute(text, now, calendar)
    if count is None or first >= now:
        return False
    last = first
    for _time in range(min(count, MOST) - 1):
        following = due.next(text, last, calendar)
        if following is None or following >= now:
            return following is None
        last = following
    return True


def _calendar(zone: str | None) -> Calendar:
    """Every weekday from nine to six: what is over by a day is so by any calendar."""
    return Calendar("CN", ZoneInfo(zone or "Asia/Shanghai"), ((time(9), time(18)),), {}, frozenset(), frozenset())
