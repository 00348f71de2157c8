"""What a choice component offers: written down, taken from the data, or computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.forms.schema import Component
from engine.forms.scope import Level, get


@dataclass(frozen=True)
class Option:
    """One choice: the value that is stored and the label that is shown."""

    value: Any
    label: str

    def matches(self, value: Any) -> bool:
        """Whether a typed or sent value means this option; a page sends every value as text."""
        return value == self.value or (isinstance(value, str) and value == self.text)

    @property
    def text(self) -> str:
        """The value as a page's field carries it."""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return str(self.value)


def options(component: Component, level: Level) -> tuple[Option, ...]:
    """The options of a choice component here, in order, without repeats."""
    raw = component.raw
    if raw.get("valuesExpression"):
        offered = level.evaluate(raw["valuesExpression"])
    elif raw.get("valuesKey"):
        offered = get(level.context(), tuple(str(raw["valuesKey"]).split(".")))
    else:
        offered = raw.get("values")
    if not isinstance(offered, list):
        return ()
    seen = {option.text: option for option in map(_option, reversed(offered)) if option is not None}
    return tuple(reversed(seen.values()))


def _option(entry: Any) -> Option | None:
    if isinstance(entry, Mapping):
        value = entry.get("value")
        return None if value is None else Option(value, str(entry.get("label") or value))
    return None if entry is None else Option(entry, str(entry))
