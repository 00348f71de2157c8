"""The start events of the newest version of a process: subscriptions for messages and signals, rows for timers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from engine import errors, feel, runtime
from engine.calendar import due
from engine.calendar.working import Calendar
from engine.definitions import process_life
from engine.definitions import settings as texts
from engine.definitions.definitions import Definition
from engine.people import organisation
from engine.storage import keys, models

_Version = Definition | models.ProcessDefinition


def renew(session: Session, definition: _Version, program: runtime.Program, *, now: datetime) -> None:
    """Makes this version the one that messages, signals and timers start; the version before gives its place up."""
    of_process = {"company_id": definition.company_id, "process_id": definition.process_id}
    session.execute(delete(models.Subscription).filter_by(**of_process, instance_key=None))
    session.execute(delete(models.ScheduledStart).filter_by(**of_process))
    if process_life.retired(session, definition.company_id, definition.process_id) is not None:
        return
    subscriptions = list(_subscriptions(definition, program, now))
    if subscriptions:
        session.execute(insert(models.Subscription), subscriptions)
    scheduled = list(_scheduled(session, definition, program, now))
    if scheduled:
        session.execute(insert(models.ScheduledStart), scheduled)


def calendar_of(session: Session, definition: _Version) -> Calendar:
    """The working calendar of a process, as it is now."""
    chosen = definition.settings if isinstance(definition, Definition) else texts.read(definition.settings)
    return Calendar.of(session, organisation.current(session, definition.company_id), chosen.calendar)


def text_of(raw: str, now: datetime) -> str:
    """A text that may be an expression without variables, as Camunda allows on start events."""
    if not feel.is_expression(raw):
        return raw
    value = feel.to_json(feel.evaluate(feel.body(raw), {}, now=now))
    if value is None:
        raise errors.Invalid("The expression %(text)s of a start event gives nothing.", text=raw)
    return str(value)


def _subscriptions(definition: _Version, program: runtime.Program, now: datetime) -> Iterator[dict[str, Any]]:
    for event in program.start_events:
        name = event.message_name if event.kind == "message" else event.signal_name
        if event.kind in ("message", "signal") and name:
            yield {
                "key": keys.new(),
                "company_id": definition.company_id,
                "process_id": definition.process_id,
                "kind": event.kind,
                "name": text_of(name, now),
                "correlation_key": None,
                "instance_key": None,
                "definition_key": definition.key,
                "element_id": event.element_id,
                "token": None,
            }


def _scheduled(session: Session, definition: _Version, program: runtime.Program, now: datetime) -> Iterator[dict[str, Any]]:
    for event in program.start_events:
        if event.timer is None:
            continue
        text = text_of(event.timer.expression, now)
        due.require(text, event.timer.type)
        calendar = calendar_of(session, definition)
        yield {
            "key": keys.new(),
            "company_id": definition.company_id,
            "process_id": definition.process_id,
            "element_id": event.element_id,
            "definition_key": definition.key,
            "expression": text,
            "anchor": now,
            "due_at": due.compute(text, now, calendar, day_ends=False),
            "repetitions": due.repetitions(text),
        }
