"""How much a case may hold: what would make its every step and page slow is refused where it comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import errors
from engine.basics import json_texts
from engine.storage import models

MAX_SET = 2 * 1024 * 1024  # octets of JSON that come in at once: a start, a completion, a message, a job's result
MAX_CASE = 4 * 1024 * 1024  # octets of JSON that a case keeps: its variables and its tokens
SET_TOO_LARGE = "These values take %(size)s MB; at most %(most)s MB can be taken at once."
CASE_TOO_LARGE = "With this the case would hold %(size)s MB; a case holds at most %(most)s MB."


def check(variables: Mapping[str, Any]) -> None:
    """Refuses variables that are too many to come in at once. Raises errors.TooLarge, Invalid for what is nested too deep."""
    _refuse_beyond(MAX_SET, _octets(variables), SET_TOO_LARGE)


def check_case(state: Mapping[str, Any], coming: Mapping[str, Any] | None = None) -> None:
    """Refuses the state of a case that grew too large, or would with the values that are `coming`. Raises as `check`."""
    _refuse_beyond(MAX_CASE, _octets(state) + (_octets(coming) if coming else 0), CASE_TOO_LARGE)


def _refuse_beyond(most: int, size: int, text: str) -> None:
    if size > most:
        raise errors.TooLarge(text, size=f"{size / 1024 / 1024:.1f}", most=most // 1024 // 1024)


def _octets(values: Mapping[str, Any]) -> int:
    try:
        return len(models.dumps(values).encode("utf-8", "surrogatepass"))
    except RecursionError as error:  # a loop that wraps a list in a list, round after round
        raise errors.Invalid(json_texts.TOO_DEEP, most=json_texts.MAX_DEPTH) from error
