"""The values of FEEL beside numbers and times, how they compare, and how Python's values become them."""

from __future__ import annotations

import datetime as python
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.feel.budget import Budget
from engine.feel.data import numbers, temporal
from engine.feel.data.temporal import SECOND, Date, DateTime, Days, Months, Time
from engine.feel.errors import Null

if TYPE_CHECKING:
    from engine.feel.reading import syntax
    from engine.feel.run import ExpressionRun

Context = dict[str, object]


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; `operator` is set for one that a unary test makes (`> 5`), which may be open-ended."""

    low: object
    high: object
    low_closed: bool
    high_closed: bool
    operator: str | None = None


class Function:
    """A function value: a built-in, one defined in the text, a knowledge model, or a lookup of the engine.

    `call` receives the run and the arguments in the order of `parameters`, null where one was left out. `declared` is
    its type as far as its text tells it. `also` are further names that parameters may be given by.
    """

    __slots__ = ("also", "call", "declared", "name", "parameters", "required")

    def __init__(
        self,
        name: str,
        parameters: tuple[str, ...],
        call: Callable[[ExpressionRun, list[object]], object],
        required: int | None = None,
        declared: syntax.TypeName | None = None,
        also: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.call = call
        self.required = len(parameters) if required is None else required
        self.declared = declared
        self.also = also or {}

    def invoke(self, run: ExpressionRun, arguments: list[object], names: list[str] | None = None) -> object:
        """Call with positional or named arguments; raises Null when they do not fit."""
        return self.call(run, self.bound(arguments, names))

    def bound(self, arguments: list[object], names: list[str] | None) -> list[object]:
        """The arguments in the order of the parameters."""
        if names is not None:
            given = dict(zip((self.also.get(name, name) for name in names), arguments, strict=True))
            if not given.keys() <= set(self.parameters) or not given.keys() >= set(self.parameters[: self.required]):
                raise Null("%(name)s has no such parameters.", name=self.name)
            return [given.get(parameter) for parameter in self.parameters]
        if not self.required <= len(arguments) <= len(self.parameters):
            raise Null("%(name)s does not take %(count)s arguments.", name=self.name, count=len(arguments))
        return [*arguments, *[None] * (len(self.parameters) - len(arguments))]


KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    Decimal: "number",
    str: "string",
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    Months: "years and months duration",
    Days: "days and time duration",
    list: "list",
    dict: "context",
    Range: "range",
    Function: "function",
}
_SIMPLE = frozenset({bool, Decimal, str, Date, Months, Days})


def kind(value: object) -> str:
    """The name of a value's type, as FEEL calls it."""
    return KINDS.get(type(value), "function")


def equal(left: object, right: object, budget: Budget | None = None) -> bool | None:
    """Equality (clause 10.3.2.13, table 53): None (null) when the kinds differ and neither is null."""
    if left is None or right is None:
        return left is right
    of = type(left)
    if of is not type(right):
        left, right = alike(left, right)
        return None if type(left) is not type(right) else order(left, right) == 0
    if of in _SIMPLE:
        return bool(left == right)
    compare = _EQUALS.get(of)
    return compare(left, right, budget or Budget()) if compare else left is right


def alike(left: object, right: object) -> tuple[object, object]:
    """A date beside a date and time becomes one too, of midnight in UTC (clause 10.3.2.3.5); all else stays."""
    if type(left) is Date and type(right) is DateTime:
        return DateTime(left, Time(0, 0)), right
    if type(left) is DateTime and type(right) is Date:
        return left, DateTime(right, Time(0, 0))
    return left, right


def _equal_lists(left: list[object], right: list[object], budget: Budget) -> bool:
    budget.step(len(left) + 1)
    return len(left) == len(right) and all(equal(a, b, budget) for a, b in zip(left, right, strict=True))


def _equal_contexts(left: Context, right: Context, budget: Budget) -> bool:
    budget.step(len(left) + 1)
    return left.keys() == right.keys() and all(equal(left[key], right[key], budget) for key in left)


def _equal_ranges(left: Range, right: Range, budget: Budget) -> bool:
    shape = (left.low_closed, left.high_closed, left.operator)
    if shape != (right.low_closed, right.high_closed, right.operator):
        return False
    return bool(equal(left.low, right.low, budget)) and bool(equal(left.high, right.high, budget))


def _equal_moments(left: Time | DateTime, right: Time | DateTime, budget: Budget) -> bool:
    return order(left, right) == 0


_EQUALS: dict[type, Callable[..., bool]] = {
    list: _equal_lists,
    dict: _equal_contexts,
    Range: _equal_ranges,
    Time: _equal_moments,
    DateTime: _equal_moments,
}


def order(left: object, right: object) -> int | None:
    """-1, 0 or 1; None when the two cannot be ordered (clause 10.3.2.13, table 54).

    Times compare to the second, as the standard has it.
    """
    of = type(left)
    if of is not type(right):
        left, right = alike(left, right)
        of = type(left)
    if of is not type(right) or of not in _KEYS:
        return None
    if of is Time or of is DateTime:
        assert isinstance(left, Time | DateTime) and isinstance(right, Time | DateTime)
        if _is_local(left) != _is_local(right):
            return None
    key = _KEYS[of]
    a, b = key(left), key(right)
    return int(a > b) - int(a < b)


def _is_local(value: Time | DateTime) -> bool:
    return value.is_local if isinstance(value, Time) else value.time.is_local


_KEYS: dict[type, Callable[..., Any]] = {
    Decimal: lambda v: v,
    str: lambda v: v,
    Date: lambda v: (v.year, v.month, v.day),
    Time: lambda v: v.nanos // SECOND - temporal.time_offset(v),
    DateTime: lambda v: v.instant // SECOND,
    Months: lambda v: v.months,
    Days: lambda v: v.nanos,
}


def contains(range_: Range, value: object, budget: Budget) -> bool | None:
    """Whether a value lies in a range; None (null) when the two cannot be compared."""
    if range_.operator in ("=", "!="):
        same = equal(range_.low, value, budget)
        return same if same is None or range_.operator == "=" else not same
    above, below = _above(range_, value), _below(range_, value)
    if above is False or below is False:
        return False
    return None if above is None or below is None else True


def _above(range_: Range, value: object) -> bool | None:
    if range_.operator in ("<", "<="):
        return True
    compared = order(value, range_.low)
    return None if compared is None else compared > 0 or (compared == 0 and range_.low_closed)


def _below(range_: Range, value: object) -> bool | None:
    if range_.operator in (">", ">="):
        return True
    compared = order(value, range_.high)
    return None if compared is None else compared < 0 or (compared == 0 and range_.high_closed)


def hashed(value: Any, budget: Budget) -> object:
    """A key that two values share when, and only when, they are equal."""
    budget.step()
    of = type(value)
    if of is list:
        return (of, tuple(hashed(item, budget) for item in value))
    if of is dict:
        return (of, frozenset((key, hashed(entry, budget)) for key, entry in value.items()))
    if of is Range:
        ends = (hashed(value.low, budget), hashed(value.high, budget))
        return (of, ends, value.low_closed, value.high_closed, value.operator)
    if of is Date:
        return hashed(DateTime(value, Time(0, 0)), budget)
    if of is Time or of is DateTime:
        return (of, _is_local(value), _KEYS[of](value))
    return (of, value)


def normalise(value: object) -> object:
    """A value from Python as FEEL's: exact decimals, plain lists and contexts, FEEL's temporal types.

    Anything that FEEL has no type for becomes null, so that no object's insides can be reached.
    """
    of = type(value)
    if of in _KEPT:
        return value
    convert = _CONVERSIONS.get(of)
    return convert(value) if convert else _by_base(value)


def _by_base(value: object) -> object:
    for base, convert in _BASES:
        if isinstance(value, base):
            return convert(value)
    return None


def _context(value: Mapping[object, object]) -> Context:
    return {str(key): normalise(entry) for key, entry in value.items()}


def _decimal(value: Decimal) -> Decimal | None:
    return numbers.CONTEXT.plus(value) if value.is_finite() else None


_KEPT = frozenset({type(None), bool, str, Date, Time, DateTime, Months, Days, Range, Function})
_CONVERSIONS: dict[type, Callable[..., object]] = {
    Decimal: _decimal,
    int: lambda v: numbers.literal(str(v)) if v.bit_length() < 14_000 else None,
    float: numbers.from_float,
    list: lambda v: [normalise(item) for item in v],
    dict: _context,
}
_BASES: tuple[tuple[type | tuple[type, ...], Callable[..., object]], ...] = (
    (Function, lambda v: v),
    (str, lambda v: str.__str__(v)),
    (int, lambda v: numbers.literal(str(int(v)))),
    (Decimal, _decimal),
    (float, lambda v: numbers.from_float(float(v))),
    ((python.datetime, python.date, python.time, python.timedelta), temporal.from_python),
    (Mapping, _context),
    ((list, tuple), lambda v: [normalise(item) for item in v]),
)


def size(value: object) -> int:
    """How many values there are in a value, lists and contexts within it included."""
    if type(value) is list:
        return 1 + sum(map(size, value))
    return 1 + sum(map(size, value.values())) if type(value) is dict else 1


def to_python(value: object) -> object:
    """FEEL's value with Python's own temporal types where they can hold it, through lists and contexts."""
    if isinstance(value, list):
        return [to_python(item) for item in value]
    if isinstance(value, dict):
        return {key: to_python(entry) for key, entry in value.items()}
    return temporal.to_python(value)
