"""The types of expressions as far as their text tells them, and which type conforms to which (DMN 1.5 clause 10.3.2.9)."""

from __future__ import annotations

from engine.feel.data import values
from engine.feel.reading import syntax

_SAME = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
}
BOOLEAN = (syntax.Logical, syntax.Comparison, syntax.Between, syntax.In, syntax.InstanceOf, syntax.Quantified)


def type_of(node: syntax.Node) -> syntax.TypeName | None:
    """The type of an expression's value; None where only running it would tell."""
    if isinstance(node, syntax.ContextOf):
        entries = {key: type_of(value) for key, value in node.entries}
        return syntax.TypeName(node.at, "context", entries={key: entry or _any(node) for key, entry in entries.items()})
    if isinstance(node, syntax.Function):
        return of_function(node)
    if isinstance(node, syntax.Literal) and node.value is not None:
        return syntax.TypeName(node.at, values.kind(node.value))
    return syntax.TypeName(node.at, "boolean") if isinstance(node, BOOLEAN) else None


def of_function(node: syntax.Function) -> syntax.TypeName:
    """The type of a function as its text declares it; a parameter without a type takes anything."""
    arguments = [declared or _any(node) for _, declared in node.parameters]
    return syntax.TypeName(node.at, "function", arguments, result=type_of(node.body))


def _any(node: syntax.Node) -> syntax.TypeName:
    return syntax.TypeName(node.at, "Any")


def conforms(narrow: syntax.TypeName | None, wide: syntax.TypeName | None) -> bool:
    """Whether every value of one type is one of the other; what is unknown is given the benefit of the doubt."""
    if narrow is None or wide is None or "Any" in (narrow.name, wide.name):
        return True
    name = _SAME.get(narrow.name, narrow.name)
    if name != _SAME.get(wide.name, wide.name):
        return False
    if name == "function":
        return _functions(narrow, wide)
    if name == "context":
        mine = narrow.entries or {}
        return all(key in mine and conforms(mine[key], entry) for key, entry in (wide.entries or {}).items())
    return all(map(conforms, narrow.arguments, wide.arguments))


def _functions(narrow: syntax.TypeName, wide: syntax.TypeName) -> bool:
    """A function may take more and must give no more than is asked (contravariant and covariant)."""
    if len(narrow.arguments) != len(wide.arguments):
        return False
    return all(map(conforms, wide.arguments, narrow.arguments)) and conforms(narrow.result, wide.result)
