"""Types of DMN variables: item definitions and the implicit conversions (DMN 1.5, 7.3.3 and 10.3.2.9.4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from engine import feel
from engine.feel.data import values

BUILT_IN = {
    "any": "Any",
    "number": "number",
    "integer": "number",
    "long": "number",
    "double": "number",
    "string": "string",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "date and time": "date and time",
    "datetime": "date and time",
    "dateandtime": "date and time",
    "days and time duration": "days and time duration",
    "daytimeduration": "days and time duration",
    "years and months duration": "years and months duration",
    "yearmonthduration": "years and months duration",
    "list": "list",
    "context": "context",
    "function": "function",
    "range": "range",
}
"""Names of types, lower case, as modelling tools write them, and FEEL's name for each."""

# A time of day as a form keeps it; FEEL wants seconds.
_MINUTES = re.compile(r"(?:^|(?<=T))\d\d:\d\d(?=$|[Z@+-])", re.A)

Judge = Callable[[feel.Expression, object], object]
"""Puts a value to unary tests: True when the value passes."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """Allowed values: the tests and their text, which is shown when a value is refused."""

    tests: feel.Expression
    text: str


@dataclass(slots=True, eq=False)
class Type:
    """One type. A collection has `element`, a structure `components`, a function maybe a `result`."""

    name: str
    base: str = "Any"
    element: Type | None = None
    components: dict[str, Type] = field(default_factory=dict)
    constraints: tuple[Constraint, ...] = ()
    result: Type | None = None

    @property
    def is_any(self) -> bool:
        """Whether every value conforms, so that there is nothing to convert."""
        return self.base == "Any" and not self.constraints

    @property
    def kind(self) -> str:
        """FEEL's name of what it is, or of what it is a list of."""
        return self.element.kind if self.element else self.base


ANY = Type("Any")


class NotConforming(Exception):
    """The value is not of the type and cannot be made so."""


def convert(value: object, target: Type, judge: Judge) -> object:
    """The value as one of the type: itself, out of or into a list of one, or a date made date and time.

    One conversion, not several: a list in a list stays one (10.3.2.9.4). Null belongs to every type.
    Raises `NotConforming` when no conversion applies.
    """
    if value is None or target.is_any or conforms(value, target, judge):
        return value
    for candidate in _conversions(value, target):
        if conforms(candidate, target, judge):
            return candidate
    raise NotConforming(target.name)


def _conversions(value: object, target: Type) -> Iterator[object]:
    if isinstance(value, list):
        if len(value) == 1 and value[0] is not None:
            yield value[0]
    elif target.element is not None:
        yield [value]
    if target.base == "date and time" and values.kind(value) == "date":
        yield MIDNIGHT.evaluate({"day": value})


def conforms(value: object, target: Type, judge: Judge) -> bool:
    """Whether the value is of the type as it is, its allowed values included."""
    if not (target.constraints or target.components or target.element):
        return value is None or target.base in ("Any", values.kind(value))
    return is_instance(value, target) and _allowed(value, target, judge)


def is_instance(value: object, target: Type) -> bool:
    """Whether the value is of the type; allowed values do not matter, and a missing component does (10.3.2.9.1)."""
    if value is None:
        return True
    if target.base != "Any" and values.kind(value) != target.base:
        return False
    if isinstance(value, dict) and not target.components.keys() <= value.keys():
        return False
    return all(is_instance(part, wanted) for part, wanted in _parts(value, target))


def _allowed(value: object, target: Type, judge: Judge) -> bool:
    if value is None:
        return True
    if not all(_allowed(part, wanted, judge) for part, wanted in _parts(value, target)):
        return False
    return all(judge(constraint.tests, value) is True for constraint in target.constraints)


def _parts(value: object, target: Type) -> list[tuple[object, Type]]:
    """What a value consists of, each with the type it is to be of."""
    if target.element is not None and isinstance(value, list):
        return [(item, target.element) for item in value]
    if isinstance(value, dict):
        return [(value.get(name), wanted) for name, wanted in target.components.items()]
    return []


def adopt(value: object, target: Type) -> object:
    """A value from outside (JSON) as one of the type, where it can be.

    Numbers are exact. Text becomes the date, time, duration or number that the type asks for: JSON has no dates, and
    forms may keep numbers as text. Components that a form left out are null. Raises `NotConforming` with a text that
    is no date, time, duration or number: without it a rule for whatever is left would take “60000元”.
    """
    return _typed(feel.normalise(value), target)


def _typed(value: object, target: Type) -> object:
    if isinstance(value, str):
        return _read(value, target.base)
    if isinstance(value, list):
        element = target.element or target
        return [_typed(item, element) for item in value]
    if isinstance(value, dict) and target.components:
        return {**dict.fromkeys(target.components), **value} | {
            name: _typed(value[name], wanted) for name, wanted in target.components.items() if name in value
        }
    return value


def _read(text: str, base: str) -> object:
    reading = READINGS.get(base)
    if reading is None:
        return text
    value = reading.evaluate({"text": _MINUTES.sub(r"\g<0>:00", text) if base in ("time", "date and time") else text})
    if value is None:
        raise NotConforming(text)
    return value


MIDNIGHT = feel.compile('date and time(day, time("00:00:00Z"))')
READINGS = {
    "date": feel.compile("date(text)"),
    "time": feel.compile("time(text)"),
    "date and time": feel.compile("date and time(text)"),
    "days and time duration": feel.compile("duration(text)"),
    "years and months duration": feel.compile("duration(text)"),
    "number": feel.compile("number(text)"),
}
"""How a text from outside is read where its type is another."""
