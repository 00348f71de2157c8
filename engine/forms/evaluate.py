"""Settles a form for given data: what is hidden, what is computed, what is kept; the same for page and API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine import feel
from engine.forms.schema import Component, Form
from engine.forms.scope import FormScope, Level, get, put

MAX_PASSES = 8


def is_hidden(component: Component, level: Level) -> bool:
    """Whether the component's condition hides it here; a condition that fails shows it."""
    if component.hide is None:
        return False
    try:
        return level.evaluate(component.hide) is True
    except feel.FeelError:
        return False


def is_readonly(component: Component, level: Level) -> bool:
    """Whether the field may only be looked at here."""
    try:
        return level.resolve(component.raw.get("readonly")) is True
    except feel.FeelError:
        return True


def settle(form: Form, data: Mapping[str, Any], scope: FormScope) -> dict[str, Any]:
    """The data without what is hidden and with what is computed, repeated until nothing changes any more.

    A hidden value must not feed another condition, so one pass is not enough.
    """
    current = dict(data)
    for _ in range(MAX_PASSES):
        following = _level(form.components, current, Level(scope, current), _keep)
        if following == current:
            break
        current = following
    return current


Visit = Callable[[Component, Any, Level], Any]
ABSENT = object()


def _keep(component: Component, value: Any, level: Level) -> Any:
    return value


def _level(components: tuple[Component, ...], data: Mapping[str, Any], level: Level, visit: Visit) -> dict[str, Any]:
    result: dict[str, Any] = {}
    _collect(components, data, level, visit, result)
    return result


def _collect(
    components: tuple[Component, ...], data: Mapping[str, Any], level: Level, visit: Visit, into: dict[str, Any]
) -> None:
    for component in components:
        level.visit(component)
        if is_hidden(component, level):
            continue
        if component.type == "group":
            _collect_group(component, data, level, visit, into)
        elif component.type == "expression":
            put(into, component.path, computed(component, level))
        elif component.type == "dynamiclist":
            put(into, component.path, rows(component, data, level, visit))
        elif component.holds_value:
            value = visit(component, get(data, component.path) if _has(data, component.path) else ABSENT, level)
            if value in (ABSENT, None, "") and (said := agreed(component, level)):
                value = said
            if value is not ABSENT:
                put(into, component.path, value)


def _collect_group(component: Component, data: Mapping[str, Any], level: Level, visit: Visit, into: dict[str, Any]) -> None:
    if not component.path:
        _collect(component.children, data, level, visit, into)
        return
    inner = get(data, component.path)
    inner = inner if isinstance(inner, Mapping) else {}
    put(into, component.path, _level(component.children, inner, Level(level.scope, inner, level), visit))


def rows(component: Component, data: Mapping[str, Any], level: Level, visit: Visit = _keep) -> list[dict[str, Any]]:
    """The rows of a dynamic list, each settled in its own level."""
    given = get(data, component.path)
    given = given if isinstance(given, list) else []
    settled = []
    for index, row in enumerate(given):
        row = row if isinstance(row, Mapping) else {}
        settled.append(_level(component.children, row, Level(level.scope, row, level, index), visit))
    return settled


def computed(component: Component, level: Level) -> Any:
    """The value of an expression component; None where it cannot be computed yet."""
    try:
        return level.resolve(component.raw.get("expression"))
    except feel.FeelError:
        return None


def agreed(component: Component, level: Level) -> str:
    """What a text field must say, as something else that was filled in says it already; empty where nothing does yet."""
    try:
        said = level.resolve(component.agrees_with)
    except feel.FeelError:
        return ""
    return said if isinstance(said, str) else ""


def _has(data: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    holder = get(data, path[:-1]) if len(path) > 1 else data
    return isinstance(holder, Mapping) and path[-1] in holder
