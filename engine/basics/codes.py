"""Codes that people read out and type in: letters and digits that are not taken for one another."""

from __future__ import annotations

import hashlib
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing that reads like something else
GROUP = 4
LENGTH = 16  # 80 bits, so that a plain digest of one is of no use to who has a copy of the database
_READ_AS = str.maketrans("OIL", "011")


def new(length: int = LENGTH) -> str:
    """A code at random, in groups of four."""
    return grouped("".join(secrets.choice(ALPHABET) for _ in range(length)))


def grouped(letters: str) -> str:
    """With a dash after every fourth letter."""
    return "-".join(letters[start : start + GROUP] for start in range(0, len(letters), GROUP))


def normal(code: str) -> str:
    """As it is compared: without blanks and dashes, letters read as they were meant."""
    return "".join(each for each in code.upper() if each.isalnum()).translate(_READ_AS)[:100]


def digest(code: str) -> str:
    """What is kept of a code made at random."""
    return hashlib.sha256(normal(code).encode()).hexdigest()
