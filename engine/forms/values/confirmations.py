"""Confirmations: boxes that whoever completes a form must tick himself, so that nobody else's tick is ever shown in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.forms.evaluate import is_readonly
from engine.forms.schema import Component, Form
from engine.forms.scope import Level, get, put


def is_confirmation(component: Component) -> bool:
    """Whether the component is a box that must be ticked."""
    return component.type == "checkbox" and component.rules.get("required") not in (None, False, "", "=false")


def clear(components: Iterable[Component], data: dict[str, Any], level: Level) -> None:
    """Takes the ticks out of the confirmations in what a form is opened with; those that may only be looked at stay."""
    for component in components:
        if component.type == "group":
            inner = get(data, component.path) if component.path else data
            if isinstance(inner, dict):
                clear(component.children, inner, level)
        elif component.type == "dynamiclist":
            put(data, component.path, [_cleared(component, row, level) for row in get(data, component.path) or []])
        elif is_confirmation(component) and not is_readonly(component, level):
            put(data, component.path, None)


def _cleared(component: Component, row: Any, level: Level) -> Any:
    if not isinstance(row, Mapping):
        return row
    copied = {name: dict(value) if isinstance(value, Mapping) else value for name, value in row.items()}
    clear(component.children, copied, Level(level.scope, copied, level))
    return copied


def unconfirmed(form: Form, data: Mapping[str, Any]) -> dict[str, Any]:
    """Values that somebody else typed, without his ticks in confirmations."""
    return _without(form.components, data)


def _without(components: Iterable[Component], data: Mapping[str, Any]) -> dict[str, Any]:
    kept = dict(data)
    for component in components:
        if component.type == "group":
            inner = get(kept, component.path) if component.path else kept
            cleared = _without(component.children, inner) if isinstance(inner, Mapping) else {}
            if component.path and cleared:
                put(kept, component.path, cleared)
            elif not component.path:
                kept = cleared
        elif component.type == "dynamiclist" and get(kept, component.path):
            rows = [_without(component.children, row) if isinstance(row, Mapping) else row for row in get(kept, component.path)]
            put(kept, component.path, rows)
        elif is_confirmation(component) and get(kept, component.path) is not None:
            put(kept, component.path, None)
    return kept


def names(form: Form) -> frozenset[str]:
    """Where the form's confirmations stand in its data (`customer.told`); those of a list's rows go by the list."""
    return frozenset(".".join(path) for path in _paths(form.components, ()))


def _paths(components: Iterable[Component], around: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for component in components:
        here = (*around, *component.path)
        inside = list(_paths(component.children, here))
        if component.type == "dynamiclist" and inside:
            yield here
        else:
            yield from inside
        if is_confirmation(component):
            yield here
