"""What addresses of lists give as text: moments, days, numbers; what cannot be read is refused, never left out."""

from __future__ import annotations

from datetime import date, datetime

from engine import errors

LARGEST = 1_000_000


def moment(text: str) -> datetime:
    """An aware moment in ISO form. Raises Invalid."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1900 < found.year < 9000:
        raise errors.Invalid("%(text)s is no moment.", text=text)
    return found


def day(text: str) -> date:
    """A date in ISO form. Raises Invalid."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not 1900 < found.year < 9000:
        raise errors.Invalid("%(text)s is no date.", text=text)
    return found


def number(text: str) -> int:
    """A whole number from 1 on. Raises Invalid."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < LARGEST):
        raise errors.Invalid("%(text)s is no number.", text=text)
    return int(text)
