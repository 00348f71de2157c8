"""Rows that a form may neither add nor remove keep what it does not show, as variables outside the form do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from engine.basics import whole_numbers
from engine.forms.schema import Component
from engine.forms.scope import get, put

_PART = re.compile(r"[^.\[\]]+")
ALWAYS = ("=true", "= true")


def is_fixed(component: Component, before: Any) -> bool:
    """Whether the rows of a list stay as many as they were: it says so, or a column that is only read or hidden here holds
    something in the rows of `before`, which belongs to these rows and would come to others."""
    if component.raw.get("allowAddRemove") is False:
        return True
    closed = [each for each in component.children if each.path and _is_closed(each)]
    rows = [row for row in before if isinstance(row, Mapping)] if isinstance(before, list) else []
    return any(get(row, each.path) not in (None, "", []) for row in rows for each in closed)


def kept_at(variables: Mapping[str, Any], name: str) -> Any:
    """What a field of this name (`items[0].parts`) held before; None for nothing."""
    value: Any = variables
    for part in _PART.findall(name):
        if isinstance(value, list):
            row = whole_numbers.read(part)
            value = value[row] if row is not None and row < len(value) else None
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    return value


def complete(components: Iterable[Component], data: dict[str, Any], kept: Any) -> None:
    """Gives each row of such a list, in `data`, the values that the row had before and no field of the form has."""
    for component in components:
        if component.type == "group" and not component.path:
            complete(component.children, data, kept)
        elif component.type == "group":
            inner = get(data, component.path)
            complete(component.children, inner if isinstance(inner, dict) else {}, get(kept, component.path))
        elif component.type == "dynamiclist" and is_fixed(component, get(kept, component.path)):
            rows = get(data, component.path)
            if isinstance(rows, list):
                put(data, component.path, _rows(component, rows, get(kept, component.path)))


def _is_closed(component: Component) -> bool:
    return component.raw.get("readonly") is True or _is_hidden(component)


def _is_hidden(component: Component) -> bool:
    return (component.hide or "").strip() in ALWAYS


def _rows(component: Component, rows: list[Any], kept: Any) -> list[Any]:
    before = kept if isinstance(kept, list) else []
    own = set(_names(component.children))
    return [_row(component, row, before[index] if index < len(before) else {}, own) for index, row in enumerate(rows)]


def _row(component: Component, row: dict[str, Any], before: Any, own: set[str]) -> dict[str, Any]:
    complete(component.children, row, before)
    others = before if isinstance(before, Mapping) else {}
    return {name: value for name, value in others.items() if name not in own} | row


def _names(components: Iterable[Component]) -> Iterable[str]:
    """The names that the fields of one level have in its data, as far as they are ever shown."""
    for component in components:
        if component.path:
            yield from () if _is_hidden(component) else (component.path[0],)
        else:
            yield from _names(component.children)
