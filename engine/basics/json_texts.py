"""The one place where JSON from outside comes in: read with exact numbers, bounded in depth and in the size of its numbers."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal, DecimalException
from typing import Any

import simplejson

from engine import errors

MAX_DEPTH = 100
MAX_EXPONENT = 308  # what every client can read back: a larger one is Infinity in JavaScript, Java and Python (RFC 8259, 6)
MIN_EXPONENT = -400
MAX_DIGITS = 400
NO_JSON = "This is not JSON: see line %(line)s, column %(column)s."
NO_TEXT = "This is no text in UTF-8: see octet %(place)s."
TOO_DEEP = "This JSON is nested deeper than %(most)s levels."
TWICE = "In this JSON “%(name)s” stands twice in one object."
TOO_LARGE = "This JSON holds a number that is too large, too small or too long."


def read(text: str | bytes) -> Any:
    """The value of a JSON text (octets are UTF-8); fractions are decimals, never binary floats.

    Raises errors.Invalid for what is no JSON, nested deeper than `MAX_DEPTH`, or holds a number that few can read or a
    member twice, of which one would be lost.
    """
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        value = simplejson.loads(decoded, use_decimal=True, object_pairs_hook=_object)
    except RecursionError as error:
        raise errors.Invalid(TOO_DEEP, most=MAX_DEPTH) from error
    except DecimalException as error:
        raise errors.Invalid(TOO_LARGE) from error
    except simplejson.JSONDecodeError as error:
        raise errors.Invalid(NO_JSON, line=error.lineno, column=error.colno) from error
    except UnicodeDecodeError as error:
        raise errors.Invalid(NO_TEXT, place=error.start + 1) from error
    except ValueError as error:  # more digits than Python reads
        raise errors.Invalid(TOO_LARGE) from error
    if is_too_deep(value):
        raise errors.Invalid(TOO_DEEP, most=MAX_DEPTH)
    if not _all_fit(value):
        raise errors.Invalid(TOO_LARGE)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        name, _times = Counter(name for name, _value in pairs).most_common(1)[0]
        raise errors.Invalid(TWICE, name=name[:40])
    return members


def is_too_deep(value: Any) -> bool:
    """Whether lists and objects stand in each other deeper than `MAX_DEPTH`; what works on values goes down by recursion."""
    level = [value]
    for _depth in range(MAX_DEPTH):
        level = [inner for each in level if isinstance(each, list | dict) for inner in _inner(each)]
    return any(isinstance(each, list | dict) for each in level)


def _inner(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value


def _all_fit(value: Any) -> bool:
    if isinstance(value, dict | list):
        return all(map(_all_fit, _inner(value)))
    if isinstance(value, Decimal):
        return _fits(value)
    return not isinstance(value, int) or value.bit_length() <= 1024


def _fits(number: Decimal) -> bool:
    """By the exponent as it is written: a zero with a large one is as long when it is written out."""
    _sign, digits, exponent = number.as_tuple()
    is_near = isinstance(exponent, int) and MIN_EXPONENT <= exponent <= MAX_EXPONENT
    return is_near and len(digits) <= MAX_DIGITS and number.adjusted() <= MAX_EXPONENT
