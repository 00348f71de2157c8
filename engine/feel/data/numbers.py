"""Exact decimal numbers: 34 digits, half-even, never a binary float (DMN 1.5 clause 10.3.2.3.1)."""

from __future__ import annotations

import decimal
from decimal import Decimal

from engine.feel.errors import Null

CONTEXT = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
MAX_SCALE = 6176
MIN_SCALE = -6111


def literal(text: str) -> Decimal | None:
    """The number of a literal; null when it is beyond what 34 digits and the exponent can hold."""
    try:
        return CONTEXT.create_decimal(text)
    except decimal.DecimalException:
        return None


def from_float(value: float) -> Decimal | None:
    """A binary float as its shortest decimal, never a negative nought; null for infinities and not-a-number."""
    return literal(repr(value + 0.0)) if value - value == 0 else None


def integer(value: Decimal) -> int:
    """A number cut to an integer; raises Null when it is too large to count with."""
    if value.adjusted() > 18:
        raise Null("%(value)s is too large here.", value=text(value))
    return int(value)


def text(value: Decimal) -> str:
    """A number as people write it: no exponent, no zeros at the end of the fraction."""
    written = format(value, "f")
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written in ("-0", "") else written


def rounded(value: Decimal, scale: Decimal, rounding: str) -> Decimal:
    """`value` rounded to `scale` digits after the point; raises Null for a scale out of range."""
    digits = int(scale) if abs(scale) < 10_000 else MAX_SCALE + 1
    if not MIN_SCALE <= digits <= MAX_SCALE:
        raise Null("The scale %(scale)s is out of range.", scale=text(scale))
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= digits:
        return value
    with_room = decimal.Context(prec=34 + 6200, rounding=rounding, Emin=-6143 - 6200, Emax=6144 + 6200)
    return CONTEXT.plus(value.quantize(Decimal(1).scaleb(-digits), context=with_room))
