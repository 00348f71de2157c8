"""The line of a case in its register [台账]: worked out when the case changes and kept with its row, so that SQL finds it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors, feel
from engine.cases import look_ups
from engine.cases.lines import wording
from engine.cases.lines.cells import Kind, column_id, kind
from engine.definitions import settings
from engine.definitions.settings import Column
from engine.storage.copies.snapshots import Snapshots
from engine.storage.models import ProcessDefinition

Columns = tuple[Column, ...]
RATING = "customer_rating"
ERASED = "erased"  # of a line whose case lost its values for good
MAX_CELL = 2000
MAX_DIGITS = 30
_CHANGING = re.compile("|".join(rf"\b{re.escape(name)}\s*\(" for name in ("now", "today", *look_ups.NAMES)))
_known: Snapshots[tuple[str, str, str], Columns | None] = Snapshots(limit=256)


@lru_cache(maxsize=1024)
def digest(columns: Columns) -> str:
    """Tells whether a line was worked out with these columns."""
    return hashlib.sha256("".join(sorted(map(column_id, columns))).encode()).hexdigest()[:12] if columns else ""


@lru_cache(maxsize=4096)
def changes_by_itself(column: Column) -> bool:
    """Whether its value depends on the clock or on people, so that it changes though the case does not."""
    return feel.is_expression(column.value) and bool(_CHANGING.search(column.value))


def columns_for(session: Session, company_id: str, process_id: str, own: Columns, before: Mapping[str, Any] | None) -> Columns:
    """The columns of a case's line: those it was last worked out with, when these came with a later deployment."""
    wanted = (before or {}).get("of", "")
    if wanted in ("", ERASED, digest(own)):
        return own
    columns = _known.get(session, (company_id, process_id, wanted), lambda: _deployed(session, company_id, process_id, wanted))
    return own if columns is None else columns


def worked_out(
    columns: Columns, evaluate: Callable[[str], Any], zone: ZoneInfo, before: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The line: `of` the digest of its columns, `cells` by column, `other` for what is not of the column's type.

    The stars that the customer gave stay (`rating`). A value that cannot be worked out (yet) is left out.
    """
    line: dict[str, Any] = {"of": digest(columns), "cells": {}, "other": {}}
    if before and before.get("rating") is not None:
        line["rating"] = before["rating"]
    for column in columns:
        text, fits = _cell(kind(column), _value(evaluate, column), zone)
        if text:
            line["cells" if fits else "other"][column_id(column)] = text[:MAX_CELL]
    return line


def _deployed(session: Session, company_id: str, process_id: str, wanted: str) -> Columns | None:
    row = ProcessDefinition
    statement = select(row.settings).where(row.company_id == company_id, row.process_id == process_id)
    for raw in session.execute(statement.order_by(row.version.desc())).scalars():
        columns = settings.read(raw).register
        if digest(columns) == wanted:
            return columns
    return None


def _value(evaluate: Callable[[str], Any], column: Column) -> Any:
    try:
        return evaluate(column.value)
    except (feel.FeelError, errors.Refusal):  # also what a look-up refuses: a line must never stop the case
        return None


def _cell(wanted: Kind, value: Any, zone: ZoneInfo) -> tuple[str, bool]:
    """A value as it is kept: numbers as plain digits, moments on the company's clock, everything else in words."""
    if wanted == "number":
        number = _number(value)
        return (number, True) if number else (wording.in_words(value, zone), False)
    if wanted == "moment" and isinstance(value, str) and value:
        moment = wording.local(value, zone)
        return (moment, True) if moment else (value, False)
    return wording.in_words(value, zone), wanted == "text"


def _number(value: Any) -> str:
    """Plain digits, as both databases read them; "" for what is no number or too long for one."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        return ""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return ""
    if (
        not number.is_finite()
        or (number and abs(number.adjusted()) > MAX_DIGITS)
        or len(number.as_tuple().digits) > 2 * MAX_DIGITS
    ):
        return ""
    return f"{number:f}"
