"""The named working calendars of a company.toml: as they are stored, and what is wrong with them and with who names one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from engine.basics.nearest import nearest
from engine.deadlines import named_calendars
from engine.deadlines.named_calendars import CalendarValues
from engine.people.working.named import STANDARD, WEEKDAYS


class CalendarsNamed(Protocol):
    """What of a company.toml names calendars."""

    @property
    def working_calendars(self) -> Mapping[str, Mapping[str, Any]]: ...
    @property
    def default_calendar(self) -> str | None: ...
    @property
    def departments(self) -> list[dict[str, Any]]: ...
    @property
    def people(self) -> list[dict[str, Any]]: ...


def stored(said: Mapping[str, Any]) -> dict[str, Any]:
    """A table as it is stored, but for its name."""
    told = {name: list(said[name]) for name in ("weekdays", "hours", "formerly")}
    return told | {"holidays": said["holidays"], "every_second": said["every_second"] or None}


def faults(told: CalendarsNamed) -> Iterator[str]:
    """What is wrong, a sentence each; a calendar that nothing bears with the nearest that something does."""
    known = {STANDARD, *told.working_calendars}
    for name, said in told.working_calendars.items():
        yield from (f"working_calendar {name}: {fault}" for fault in _of_one(name, said))
        known |= set(said["formerly"])
    named = [told.default_calendar, *(each["calendar"] for each in (*told.departments, *told.people))]
    for name in filter(None, named):
        if name not in known:
            similar = nearest(name, known)
            yield f"there is no working calendar {name}" + (f", did you mean {similar}?" if similar else "")


def _of_one(name: str, said: Mapping[str, Any]) -> Iterator[str]:
    if name == STANDARD:
        yield "this is the calendar that the company has by calendar and working_hours; give another name"
    for each in said["weekdays"]:
        if each not in WEEKDAYS:
            yield f"{each} is no weekday; write {', '.join(WEEKDAYS)}"
    values = CalendarValues(name, said["holidays"], tuple(said["weekdays"]), said["every_second"] or "", tuple(said["hours"]))
    yield from (f"{field}: {refusal}" for field, refusal in named_calendars.faults_of(values))
