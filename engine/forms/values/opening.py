"""What a form holds when it is opened: values of the process, defaults, and no tick that is somebody else's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import feel
from engine.forms.evaluate import is_readonly
from engine.forms.schema import Component, Form, is_feel
from engine.forms.scope import FormScope, Level, get, put
from engine.forms.values import confirmations, numeric

CLOCK = ("now", "today")


def initial(form: Form, variables: Mapping[str, Any], scope: FormScope, *, with_defaults: bool = True) -> dict[str, Any]:
    """What the form holds when it is opened: the process's values for its keys, else its defaults.

    Without defaults it holds only what is known: they are suggestions to whoever fills it in, and no facts to others.

    In a step that is done anew moments that come from the clock are those of now: what was done in another round is no fact of this.

    Nothing is ticked that the person in front of it has to confirm himself.
    """
    data: dict[str, Any] = {}
    _fill(form.components, variables, Level(scope, variables), data, with_defaults)
    confirmations.clear(form.components, data, Level(scope, data))
    return data


def _fill(
    components: tuple[Component, ...], source: Mapping[str, Any], level: Level, into: dict[str, Any], with_defaults: bool = True
) -> None:
    for component in components:
        level.visit(component)
        if component.type == "group" and not component.path:
            _fill(component.children, source, level, into, with_defaults)
        elif component.type == "group":
            inner = get(source, component.path)
            filled: dict[str, Any] = {}
            _fill(component.children, inner if isinstance(inner, Mapping) else {}, level, filled, with_defaults)
            put(into, component.path, filled)
        elif component.holds_value and component.type != "expression":
            put(into, component.path, _initial_value(component, source, level, with_defaults))


def _initial_value(component: Component, source: Mapping[str, Any], level: Level, with_defaults: bool) -> Any:
    given = get(source, component.path)
    if not with_defaults:
        return given
    if given is not None:
        return (_of_now(component, level) if level.scope.is_done_anew else None) or given
    if component.type == "dynamiclist":
        return [_row_defaults(component, level) for _ in range(_repetitions(component))]
    return default(component, level)


def _of_now(component: Component, level: Level) -> Any:
    """The moment that a field takes from the clock, where whoever fills the form in enters it; None for any other field."""
    text = str(component.raw.get("defaultValue") or "")
    if component.type != "datetime" or not is_feel(text) or is_readonly(component, level):
        return None
    is_by_clock = any(next(feel.calls(text, each), None) is not None for each in CLOCK)
    return default(component, level) if is_by_clock else None


def default(component: Component, level: Level) -> Any:
    """What a field holds as long as nobody has filled it in; None where that cannot be computed yet."""
    try:
        return _as_typed(component, level.resolve(component.raw.get("defaultValue")))
    except feel.FeelError:
        return None


def _as_typed(component: Component, value: Any) -> Any:
    """A default as a person would have typed it: of FEEL's moments a date field takes the day, or the day and the minute."""
    if component.type != "datetime" or not isinstance(value, str):
        return value
    kind = component.raw.get("subtype", "date")
    length = {"date": len("2026-03-02"), "datetime": len("2026-03-02T09:00"), "time": len("09:00")}.get(kind, len(value))
    return value[:length]


def _row_defaults(component: Component, level: Level) -> dict[str, Any]:
    row: dict[str, Any] = {}
    _fill(component.children, {}, level, row)
    return row


def _repetitions(component: Component) -> int:
    repetitions = numeric.whole(component.raw.get("defaultRepetitions", 1))
    return 1 if repetitions is None else max(0, min(repetitions, 50))


def new_row(component: Component, level: Level) -> dict[str, Any]:
    """An empty row of a dynamic list, with the defaults of its fields."""
    return _row_defaults(component, level)
