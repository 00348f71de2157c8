"""Comparison, ranges, `in`, `between`, unary tests and three-valued logic (clauses 10.3.2.7 to 10.3.2.13)."""

from __future__ import annotations

import operator as operators
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel.compiling.registry import Evaluate, compiled, compiles
from engine.feel.data import types
from engine.feel.data.values import Range, contains, equal, kind, order
from engine.feel.errors import Null
from engine.feel.reading import syntax
from engine.feel.run import ExpressionRun
from engine.feel.scope import MISSING, Scope

_CANNOT = "A %(left)s cannot be compared with a %(right)s."


@compiles(syntax.Logical)
def logical(node: syntax.Logical) -> Evaluate:
    """`and`, `or`: what is no boolean counts as null; the deciding value wins over null."""
    operands = [compiled(operand) for operand in node.operands]
    deciding = node.operator == "or"
    other = not deciding

    def evaluate(scope: Scope) -> object:
        result: bool | None = other
        for operand in operands:
            value = operand(scope)
            if value is deciding:
                return deciding
            if value is not other:
                result = None
        return result

    return evaluate


@compiles(syntax.Comparison)
def comparison(node: syntax.Comparison) -> Evaluate:
    """`=`, `!=`, `<`, `<=`, `>`, `>=`; null when the kinds cannot be compared."""
    left, right = compiled(node.left), compiled(node.right)
    if node.operator in ("=", "!="):
        is_null_asked = not node.in_cell or _writes_null(node.left) or _writes_null(node.right)
        return _equality(left, right, node.operator == "=", is_null_asked, node.at)
    passes = ORDERS[node.operator]

    def evaluate(scope: Scope) -> object:
        a, b = left(scope), right(scope)
        if type(a) is Decimal and type(b) is Decimal:
            return passes(a, b)
        compared = order(a, b)
        if compared is None:
            scope.run.warn(node.at, _CANNOT, left=kind(a), right=kind(b))
            return None
        return passes(compared, 0)

    return evaluate


def _equality(left: Evaluate, right: Evaluate, wanted: bool, is_null_asked: bool, at: int) -> Evaluate:
    def evaluate(scope: Scope) -> object:
        a, b = left(scope), right(scope)
        of = type(a)
        if of is type(b) and (of is str or of is Decimal or of is bool):
            return (a == b) is wanted
        if a is None and b is None and not is_null_asked:
            return None
        same = equal(a, b, scope.run.budget)
        if same is None:
            scope.run.warn(at, _CANNOT, left=kind(a), right=kind(b))
            return None
        return same is wanted

    return evaluate


ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}


@compiles(syntax.Between)
def between(node: syntax.Between) -> Evaluate:
    """`x between a and b`, both ends included."""
    value, low, high = compiled(node.value), compiled(node.low), compiled(node.high)

    def evaluate(scope: Scope) -> object:
        x = value(scope)
        above, below = order(x, low(scope)), order(x, high(scope))
        if above is None or below is None:
            scope.run.warn(node.at, "“between” needs three values of one kind.")
            return None
        return above >= 0 and below <= 0

    return evaluate


@compiles(syntax.In)
def in_(node: syntax.In) -> Evaluate:
    """`x in test` or `x in (test, test)`."""
    value = compiled(node.value)
    tests = [(cell_test if node.in_cell else test)(part) for part in node.tests]

    def evaluate(scope: Scope) -> object:
        x = value(scope)
        inner = Scope({"?": x}, scope, scope.run)
        return any_passes(tests, x, inner)

    return evaluate


@compiles(syntax.InstanceOf)
def instance_of(node: syntax.InstanceOf) -> Evaluate:
    """`x instance of type`."""
    value, is_instance = compiled(node.value), types.predicate(node.type)

    def evaluate(scope: Scope) -> object:
        try:
            return is_instance(value(scope), scope.run)
        except Null as null:
            scope.run.warn(node.at, null.message, **null.values)
            return None

    return evaluate


def range_fault(low: object, high: object, low_closed: bool, high_closed: bool) -> str | None:
    """Why two ends make no range: two kinds, null where it is closed, or the start after the end (10.3.2.7)."""
    if low is None or high is None:
        is_open = not (low is None and (low_closed or high is None)) and not (high is None and high_closed)
        return None if is_open else "A range needs two ends of one kind."
    compared = order(low, high) if type(low) is type(high) else None
    if compared is None:
        return "A range needs two ends of one kind."
    return "Nothing lies in this range: its start is after its end." if compared > 0 else None


@compiles(syntax.RangeOf)
def range_of(node: syntax.RangeOf) -> Evaluate:
    """`[a..b)`; null when the ends are of two kinds or in the wrong order, or when a closed end is null."""
    low, high = compiled(node.low), compiled(node.high)

    def evaluate(scope: Scope) -> object:
        a, b = low(scope), high(scope)
        fault = range_fault(a, b, node.low_closed, node.high_closed)
        if fault is None:
            return Range(a, b, node.low_closed, node.high_closed)
        scope.run.warn(node.at, fault)
        return None

    return evaluate


@compiles(syntax.Test)
def test_value(node: syntax.Test) -> Evaluate:
    """A unary test as a value: the range of what passes it."""
    operand = compiled(node.operand)
    return lambda scope: open_range(node.operator, operand(scope))


def open_range(operator: str, value: object) -> Range:
    """The range of what passes a unary test; `range("[2..)")` makes the same one as `>= 2`."""
    if operator in ("=", "!="):
        return Range(value, value, operator == "=", operator == "=", operator)
    if operator in ("<", "<="):
        return Range(None, value, False, operator == "<=", operator)
    return Range(value, None, operator == ">=", False, operator)


Passes = Callable[[object, Scope], bool | None]


def any_passes(tests: list[Passes], value: object, scope: Scope) -> bool | None:
    """Whether a value passes one of the tests; null when none passes and one cannot be decided."""
    result: bool | None = False
    for passes in tests:
        passed = passes(value, scope)
        if passed is True:
            return True
        if passed is None:
            result = None
    return result


def test(node: syntax.Node) -> Passes:
    """A unary test as a function of the value under test."""
    if isinstance(node, syntax.Literal):
        return _literal_test(node.value)
    if isinstance(node, syntax.RangeOf) and (passes := _numeric_range_test(node)):
        return passes
    evaluate, judge = compiled(_asked_for(node)), _judge(node)
    return lambda value, scope: judge(value, evaluate(scope), scope)


Judge = Callable[[object, object, Scope], bool | None]


def _asked_for(node: syntax.Node) -> syntax.Node:
    """What a test holds the value against."""
    return node.operand if isinstance(node, syntax.Test) else node


def _judge(node: syntax.Node) -> Judge:
    """How a test decides between the value and what it is held against."""
    if isinstance(node, syntax.Test):
        return _equals(node.operator == "=") if node.operator in ("=", "!=") else _compares(node)
    is_range, asks = isinstance(node, syntax.RangeOf), uses_input(node)

    def judge(value: object, other: object, scope: Scope) -> bool | None:
        if other is None and is_range:
            return None
        if type(other) is bool and (asks or type(value) is not bool):
            return other
        return _matches(value, other, scope.run)

    return judge


def _equals(wanted: bool) -> Judge:
    def judge(value: object, other: object, scope: Scope) -> bool | None:
        same = equal(value, other, scope.run.budget)
        return same if same is None else same is wanted

    return judge


def _compares(node: syntax.Test) -> Judge:
    within = ORDERS[node.operator]

    def judge(value: object, bound: object, scope: Scope) -> bool | None:
        if type(value) is Decimal and type(bound) is Decimal:
            return within(value, bound)
        compared = order(value, bound)
        if compared is None:
            scope.run.warn(node.at, _CANNOT, left=kind(value), right=kind(bound))
            return None
        return within(compared, 0)

    return judge


def _literal_test(constant: object) -> Passes:
    def passes(value: object, scope: Scope) -> bool | None:
        if type(value) is type(constant):
            return value == constant
        return _matches(value, constant, scope.run)

    return passes


def _numeric_range_test(node: syntax.RangeOf) -> Passes | None:
    """The test of a range between two number literals, the commonest cell, without building the range each time."""
    low = node.low.value if isinstance(node.low, syntax.Literal) else None
    high = node.high.value if isinstance(node.high, syntax.Literal) else None
    if not isinstance(low, Decimal) or not isinstance(high, Decimal) or low > high:
        return None
    constant = Range(low, high, node.low_closed, node.high_closed)
    above, below = ORDERS[">=" if node.low_closed else ">"], ORDERS["<=" if node.high_closed else "<"]

    def passes(value: object, scope: Scope) -> bool | None:
        if type(value) is Decimal:
            return above(value, low) and below(value, high)
        return _matches(value, constant, scope.run)

    return passes


def _matches(value: object, other: object, run: ExpressionRun) -> bool | None:
    """Whether a value is what the test found, or lies in it (clause 10.3.2.8, table 55)."""
    if type(other) is Range:
        return True if equal(value, other, run.budget) else contains(other, value, run.budget)
    if type(other) is list:
        if type(value) is list and equal(value, other, run.budget):
            return True
        run.budget.step(len(other))
        return any(_matches(value, item, run) is True for item in other)
    same = equal(value, other, run.budget)
    if same is None and type(value) is list and len(value) == 1:
        return equal(value[0], other, run.budget)
    return same


def uses_input(node: syntax.Node) -> bool:
    """Whether an expression asks about the value under test."""
    return any(isinstance(part, syntax.Name) and part.name == "?" for part in syntax.every(node))


@compiles(syntax.UnaryTests)
def unary_tests(node: syntax.UnaryTests) -> Evaluate:
    """The cell of a decision table: true, false or null for the value `?` in scope."""
    decide = unary(node)

    def evaluate(scope: Scope) -> object:
        value = scope.find("?")
        return decide(None if value is MISSING else value, scope)

    return evaluate


def _writes_null(node: syntax.Node) -> bool:
    """Whether `null` stands there by itself, or as an element of a list that is written out."""
    if isinstance(node, syntax.ListOf):
        return any(map(_writes_null, node.items))
    return isinstance(node, syntax.Literal) and node.value is None


def cell_test(node: syntax.Node) -> Passes:
    """A test of a decision table's cell: as `test`, but a missing input passes only what asks for it.

    By the letter of clause 10.3.2.8 a cell that is null itself matches null, so that `? > 5000` would choose a rule
    for an amount that nobody gave. Here a cell with `?` matches only when it is true, and nothing is held against a
    value (`limit`, `= limit`, `? = limit`, a list with a gap) that is missing itself; `null`, `? = null` and
    `not("VIP")` match.
    """
    if uses_input(node):
        evaluate = compiled(node)
        return lambda value, scope: other if type(other := evaluate(scope)) is bool else None
    held_against = _asked_for(node)
    if isinstance(held_against, syntax.Literal):
        return test(node)
    evaluate, judge = compiled(held_against), _judge(node)
    unasked = () if _writes_null(held_against) else (list,)
    if isinstance(node, syntax.Name | syntax.Path):
        unasked = (*unasked, bool)

    def asked(value: object, scope: Scope) -> bool | None:
        other = evaluate(scope)
        if other is None or (value is None and isinstance(other, unasked)):
            return None
        return judge(value, other, scope)

    return asked


def unary(node: syntax.UnaryTests) -> Passes:
    """A cell as a function of the value under test, which `scope` need hold only where the cell names `?`."""
    tests = [cell_test(part) for part in node.tests]
    if not tests:
        return lambda value, scope: True
    if not node.negated:
        return tests[0] if len(tests) == 1 else lambda value, scope: any_passes(tests, value, scope)

    def negated(value: object, scope: Scope) -> bool | None:
        passed = any_passes(tests, value, scope)
        return None if passed is None else not passed

    return negated
