"""What is wrong with one element by itself, or with the forms and decisions that it names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Protocol

from engine import errors, feel, operations, runtime
from engine.basics.nearest import nearest
from engine.calendar import due
from engine.definitions import task_settings
from engine.problems import Problem

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
    timer = element.event.timer if element.event else None
    if timer and not feel.is_expression(timer.expression):
        try:
            due.check(timer.expression, timer.type)
        except errors.Invalid as refusal:
            yield refusal.text, dict(refusal.values)
