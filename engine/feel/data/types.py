"""FEEL's types as predicates: `instance of`, and the types of a function's parameters (clause 10.3.2.9)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from engine.feel.data import static_types
from engine.feel.data.temporal import Date, DateTime, Days, Months, Time
from engine.feel.data.values import Function, Range
from engine.feel.errors import Null
from engine.feel.reading import syntax
from engine.feel.run import ExpressionRun

Predicate = Callable[[object, ExpressionRun], bool]

_CLASSES: dict[str, type] = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "date": Date,
    "time": Time,
    "date and time": DateTime,
    "dateTime": DateTime,
    "days and time duration": Days,
    "dayTimeDuration": Days,
    "years and months duration": Months,
    "yearMonthDuration": Months,
    "list": list,
    "context": dict,
    "range": Range,
    "function": Function,
}
NAMES = frozenset({*_CLASSES, "Any", "Null"})


def predicate(node: syntax.TypeName) -> Predicate:
    """The test of whether a value is an instance of a type; null is one of Null only."""
    if node.name == "Any":
        return lambda value, run: value is not None
    if node.name in ("Null", "null"):
        return lambda value, run: value is None
    of = _CLASSES.get(node.name)
    if of is None:
        return _named(node.name)
    detail = _DETAILS.get(node.name)
    if detail is None or not (node.arguments or node.entries or node.result):
        return lambda value, run: isinstance(value, of)
    inner = detail(node)
    return lambda value, run: isinstance(value, of) and inner(value, run)


def _named(name: str) -> Predicate:
    def test(value: object, run: ExpressionRun) -> bool:
        type_named = run.types.get(name)
        if type_named is None:
            raise Null("There is no type “%(name)s”.", name=name)
        return type_named(value)

    return test


def _list_of(node: syntax.TypeName) -> Predicate:
    item = predicate(node.arguments[0])

    def test(value: object, run: ExpressionRun) -> bool:
        assert isinstance(value, list)
        run.budget.step(len(value))
        return all(entry is None or item(entry, run) for entry in value)

    return test


def _context_of(node: syntax.TypeName) -> Predicate:
    entries = {key: predicate(entry) for key, entry in (node.entries or {}).items()}

    def test(value: object, run: ExpressionRun) -> bool:
        assert isinstance(value, dict)
        return all(key in value and (value[key] is None or of(value[key], run)) for key, of in entries.items())

    return test


def _range_of(node: syntax.TypeName) -> Predicate:
    end = predicate(node.arguments[0])

    def test(value: object, run: ExpressionRun) -> bool:
        assert isinstance(value, Range)
        return all(bound is None or end(bound, run) for bound in (value.low, value.high))

    return test


def _function_of(node: syntax.TypeName) -> Predicate:
    def test(value: object, run: ExpressionRun) -> bool:
        assert isinstance(value, Function)
        if value.declared is not None:
            return static_types.conforms(value.declared, node)
        return len(value.parameters) == len(node.arguments)

    return test


_DETAILS: dict[str, Callable[[syntax.TypeName], Predicate]] = {
    "list": _list_of,
    "context": _context_of,
    "range": _range_of,
    "function": _function_of,
}
