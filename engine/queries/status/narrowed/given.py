"""What addresses of lists give as text: moments, days, numbers; what cannot be read is refused, never left out."""

from __future__ import annotations

from datetime import date, datetime

from engine import errors

LARGEST = 1_000_000


def moment(text: str) -> datetime:
    """An aware moment in ISO form. Raises Invalid."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 1900 < at.year < 9000:
        raise errors.Invalid("%(text)s is no moment.", text=text)
    return at


def day(text: str) -> date:
    """A date in ISO form. Raises Invalid."""
    try:
        at = date.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or not 1900 < at.year < 9000:
        raise errors.Invalid("%(text)s is no date.", text=text)
    return at


def number(text: str) -> int:
    """A whole number from 1 on. Raises Invalid."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < LARGEST):
        raise errors.Invalid("%(text)s is no number.", text=text)
    return int(text)
