"""Built-ins that make one value of a list (DMN 1.5 clause 10.3.4.4)."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from engine.feel.builtins.registry import builtin
from engine.feel.data import numbers
from engine.feel.data.temporal import Days, Months
from engine.feel.data.values import order
from engine.feel.errors import Null
from engine.feel.run import ExpressionRun

Items = list[object]


def _numbers(run: ExpressionRun, list_: Items) -> list[Decimal]:
    run.budget.step(len(list_))
    decimals = [item for item in list_ if isinstance(item, Decimal)]
    if not decimals or len(decimals) != len(list_):
        raise Null("This needs a list of numbers.")
    return decimals


def _extreme(run: ExpressionRun, list_: Items, sign: int) -> object:
    run.budget.step(len(list_))
    if not list_ or order(list_[0], list_[0]) is None:
        raise Null("This needs a list of values that can be compared.")
    best = list_[0]
    for item in list_[1:]:
        compared = order(item, best)
        if compared is None:
            raise Null("This needs a list of values that can be compared.")
        if compared == sign:
            best = item
    return best


@builtin("min", "list: list", "The smallest value.")
@builtin("min", "...values: any")
def min_(run: ExpressionRun, list_: Items) -> object:
    return _extreme(run, list_, -1)


@builtin("max", "list: list", "The largest value.")
@builtin("max", "...values: any")
def max_(run: ExpressionRun, list_: Items) -> object:
    return _extreme(run, list_, 1)


@builtin("sum", "list: list", "The sum of numbers, or of durations.")
@builtin("sum", "...values: any")
def sum_(run: ExpressionRun, list_: Items) -> Decimal | Days | Months:
    if list_ and all(isinstance(item, Days) for item in list_):
        return Days(sum(item.nanos for item in list_ if isinstance(item, Days)))
    if list_ and all(isinstance(item, Months) for item in list_):
        return Months(sum(item.months for item in list_ if isinstance(item, Months)))
    total = Decimal(0)
    for value in _numbers(run, list_):
        total = numbers.CONTEXT.add(total, value)
    return total


@builtin("product", "list: list", "The product of numbers.")
@builtin("product", "...values: any")
def product(run: ExpressionRun, list_: Items) -> Decimal:
    total = Decimal(1)
    for value in _numbers(run, list_):
        total = numbers.CONTEXT.multiply(total, value)
    return total


@builtin("mean", "list: list", "The average of numbers.")
@builtin("mean", "...values: any")
def mean(run: ExpressionRun, list_: Items) -> Decimal:
    decimals = _numbers(run, list_)
    total = sum_(run, list_)
    assert isinstance(total, Decimal)
    return numbers.CONTEXT.divide(total, Decimal(len(decimals)))


@builtin("median", "list: list", "The middle number, or the average of the two in the middle.")
@builtin("median", "...values: any")
def median(run: ExpressionRun, list_: Items) -> Decimal:
    decimals = sorted(_numbers(run, list_))
    half = len(decimals) // 2
    if len(decimals) % 2:
        return decimals[half]
    return numbers.CONTEXT.divide(numbers.CONTEXT.add(decimals[half - 1], decimals[half]), Decimal(2))


@builtin("stddev", "list: list", "The sample standard deviation of numbers.")
@builtin("stddev", "...values: any")
def stddev(run: ExpressionRun, list_: Items) -> Decimal:
    decimals = _numbers(run, list_)
    if len(decimals) < 2:
        raise Null("A standard deviation needs at least two numbers.")
    exact, middle = numbers.CONTEXT, mean(run, list_)
    squares = Decimal(0)
    for value in decimals:
        squares = exact.add(squares, exact.power(exact.subtract(value, middle), Decimal(2)))
    return exact.sqrt(exact.divide(squares, Decimal(len(decimals) - 1)))


@builtin("mode", "list: list", "The numbers that come most often, in order.")
@builtin("mode", "...values: any")
def mode(run: ExpressionRun, list_: Items) -> Items:
    if not list_:
        return []
    counted = Counter(_numbers(run, list_))
    most = max(counted.values())
    return [value for value in sorted(counted) if counted[value] == most]


def _decide(run: ExpressionRun, list_: Items, deciding: bool) -> bool | None:
    run.budget.step(len(list_))
    if any(item is deciding for item in list_):
        return deciding
    return None if any(not isinstance(item, bool) for item in list_) else not deciding


@builtin("all", "list: list", "Whether every element is true.")
@builtin("all", "...values: any")
@builtin("and", "list: list", "Whether every element is true.")
@builtin("and", "...values: any")
def all_(run: ExpressionRun, list_: Items) -> bool | None:
    return _decide(run, list_, False)


@builtin("any", "list: list", "Whether at least one element is true.")
@builtin("any", "...values: any")
@builtin("or", "list: list", "Whether at least one element is true.")
@builtin("or", "...values: any")
def any_(run: ExpressionRun, list_: Items) -> bool | None:
    return _decide(run, list_, True)
