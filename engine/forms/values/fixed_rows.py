"""Rows that a form may neither add nor remove keep what it does not show, as variables outside the form do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.forms.schema import Component
from engine.forms.scope import get, put


def complete(components: Iterable[Component], data: dict[str, Any], kept: Any) -> None:
    """Gives each row of such a list, in `data`, the values that the row had before and no field of the form has."""
    for component in components:
        if component.type == "group" and not component.path:
            complete(component.children, data, kept)
        elif component.type == "group":
            inner = get(data, component.path)
            complete(component.children, inner if isinstance(inner, dict) else {}, get(kept, component.path))
        elif component.type == "dynamiclist" and component.raw.get("allowAddRemove") is False:
            rows = get(data, component.path)
            if isinstance(rows, list):
                put(data, component.path, _rows(component, rows, get(kept, component.path)))


def _rows(component: Component, rows: list[Any], kept: Any) -> list[Any]:
    before = kept if isinstance(kept, list) else []
    own = set(_names(component.children))
    return [_row(component, row, before[index] if index < len(before) else {}, own) for index, row in enumerate(rows)]


def _row(component: Component, row: dict[str, Any], before: Any, own: set[str]) -> dict[str, Any]:
    complete(component.children, row, before)
    others = before if isinstance(before, Mapping) else {}
    return {name: value for name, value in others.items() if name not in own} | row


def _names(components: Iterable[Component]) -> Iterable[str]:
    """The names that the fields of one level have in its data."""
    for component in components:
        if component.path:
            yield component.path[0]
        else:
            yield from _names(component.children)
