"""`for`, `some`, `every` (DMN 1.5 clauses 10.3.2.14 and 10.3.2.15)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from engine.feel.compiling.registry import Evaluate, compiled, compiles
from engine.feel.data import numbers, temporal
from engine.feel.data.temporal import Date
from engine.feel.data.values import Range
from engine.feel.errors import Null
from engine.feel.reading import syntax
from engine.feel.scope import Scope

_Source = Callable[[Scope], Iterable[object]]


@compiles(syntax.For)
def for_(node: syntax.For) -> Evaluate:
    """`for x in list, y in 1..3 return …`; `partial` is the list of the results so far."""
    iterators = [(part.name, _source(part)) for part in node.iterators]
    body, cost = compiled(node.body), syntax.size(node.body)
    asks_partial = any(isinstance(n, syntax.Name) and n.name == "partial" for n in syntax.every(node.body))

    def evaluate(scope: Scope) -> object:
        results: list[object] = []
        budget = scope.run.budget
        for inner in _scopes(iterators, 0, scope):
            budget.step(cost)
            if asks_partial:
                budget.step(len(results))
                inner.values["partial"] = list(results)
            results.append(body(inner))
        return results

    return _null_safe(evaluate, node.at)


@compiles(syntax.Quantified)
def quantified(node: syntax.Quantified) -> Evaluate:
    """`some x in list satisfies …`, `every …`: three-valued, decided as early as possible."""
    iterators = [(part.name, _source(part)) for part in node.iterators]
    condition, cost = compiled(node.condition), syntax.size(node.condition)
    deciding = not node.every

    def evaluate(scope: Scope) -> object:
        result: bool | None = not deciding
        for inner in _scopes(iterators, 0, scope):
            scope.run.budget.step(cost)
            value = condition(inner)
            if value is deciding:
                return deciding
            if type(value) is not bool:
                result = None
        return result

    return _null_safe(evaluate, node.at)


def _null_safe(evaluate: Evaluate, at: int) -> Evaluate:
    def safe(scope: Scope) -> object:
        try:
            return evaluate(scope)
        except Null as null:
            scope.run.warn(at, null.message, **null.values)
            return None

    return safe


def _scopes(iterators: list[tuple[str, _Source]], index: int, scope: Scope) -> Iterator[Scope]:
    """A scope for every combination; a later iterator sees the earlier ones' values."""
    name, source = iterators[index]
    for value in source(scope):
        scope.run.budget.step()
        inner = Scope({name: value}, scope, scope.run)
        if index + 1 == len(iterators):
            yield inner
        else:
            yield from _scopes(iterators, index + 1, inner)


def _source(node: syntax.Iterator) -> _Source:
    low = compiled(node.source)
    if node.high is None:
        return lambda scope: iterate(low(scope))
    high = compiled(node.high)
    return lambda scope: _between(low(scope), high(scope))


def iterate(value: object) -> Iterable[object]:
    """What `for` goes through: a list, the integers or days of a range, or one value; raises Null for null.

    A range may be endless for all practical purposes: take steps from the budget while going through.
    """
    if type(value) is list:
        return value
    if value is None:
        raise Null("There is nothing to iterate over.")
    if isinstance(value, Range):
        return _between(value.low, value.high, value.low_closed, value.high_closed)
    return [value]


def _between(low: object, high: object, with_low: bool = True, with_high: bool = True) -> Iterable[object]:
    """Integers or days from one end to the other, upwards or downwards."""
    if isinstance(low, Date) and isinstance(high, Date):
        return map(temporal.date_of, _count(low.day_number, high.day_number, with_low, with_high))
    if isinstance(low, Decimal) and isinstance(high, Decimal):
        return map(Decimal, _count(numbers.integer(low), numbers.integer(high), with_low, with_high))
    raise Null("Only whole numbers and dates can be counted through.")


def _count(low: int, high: int, with_low: bool, with_high: bool) -> range:
    counted = range(low, high + 1) if low <= high else range(low, high - 1, -1)
    return counted[not with_low : len(counted) - (not with_high)]
