"""What can be told about an expression's values without running it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.feel.builtins import BUILTINS
from engine.feel.data import static_types, temporal_text, values
from engine.feel.errors import Null
from engine.feel.reading import syntax

_KINDS = {
    "Decimal": "number",
    "str": "string",
    "bool": "boolean",
    "Date": "date",
    "Time": "time",
    "DateTime": "date and time",
    "Items": "list",
    "Context": "context",
}
_NONE: Mapping[str, str] = {}


def kind_of(node: syntax.Node, variables: Mapping[str, str] = _NONE) -> str | None:
    """The kind of value that a node makes when it makes one at all; None when that cannot be told.

    `variables` are the kinds of those that are known.
    """
    if isinstance(node, syntax.Name):
        return variables.get(node.name)
    if isinstance(node, syntax.If):
        kinds = {kind_of(node.then, variables), kind_of(node.otherwise, variables)}
        return kinds.pop() if len(kinds) == 1 else None
    if isinstance(node, syntax.Literal):
        return values.kind(node.value)
    if isinstance(node, syntax.AtLiteral):
        return values.kind(_at_value(node))
    if isinstance(node, static_types.BOOLEAN):
        return "boolean"
    if isinstance(node, syntax.ListOf | syntax.For):
        return "list"
    if isinstance(node, syntax.ContextOf):
        return "context"
    if isinstance(node, syntax.Arithmetic):
        kinds = {kind_of(node.first, variables), *(kind_of(operand, variables) for _, _, operand in node.rest)}
        return kinds.pop() if kinds in ({"number"}, {"string"}) else None
    if isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name):
        return _result(node.function.name)
    return None


def _at_value(node: syntax.AtLiteral) -> object:
    try:
        return temporal_text.any_of(node.text)
    except Null:
        return None


def _result(name: str) -> str | None:
    """The kind that every signature of a built-in returns, by its annotation."""
    if name not in BUILTINS:
        return None
    annotations = {signature.call.__annotations__.get("return") for signature in BUILTINS[name].signatures}
    return _KINDS.get(str(annotations.pop())) if len(annotations) == 1 else None


def contradiction(node: syntax.Logical) -> str | None:
    """The name that a chain of `and` wants to equal two different constants, if there is one."""
    wanted: dict[str, object] = {}
    for operand in node.operands if node.operator == "and" else ():
        if isinstance(operand, syntax.Comparison) and operand.operator == "=":
            name, value = operand.left, operand.right
            if not isinstance(name, syntax.Name) or not isinstance(value, syntax.Literal):
                continue
            if wanted.setdefault(name.name, value.value) != value.value:
                return name.name
    return None


def is_empty_range(node: syntax.RangeOf) -> bool:
    """Whether a range of constants starts after its end."""
    low, high = node.low, node.high
    if not isinstance(low, syntax.Literal) or not isinstance(high, syntax.Literal):
        return False
    return (values.order(low.value, high.value) or 0) > 0
