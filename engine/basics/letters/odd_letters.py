"""Letters that nobody sees, and that make a name another one than it looks: controls, marks of direction, unassigned ones."""

from __future__ import annotations

import unicodedata

_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def first(text: str) -> str | None:
    """The first of them as U+202E; None for a text without any."""
    letter = next((each for each in text if unicodedata.category(each) in _UNSEEN), None)
    return f"U+{ord(letter):04X}" if letter else None
