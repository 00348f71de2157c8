"""In which ways a word of a search may stand where it is looked for: typed in full width, a number without its dashes."""

from __future__ import annotations

import re
import unicodedata

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
_NUMBER = re.compile(r"([^\W\d_]{0,12})(\d{3,16})")
_WHOLE = re.compile(r"([^\W\d_]+-)?\d+-\d+")  # with all its dashes: nothing else is meant
_DATES = (4, 6, 8)  # digits of a year, a month, a day, which come before the running number
_RUNNING = range(2, 7)  # digits of that


def of_word(word: str) -> list[str]:
    """The word as it was typed, in half width, and as the numbers that it may be without its dashes; small letters.

    “ＱＪ－２０２６－０００８” and “QJ20260008” may be the number QJ-2026-0008.
    """
    plain = unicodedata.normalize("NFKC", word).translate(_DASHES).casefold()
    return list(dict.fromkeys([word.casefold(), plain, *_numbers(plain)]))


def of_number(text: str) -> list[str]:
    """The numbers that somebody who typed this may mean: as it was typed, and in capitals, as numbers are given."""
    text = text.strip()
    return list(dict.fromkeys([text, *(each.upper() for each in of_word(text))]))


def _numbers(plain: str) -> list[str]:
    match = None if _WHOLE.fullmatch(plain) else _NUMBER.fullmatch(plain.replace("-", ""))
    if match is None:
        return []
    letters, digits = match.groups()
    parted = [digits, *(f"{digits[:n]}-{digits[n:]}" for n in _DATES if len(digits) - n in _RUNNING)]
    return [f"{letters}-{each}" for each in parted] if letters else parted
