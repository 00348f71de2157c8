"""Numbers in a form: those that people type, and those that its schema sets as bounds."""

from __future__ import annotations

import decimal
import re
import unicodedata
from decimal import Decimal
from typing import Any

from engine.errors import Invalid

MAX_DIGITS = 34
# Wide enough for every rest of a division of what a form accepts.
EXACT = decimal.Context(prec=200)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.A)
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", re.A)


def typed(value: Any) -> Decimal:
    """The number that somebody typed or sent; signs and digits of a Chinese keyboard count as their half-width ones.

    A comma stands between groups of three left of the point and nowhere else: `12,5` may be meant as 12.5 or as 125.
    Raises Invalid.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise Invalid("This must be a number.")
    text = unicodedata.normalize("NFKC", str(value)).replace("−", "-").replace("。", ".").strip()
    if "," in text:
        if not _GROUPED.fullmatch(text):
            raise Invalid(
                "Please check the comma: it stands between groups of three digits only, as in 1,234.50; decimals follow a point."
                if _NUMBER.fullmatch(text.replace(",", "").replace(".", ""))
                else "This must be a number."
            )
        text = text.replace(",", "")
    if not _NUMBER.fullmatch(text):
        raise Invalid("This must be a number.")
    number = Decimal(text)
    if len(number.as_tuple().digits) > MAX_DIGITS or abs(number.adjusted()) > MAX_DIGITS:
        raise Invalid("This number has too many digits.")
    return number


def bound(value: Any) -> Decimal | None:
    """A bound of a schema, or what its expression gave, as a number; None for what is no proper one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    return number if abs(number.adjusted()) <= MAX_DIGITS else None


def whole(value: Any) -> int | None:
    """A bound as a whole number; None for anything else."""
    number = bound(value)
    return None if number is None or number % 1 else int(number)


def decimals(value: Decimal) -> int:
    """How many digits stand behind the point, zeros at the end not counted."""
    exponent = value.normalize(EXACT).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
