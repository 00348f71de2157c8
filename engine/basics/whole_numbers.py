"""Whole numbers as people, files and other systems write them: what is longer than a database holds is none, and no error."""

from __future__ import annotations

MOST_COUNTED = 2**31 - 1
MOST_DIGITS = 18  # what 64 bits hold, whatever the digits are


def read(text: str) -> int | None:
    """The number that a text of plain digits says; None for every other text (a sign, ² or ٣, thousands of digits)."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else None


def count(text: str) -> int | None:
    """As `read`, for what is counted: no more than a column of whole numbers holds."""
    number = read(text)
    return number if number is not None and number <= MOST_COUNTED else None
