"""What a choice component offers: written down, taken from the data, or computed; a long list is searched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.basics.letters import pinyin
from engine.forms.schema import MAX_SHOWN, Component
from engine.forms.scope import Level, get
from engine.forms.values.choosing import Choosing

LONG = 15


@dataclass(frozen=True)
class Option:
    """One choice: the value that is stored and the label that is shown; `note` matters to who chooses somebody to act."""

    value: Any
    label: str
    note: str = ""

    def matches(self, value: Any) -> bool:
        """Whether a typed or sent value means this option; a page sends every value as text."""
        return value == self.value or (isinstance(value, str) and value == self.text)

    @property
    def text(self) -> str:
        """The value as a page's field carries it."""
        return _text(self.value)


@dataclass(frozen=True)
class OfferedOptions:
    """What a page shows of a component's options: `is_long` when it is worth a search, `is_cut` when there are more."""

    options: tuple[Option, ...] = ()
    is_long: bool = False
    is_cut: bool = False
    text: str = ""


NOTHING = OfferedOptions()


def options(component: Component, level: Level, chosen: Any) -> tuple[Option, ...]:
    """The options against which `chosen` (a value or a list of them) is held: of a source too long to list, only those."""
    return _options(component, level, _values(chosen), None)[0]


def offer(component: Component, level: Level, chosen: Any, text: str) -> OfferedOptions:
    """What is shown: the options that are chosen, and the first that fit what was typed to find one."""
    values = _values(chosen)
    offered, asked = _options(component, level, values, text)
    kept = [option for option in offered if any(map(option.matches, values))]
    fitting = [option for option in offered if option not in kept and (asked.is_used or pinyin.matches(option.label, text))]
    shown = {*kept, *fitting[:MAX_SHOWN]}
    is_cut = asked.is_cut or len(fitting) > MAX_SHOWN
    is_long = len(offered) > LONG or asked.is_cut or bool(text)
    return OfferedOptions(tuple(option for option in offered if option in shown), is_long, is_cut, text)


def _options(component: Component, level: Level, chosen: list[Any], text: str | None) -> tuple[tuple[Option, ...], Choosing]:
    """The options in order, without repeats, and how a look-up answered that was asked for them."""
    asked = getattr(level.scope.functions, "choosing", None) or Choosing()
    with asked.asking(map(_text, chosen), text):
        offered = _offered(component, level)
    if not isinstance(offered, list):
        return (), asked
    seen = {option.text: option for option in map(_option, reversed(offered)) if option is not None}
    return tuple(reversed(seen.values())), asked


def _offered(component: Component, level: Level) -> Any:
    raw = component.raw
    if raw.get("valuesExpression"):
        return level.evaluate(raw["valuesExpression"])
    if raw.get("valuesKey"):
        return get(level.context(), tuple(str(raw["valuesKey"]).split(".")))
    return raw.get("values")


def _values(chosen: Any) -> list[Any]:
    values = chosen if isinstance(chosen, list) else [chosen]
    return [each for each in values if each is not None and each != "" and not isinstance(each, (dict, list))]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _option(entry: Any) -> Option | None:
    if isinstance(entry, Mapping):
        value = entry.get("value")
        return None if value is None else Option(value, str(entry.get("label") or value), str(entry.get("note") or ""))
    return None if entry is None else Option(entry, str(entry))
