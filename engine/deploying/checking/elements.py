"""What is wrong with one element by itself, or with the forms and decisions that it names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Protocol

from engine import errors, feel, operations, runtime
from engine.basics.nearest import nearest
from engine.calendar import due
from engine.definitions import declarations, task_settings
from engine.problems import Problem
from engine.verbs.running import start_events

SOME_DAY = datetime(2026, 1, 5, 1, tzinfo=UTC)  # what starts a process is worked out for it, to see whether it can be followed
NO_FORM = "There is no form “%(form)s”."
NEAR_FORM = "There is no form “%(form)s”. Did you mean “%(similar)s”?"
NO_DECISION = "There is no decision “%(decision)s”."
NEAR_DECISION = "There is no decision “%(decision)s”. Did you mean “%(similar)s”?"


class Targets(Protocol):
    """The ids of the forms and decisions that there are."""

    @property
    def forms(self) -> Collection[str]: ...

    @property
    def decisions(self) -> Collection[str]: ...


def unknown_properties(id: str, name: str, properties: Mapping[str, str], element_type: str) -> Iterator[Problem]:
    """Settings that nothing obeys."""
    for severity, message, values in task_settings.unknown(properties, element_type):
        yield Problem(id, name, message, values, severity)


def missing(element: runtime.Element, known: Targets) -> Iterator[Problem]:
    """Forms and decisions that are not there."""
    if element.form_id and element.form_id not in known.forms:
        yield no_form(element.id, element.name, element.form_id, known)
    decision = element.decision_id
    if decision and not decision.startswith("=") and decision not in known.decisions:
        meant = nearest(decision, known.decisions)
        message, told = (NO_DECISION, {}) if meant is None else (NEAR_DECISION, {"similar": meant})
        yield Problem(element.id, element.name, message, {"decision": decision, **told})


def no_form(id: str, name: str, form_id: str, known: Targets) -> Problem:
    """That a form is not there, with the nearest one."""
    meant = nearest(form_id, known.forms)
    message, told = (NO_FORM, {}) if meant is None else (NEAR_FORM, {"similar": meant})
    return Problem(id, name, message, {"form": form_id, **told})


def own(element: runtime.Element) -> Iterator[tuple[str, dict[str, object]]]:
    """What the element says wrongly itself, as message ids with their values."""
    operation = operations.find(element.task_definition.type) if element.task_definition else None
    if operation is not None:
        yield from operation.problems(element.headers)
    if element.type == "userTask":
        yield from task_settings.problems(element.properties)
    if element.type == "endEvent":
        yield from task_settings.end_problems(element.properties)
    if element.event is not None:
        try:
            _of_event(element, element.event)
        except errors.Refusal as refusal:
            yield refusal.text, dict(refusal.values)


def _of_event(element: runtime.Element, event: runtime.Event) -> None:
    """Raises Refusal for a timer that nobody can follow; of what starts a process expressions are known as well."""
    timed = event.timer.expression if event.timer else ""
    if element.type == "startEvent" and element.parent is None and declarations.unreadable(timed or event.name) is None:
        timed, _name = (start_events.text_of(each, SOME_DAY) for each in (timed, event.name))
    if event.timer and not feel.is_expression(timed):
        due.check(timed, event.timer.type)
