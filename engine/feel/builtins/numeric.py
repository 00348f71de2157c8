"""Built-ins over numbers (DMN 1.5 clauses 10.3.4.1 and 10.3.4.5; Camunda 8)."""

from __future__ import annotations

import decimal
import random
import re
from decimal import Decimal

from engine.feel.builtins.registry import builtin
from engine.feel.data import arithmetic, numbers
from engine.feel.data.temporal import Days, Months
from engine.feel.errors import Null
from engine.feel.run import ExpressionRun

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?", re.A)
_SEPARATORS = (" ", ",", ".")
_ZERO = Decimal(0)
_ROOT, _SERIES = 5, 20  # steps that they take, as they are slow to 34 digits


@builtin("number", "from: string|number", "A text as a number; the separators are “ ”, “,” or “.”.")
def number(from_: str | Decimal) -> Decimal | None:
    return from_ if isinstance(from_, Decimal) else number_of_text(from_, None, None)


@builtin("number", "from: string, grouping separator: string|null, decimal separator: string|null")
def number_of_text(from_: str, grouping: str | None, point: str | None) -> Decimal | None:
    if grouping not in (None, *_SEPARATORS) or point not in (None, ".", ",") or (grouping and grouping == point):
        raise Null("Separators are “ ”, “,” or “.”, and differ from each other.")
    text = from_.replace(grouping, "") if grouping else from_
    text = text.replace(point, ".") if point else text
    if len(text) > 7000 or not _NUMBER.fullmatch(text):
        raise Null("“%(text)s” is no number.", text=from_[:100])
    return numbers.literal(text)


@builtin("decimal", "n: number, scale: number", "A number rounded half-even to so many decimals.")
def decimal_(n: Decimal, scale: Decimal) -> Decimal:
    return numbers.rounded(n, scale, decimal.ROUND_HALF_EVEN)


@builtin("floor", "n: number, scale: number?", "The next lower number with so many decimals.")
def floor(n: Decimal, scale: Decimal | None) -> Decimal:
    return numbers.rounded(n, scale or _ZERO, decimal.ROUND_FLOOR)


@builtin("ceiling", "n: number, scale: number?", "The next higher number with so many decimals.")
def ceiling(n: Decimal, scale: Decimal | None) -> Decimal:
    return numbers.rounded(n, scale or _ZERO, decimal.ROUND_CEILING)


@builtin("round up", "n: number, scale: number", "Rounded away from zero.")
def round_up(n: Decimal, scale: Decimal) -> Decimal:
    return numbers.rounded(n, scale, decimal.ROUND_UP)


@builtin("round down", "n: number, scale: number", "Rounded towards zero.")
def round_down(n: Decimal, scale: Decimal) -> Decimal:
    return numbers.rounded(n, scale, decimal.ROUND_DOWN)


@builtin("round half up", "n: number, scale: number", "Rounded to the nearest; halves away from zero.")
def round_half_up(n: Decimal, scale: Decimal) -> Decimal:
    return numbers.rounded(n, scale, decimal.ROUND_HALF_UP)


@builtin("round half down", "n: number, scale: number", "Rounded to the nearest; halves towards zero.")
def round_half_down(n: Decimal, scale: Decimal) -> Decimal:
    return numbers.rounded(n, scale, decimal.ROUND_HALF_DOWN)


@builtin("abs", "n: number|days|months", "A number or duration without its sign.")
def abs_(n: Decimal | Days | Months) -> object:
    if isinstance(n, Decimal):
        return numbers.CONTEXT.abs(n)
    negative = n.nanos < 0 if isinstance(n, Days) else n.months < 0
    return arithmetic.negated(n) if negative else n


@builtin("modulo", "dividend: number, divisor: number", "The rest of a division, with the divisor's sign.")
def modulo(run: ExpressionRun, dividend: Decimal, divisor: Decimal) -> Decimal:
    run.budget.step(5)
    if not divisor:
        raise Null("Division by zero.")
    if dividend.adjusted() - divisor.adjusted() > 5000:
        raise Null("%(value)s is too large here.", value=numbers.text(dividend)[:40])
    exact = decimal.Context(prec=34 + 6200 * 2, Emin=-20_000, Emax=20_000)
    rest = exact.remainder(dividend, divisor)
    if rest and (rest < 0) != (divisor < 0):
        rest = exact.add(rest, divisor)
    return numbers.CONTEXT.plus(rest)


@builtin("sqrt", "number: number", "The square root; null for a negative number.")
def sqrt(run: ExpressionRun, number_: Decimal) -> Decimal:
    run.budget.step(_ROOT)
    return numbers.CONTEXT.sqrt(number_)


@builtin("log", "number: number", "The natural logarithm; null unless positive.")
def log(run: ExpressionRun, number_: Decimal) -> Decimal:
    run.budget.step(_SERIES)
    if number_ <= 0:
        raise Null("A logarithm needs a positive number.")
    return numbers.CONTEXT.ln(number_)


@builtin("exp", "number: number", "Euler's number to the power of the number.")
def exp(run: ExpressionRun, number_: Decimal) -> Decimal:
    run.budget.step(_SERIES)
    return numbers.CONTEXT.exp(number_)


@builtin("odd", "number: number", "Whether a number is odd.")
def odd(run: ExpressionRun, number_: Decimal) -> bool:
    return modulo(run, number_, Decimal(2)) == 1


@builtin("even", "number: number", "Whether a number is even.")
def even(run: ExpressionRun, number_: Decimal) -> bool:
    return modulo(run, number_, Decimal(2)) == 0


@builtin("random number", "", "A random number from 0 up to, but not including, 1.")
def random_number() -> Decimal:
    return Decimal(random.randrange(10**16)).scaleb(-16)
