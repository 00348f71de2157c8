"""Arithmetic over numbers, texts, times and durations (DMN 1.5 clause 10.3.2.12)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DecimalException

from engine.feel.compiling.registry import Evaluate, compiled, compiles
from engine.feel.data import arithmetic, numbers
from engine.feel.data.values import kind
from engine.feel.errors import Null
from engine.feel.reading import syntax
from engine.feel.run import ExpressionRun
from engine.feel.scope import Scope

_NUMERIC: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": numbers.CONTEXT.add,
    "-": numbers.CONTEXT.subtract,
    "*": numbers.CONTEXT.multiply,
    "/": numbers.CONTEXT.divide,
    "**": numbers.CONTEXT.power,
}
# Steps that these take beside their node: to 34 digits a power is slow, and so is a zone's offset from UTC.
_POWER, _MOMENT = 10, 5


@compiles(syntax.Arithmetic)
def chain(node: syntax.Arithmetic) -> Evaluate:
    """`a + b - c`, left to right; null as soon as one step is null."""
    first = compiled(node.first)
    steps = [(at, operator, _NUMERIC[operator], compiled(operand)) for at, operator, operand in node.rest]
    powers = _POWER * sum(operator == "**" for _, operator, _ in node.rest)

    def evaluate(scope: Scope) -> object:
        if powers:
            scope.run.budget.step(powers)
        left = first(scope)
        for at, operator, exact, operand in steps:
            right = operand(scope)
            try:
                if type(left) is Decimal and type(right) is Decimal:
                    left = exact(left, right)
                else:
                    left = _combined(operator, left, right, scope.run)
            except DecimalException:
                scope.run.warn(at, "This has no result within 34 digits: %(sum)s.", sum=_shown(left, operator, right))
                left = None
            except Null as null:
                scope.run.warn(at, null.message, **null.values)
                left = None
        return left

    return evaluate


def _shown(left: object, operator: str, right: object) -> str:
    return f"{left} {operator} {right}"


def _combined(operator: str, left: object, right: object, run: ExpressionRun) -> object:
    if operator == "+" and type(left) is str and type(right) is str:
        run.budget.store(len(left) + len(right))
        return left + right
    operation = arithmetic.TABLE.get((operator, type(left), type(right)))
    if operation is None:
        raise Null(
            "“%(operator)s” does not work on a %(left)s and a %(right)s.", operator=operator, left=kind(left), right=kind(right)
        )
    run.budget.step(_MOMENT)
    return operation(left, right)


@compiles(syntax.Negation)
def negation(node: syntax.Negation) -> Evaluate:
    """`-x` of a number or a duration."""
    operand = compiled(node.operand)

    def evaluate(scope: Scope) -> object:
        value = operand(scope)
        if type(value) is Decimal:
            return numbers.CONTEXT.minus(value)
        negated = arithmetic.negated(value)
        if negated is None:
            scope.run.warn(node.at, "“-” does not work on a %(kind)s.", kind=kind(value))
        return negated

    return evaluate
