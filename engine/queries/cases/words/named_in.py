"""By which field of a case somebody has a step whose diagram reads it there: himself, or a department that he leads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine import feel, runtime
from engine.definitions.definitions import Definition
from engine.people import resolve
from engine.people.organisation import Organisation
from engine.storage.models import UserTask, WorkItem

PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")  # names with points between, and nothing else


@dataclass(frozen=True)
class NamedIn:
    """The label of the field, for its reader, and the department there that he leads; "" where he is chosen himself."""

    field: str
    department: str = ""


def naming(
    definition: Definition, task: UserTask, mine: WorkItem, company: Organisation, variables: Mapping[str, Any]
) -> NamedIn | None:
    """What in the case names whoever holds a part; None where nobody does, or its reason says more than that it does.

    `variables` are those that the step sees. Nothing is asked of the database.
    """
    username = mine.username
    if username is None or not resolve.is_bare(mine.reason):
        return None
    element = definition.program.elements[task.element_id]
    labels = _labels(definition)
    text = feel.body(element.assignee or element.candidate_users or "")
    own = text.rpartition(".")[2] if PATH.fullmatch(text) else ""
    if own in labels and _is_in(_reached(variables, text.split(".")), {username}):
        return NamedIn(labels[own])
    for name in _read(element, text):
        led = [each for each in company.departments.values() if each.head == username]
        unit = next((each for each in led if _is_in(variables.get(name), {each.id, each.name})), None)
        if name in labels and unit is not None:
            return NamedIn(labels[name], company.unit_called(unit.id))
    return None


def _labels(definition: Definition) -> dict[str, str]:
    """By its key what a field is called, in the words of the definition's reader."""
    parts = (part for form in definition.forms.values() for part in form.parsed.walk() if part.path and part.label)
    return {part.path[-1]: definition.said(part.label) for part in parts}


def _read(element: runtime.Element, text: str) -> Iterator[str]:
    """The names that an assignment reads, and those that the step's own inputs read which it reads."""
    names = _names(text)
    yield from names
    for mapping in element.inputs:
        if mapping.target in names:
            yield from _names(feel.body(mapping.source))


def _names(text: str) -> list[str]:
    try:
        return sorted(feel.compile(text).names) if text else []
    except feel.FeelError:
        return []


def _reached(values: Any, path: list[str]) -> Any:
    for name in path:
        values = values.get(name) if isinstance(values, Mapping) else None
    return values


def _is_in(value: Any, wanted: set[str]) -> bool:
    """Whether a value is one of these, or a list with one of them."""
    values = value if isinstance(value, list) else [value]
    return any(isinstance(each, str) and each in wanted for each in values)
