"""From a page's name–value pairs to the nested data of a form (`items[0].title=…`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.basics import whole_numbers
from engine.forms.schema import Component, Form
from engine.forms.scope import FormScope, Level, get
from engine.forms.validate import MAX_ROWS, name_of
from engine.forms.values.opening import new_row

SEARCH, FIND, AGREED = "#search", "#find", "#agreed"
ROW = re.compile(r"\[(\d{1,6})\]")
MAX_NAME = 500  # characters of a field's name; a form of eight levels needs no more


def decode(form: Form, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The submission that a page's fields make; names that are not the form's are left out.

    A dynamic list has the rows whose numbers occur, in their order; `name#remove=2` and `name#add` are told by
    `actions`. A list of choices or files is every value of its name. A text that still is what a choice gave it
    (`name#agreed`) is the choice's and nobody's: it is left out, so that it follows another choice.
    """
    values: dict[str, list[str]] = {}
    rows: dict[str, set[int]] = {}
    for name, value in pairs:
        if len(name) <= MAX_NAME:
            values.setdefault(name, []).append(value)
            for row in ROW.finditer(name):
                rows.setdefault(name[: row.start()], set()).add(int(row[1]))
    for name in [each for each in values if each.endswith(AGREED)]:
        if values.get(name.removesuffix(AGREED)) == values[name]:
            del values[name.removesuffix(AGREED)]
    return _Sent(values, rows).level(form.components, "")


def is_finding(pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether the button pressed was one that searches a long list (`name#find`)."""
    return any(name.endswith(FIND) for name, _value in pairs)


def actions(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """Which rows are to be added or removed: (list's name, "add" or "remove", row counted from 0)."""
    asked = []
    for name, value in pairs:
        list_name, mark, verb = name.partition("#")
        if mark and verb in ("add", "remove"):
            asked.append((list_name, verb, whole_numbers.read(value) or 0))
    return asked


def searches(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What was typed to find something in a long list (`name#search`), by the field's name."""
    return {name.removesuffix(SEARCH): value.strip()[:100] for name, value in pairs if name.endswith(SEARCH)}


def act(form: Form, data: dict[str, Any], steps: Iterable[tuple[str, str, int]], scope: FormScope) -> None:
    """Adds rows (with their defaults) to the dynamic lists of `data`, or removes them, as `actions` told."""
    for name, verb, row in steps:
        listed = _list_at(form.components, data, name, Level(scope, data))
        if listed is None:
            continue
        component, rows, level = listed
        if verb == "add":
            rows.append(new_row(component, level))
        elif row < len(rows):
            del rows[row]


def _list_at(
    components: tuple[Component, ...], data: dict[str, Any], name: str, level: Level, prefix: str = ""
) -> tuple[Component, list[Any], Level] | None:
    for component in components:
        own = name_of(prefix, component.path)
        inner = get(data, component.path) if component.path else data
        list_there = None
        if component.type == "dynamiclist" and isinstance(inner, list):
            if own == name:
                return component, inner, level
            for index, row in enumerate(inner):
                list_there = list_there or _list_at(
                    component.children, row, name, Level(level.scope, row, level, index), f"{own}[{index}]"
                )
        elif component.type == "group" and isinstance(inner, dict):
            list_there = _list_at(component.children, inner, name, level, own)
        if list_there:
            return list_there
    return None


@dataclass(frozen=True)
class _Sent:
    """What the browser sent: the values by name, and by list the numbers of its rows, gathered in one go."""

    values: Mapping[str, list[str]]
    numbers: Mapping[str, set[int]]

    def level(self, components: tuple[Component, ...], prefix: str) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for component in components:
            name = name_of(prefix, component.path)
            if component.type == "group":
                _merge(data, component.path, self.level(component.children, name))
            elif component.type == "dynamiclist":
                _merge(data, component.path, self.rows(component, name))
            elif component.path and component.type != "expression":
                _merge(data, component.path, _value(component, self.values.get(name)))
        return data

    def rows(self, component: Component, name: str) -> list[dict[str, Any]]:
        numbers = sorted(self.numbers.get(name, ()))[: MAX_ROWS + 1]
        return [self.level(component.children, f"{name}[{number}]") for number in numbers]


def _value(component: Component, sent: list[str] | None) -> Any:
    if component.type in ("checklist", "taglist", "filepicker"):
        return [value for value in sent or [] if value]
    if component.type == "checkbox":
        return sent is not None and sent[-1] not in ("", "false", "off")
    return sent[-1] if sent else None


def _merge(data: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Puts a value at its path; a group without a path adds its fields to the level it stands in."""
    if not path:
        data.update(value)
        return
    for part in path[:-1]:
        data = data.setdefault(part, {})
    data[path[-1]] = value
