"""Lists, contexts and filters (DMN 1.5 clauses 10.3.2.5, 10.3.2.6 and 10.3.1.4)."""

from __future__ import annotations

from decimal import Decimal

from engine.feel.compiling.registry import Evaluate, compiled, compiles
from engine.feel.data import numbers
from engine.feel.errors import Null
from engine.feel.reading import syntax
from engine.feel.run import ExpressionRun
from engine.feel.scope import Scope


@compiles(syntax.ListOf)
def list_of(node: syntax.ListOf) -> Evaluate:
    """`[a, b, c]`."""
    items = [compiled(item) for item in node.items]
    return lambda scope: [item(scope) for item in items]


@compiles(syntax.ContextOf)
def context_of(node: syntax.ContextOf) -> Evaluate:
    """`{a: 1, b: a + 1}`; a later entry sees the earlier ones. Null when a key comes twice."""
    entries = [(key, compiled(value)) for key, value in node.entries]
    unique = len({key for key, _ in entries}) == len(entries)

    def evaluate(scope: Scope) -> object:
        if not unique:
            scope.run.warn(node.at, "A context cannot have the same key twice.")
            return None
        context: dict[str, object] = {}
        inner = Scope(context, scope, scope.run)
        for key, value in entries:
            context[key] = value(inner)
        return context

    return evaluate


@compiles(syntax.Filter)
def filter_(node: syntax.Filter) -> Evaluate:
    """`list[condition]` or `list[position]`; what is no list counts as a list of one."""
    source, condition = compiled(node.source), compiled(node.condition)
    cost = syntax.size(node.condition)

    def evaluate(scope: Scope) -> object:
        value = source(scope)
        if value is None:
            return None
        items = value if type(value) is list else [value]
        first = condition(_item_scope(items[0], scope) if items else scope)
        if type(first) is Decimal:
            return _at_position(items, first, scope.run, node.at)
        scope.run.budget.step(cost * len(items))
        kept = items[:1] if items and first is True else []
        kept.extend(item for item in items[1:] if condition(_item_scope(item, scope)) is True)
        return kept

    return evaluate


def _item_scope(item: object, scope: Scope) -> Scope:
    inner = Scope({"item": item}, scope, scope.run)
    return Scope(item, inner, scope.run) if type(item) is dict else inner


def _at_position(items: list[object], position: Decimal, run: ExpressionRun, at: int) -> object:
    try:
        index = numbers.integer(position)
    except Null:
        index = 0
    if 1 <= index <= len(items):
        return items[index - 1]
    if -len(items) <= index <= -1:
        return items[index]
    run.warn(at, "The list has %(count)s elements, none at position %(position)s.", count=len(items), position=index)
    return None
