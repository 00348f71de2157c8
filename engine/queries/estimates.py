"""Which years of a deadline are only estimated, because their official holiday arrangement is not known yet."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from engine import definitions
from engine.models import ProcessInstance
from engine.people import due
from engine.people.organisation import Organisation
from engine.people.working import Calendar


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
    definition = definitions.of(session, task.definition_key)
    text = definition.tasks[task.element_id].due or definition.program.elements[task.element_id].due_date or ""
    return _years(session, company, text, task.created_at, task.due_at)


def of_case(session: Session, company: Organisation, instance: ProcessInstance) -> list[int]:
    """Those years of the whole case while it runs."""
    if instance.state != "active":
        return []
    text = definitions.of(session, instance.definition_key).settings.due
    return _years(session, company, text, instance.started_at, instance.due_at)


def _years(session: Session, company: Organisation, text: str, start: datetime, end: datetime | None) -> list[int]:
    if end is None or not due.counts_working_time(text):
        return []
    return Calendar.of(session, company).estimated_years(start, end)
