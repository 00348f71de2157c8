"""The levels of secrecy [密级] as they are called: what is stored is the Chinese word."""

from __future__ import annotations

from engine.basics import sayings
from engine.basics.sayings import Said
from engine.people.organisation import SECRECY

_ENGLISH = ("Public", "Internal", "Confidential", "Secret", "Top secret")
_CALLED = {level: Said(level, english) for level, english in zip(SECRECY, _ENGLISH, strict=True)}


def called(level: str) -> Said:
    """What a level is called in both languages; another word stays what it is."""
    return _CALLED.get(level) or Said("{level}", "{level}", {"level": level})


def every() -> Said:
    """All levels, as a text names them."""
    return sayings.joined(_CALLED.values())
