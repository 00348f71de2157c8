"""Which years of a deadline are only estimated, because their official holiday arrangement is not known yet."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from engine.calendar import due
from engine.calendar.working import Calendar
from engine.definitions import definitions
from engine.people.organisation import Organisation
from engine.people.working.named import STANDARD
from engine.storage.models import ProcessInstance


class Task(Protocol):
    """A user task, as a row or as columns of it."""

    @property
    def definition_key(self) -> int: ...
    @property
    def element_id(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def due_at(self) -> datetime | None: ...


def of_task(session: Session, company: Organisation, task: Task) -> list[int]:
    """Those years of an open task; none where its due time does not count working time."""
    span = (task.created_at, task.due_at)
    if not any(_years(session, company, name, *span) for name in ("", STANDARD, *company.calendars)):
        return []  # as nearly always: the definition of a task in a list need not be read for it
    definition = definitions.by_key(session, task.definition_key)
    years = _years(session, company, definition.calendar_of(task.element_id), *span)
    text = definition.tasks[task.element_id].due or definition.program.elements[task.element_id].due_date or ""
    return years if due.counts_working_time(text) else []


def of_case(session: Session, company: Organisation, instance: ProcessInstance) -> list[int]:
    """Those years of the whole case while it runs."""
    if instance.state != "active" or instance.due_at is None:
        return []
    chosen = definitions.by_key(session, instance.definition_key).settings
    years = _years(session, company, chosen.calendar, instance.started_at, instance.due_at)
    return years if due.counts_working_time(chosen.due) else []


def _years(session: Session, company: Organisation, calendar: str, start: datetime, end: datetime | None) -> list[int]:
    return Calendar.of(session, company, calendar).estimated_years(start, end) if end is not None else []
