"""Pinyin initials of Chinese names, by which people find them from the keyboard: 长河物流 is found by chwl."""

from __future__ import annotations

from functools import lru_cache

from engine.basics import readings

MAX_TEXT = 200


@lru_cache(maxsize=16_384)
def initials(text: str) -> str:
    """The first letters of each character's usual reading in small letters, other letters and digits as they stand."""
    letters = "".join(readings.read(text[:MAX_TEXT], "FIRST_LETTER"))
    return "".join(letter for letter in letters.casefold() if letter.isalnum())


def matches(label: str, text: str) -> bool:
    """Whether a label holds the text that somebody typed, as it stands or by its initials."""
    wanted = text.strip().casefold()
    return wanted in label.casefold() or (wanted.isascii() and wanted in initials(label))


@lru_cache(maxsize=16_384)
def spelled(text: str) -> str:
    """The whole usual reading in small letters, a space after each character: names are sorted by it."""
    return " ".join(readings.read(text[:MAX_TEXT], "NORMAL")).casefold()
