"""Literals, names, paths and properties (DMN 1.5 clauses 10.3.2.5 and 10.3.2.15)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from engine.feel.compiling.registry import Evaluate, compiled, compiles
from engine.feel.data import temporal_text
from engine.feel.data.temporal import DAY, SECOND, Date, DateTime, Days, Months, Time
from engine.feel.data.values import Range, kind
from engine.feel.errors import Null
from engine.feel.reading import syntax
from engine.feel.run import ExpressionRun
from engine.feel.scope import MISSING, Scope


@compiles(syntax.Literal)
def literal(node: syntax.Literal) -> Evaluate:
    """A constant."""
    value = node.value
    return lambda scope: value


@compiles(syntax.AtLiteral)
def at_literal(node: syntax.AtLiteral) -> Evaluate:
    """`@"…"`, read once."""
    try:
        value = temporal_text.any_of(node.text)
    except Null as null:
        message, details = null.message, null.values
        return lambda scope: scope.run.warn(node.at, message, **details)
    return lambda scope: value


@compiles(syntax.Name)
def name(node: syntax.Name) -> Evaluate:
    """A name: the innermost scope that holds it."""
    key = node.name

    def evaluate(scope: Scope) -> object:
        value = scope.values.get(key, MISSING)
        if value is MISSING:
            value = scope.find(key)
            if value is MISSING:
                scope.run.warn(node.at, "There is no “%(name)s”.", name=key)
                return None
        return value

    return evaluate


@compiles(syntax.Path)
def path(node: syntax.Path) -> Evaluate:
    """`source.name`; over a list, the list of what each element has."""
    source, key = compiled(node.source), node.name

    def evaluate(scope: Scope) -> object:
        value = source(scope)
        if type(value) is dict:
            entry = value.get(key, MISSING)
            if entry is not MISSING:
                return entry
        return member(value, key, scope.run, node.at)

    return evaluate


def member(value: object, key: str, run: ExpressionRun, at: int) -> object:
    """The entry, property or list of entries called `key`; null with a warning when there is none."""
    if type(value) is list:
        run.budget.step(len(value))
        return [member(item, key, run, at) for item in value]
    if type(value) is dict:
        entry = value.get(key, MISSING)
    else:
        properties = PROPERTIES.get(type(value), {})
        entry = properties[key](value) if key in properties else MISSING
    if entry is MISSING:
        if value is not None:
            run.warn(at, "A %(kind)s has no “%(name)s”.", kind=kind(value), name=key)
        return None
    return entry


def _days(value: Days, unit: int, within: int | None) -> Decimal:
    count = abs(value.nanos) // unit
    return Decimal((count if within is None else count % within) * (-1 if value.nanos < 0 else 1))


def _months(value: Months, years: bool) -> Decimal:
    count = abs(value.months) // 12 if years else abs(value.months) % 12
    return Decimal(-count if value.months < 0 else count)


def _offset(value: Time) -> Days | None:
    return None if value.offset is None else Days(value.offset * SECOND)


def _moment_offset(value: DateTime) -> Days | None:
    offset = value.utc_offset
    return None if offset is None else Days(offset * SECOND)


_DATE: dict[str, Callable[..., object]] = {
    "year": lambda v: Decimal(v.year),
    "month": lambda v: Decimal(v.month),
    "day": lambda v: Decimal(v.day),
    "weekday": lambda v: Decimal(v.weekday),
}
_TIME: dict[str, Callable[..., object]] = {
    "hour": lambda v: Decimal(v.hour),
    "minute": lambda v: Decimal(v.minute),
    "second": lambda v: Decimal(v.second),
    "time offset": _offset,
    "timezone": lambda v: v.zone,
}


def _of(part: str, read: Callable[..., object]) -> Callable[..., object]:
    return lambda v: read(getattr(v, part))


PROPERTIES: dict[type, dict[str, Callable[..., object]]] = {
    Date: _DATE,
    Time: _TIME,
    DateTime: {
        **{key: _of("date", read) for key, read in _DATE.items()},
        **{key: _of("time", read) for key, read in _TIME.items()},
        "time offset": _moment_offset,
    },
    Months: {"years": lambda v: _months(v, True), "months": lambda v: _months(v, False)},
    Days: {
        "days": lambda v: _days(v, DAY, None),
        "hours": lambda v: _days(v, 3600 * SECOND, 24),
        "minutes": lambda v: _days(v, 60 * SECOND, 60),
        "seconds": lambda v: _days(v, SECOND, 60),
    },
    Range: {
        "start": lambda v: v.low,
        "end": lambda v: v.high,
        "start included": lambda v: v.low_closed,
        "end included": lambda v: v.high_closed,
    },
}
