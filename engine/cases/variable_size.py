"""How much a case may hold: what would make its every step and page slow is refused where it comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.basics import json_texts
from engine.storage import models

MEGABYTE = 1024 * 1024
DEFAULT = 4  # megabytes of JSON that a case keeps: its variables and its tokens; BANJIE_CASE_MEGABYTES
SHARE = 2  # of that half may come in at once: a start, a completion, a message, a job's result
SET_TOO_LARGE = "These values take %(size)s MB; at most %(most)s MB can be taken at once."
CASE_TOO_LARGE = "With this the case would hold %(size)s MB; a case holds at most %(most)s MB."


def check(session: Session, variables: Mapping[str, Any]) -> None:
    """Refuses variables that are too many to come in at once. Raises errors.TooLarge, Invalid for what is nested too deep."""
    _refuse_beyond(_most(session) // SHARE, _octets(variables), SET_TOO_LARGE)


def check_case(session: Session, state: Mapping[str, Any], coming: Mapping[str, Any] | None = None) -> None:
    """Refuses the state of a case that grew too large, or would with the values that are `coming`. Raises as `check`."""
    _refuse_beyond(_most(session), _octets(state) + (_octets(coming) if coming else 0), CASE_TOO_LARGE)


def _most(session: Session) -> int:
    return int(session.info.get("case_megabytes", DEFAULT)) * MEGABYTE


def _refuse_beyond(most: int, size: int, text: str) -> None:
    if size > most:
        raise errors.TooLarge(text, size=f"{size / MEGABYTE:.1f}", most=f"{most / MEGABYTE:g}")


def _octets(values: Mapping[str, Any]) -> int:
    try:
        return len(models.dumps(values).encode("utf-8", "surrogatepass"))
    except RecursionError as error:  # a loop that wraps a list in a list, round after round
        raise errors.Invalid(json_texts.TOO_DEEP, most=json_texts.MAX_DEPTH) from error
