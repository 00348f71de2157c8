"""The known name that somebody most likely meant; whatever refuses an unknown name tells it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The one of `known` that is spelled most like `name`, case apart; None where none comes near (`cutoff`, 0 to 1)."""
    by_spelling = {each.casefold(): each for each in sorted(known, reverse=True)}
    nearby = difflib.get_close_matches(name.casefold(), by_spelling, 1, cutoff)
    return by_spelling[nearby[0]] if nearby else None
