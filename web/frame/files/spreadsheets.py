"""XLSX files in the reader's words and on the reader's clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import IO, Any

from engine.cases.lines import wording
from engine.files import spreadsheets
from web.frame import filters, forms


def write(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> IO[bytes]:
    """An open temporary file with one sheet, at its beginning; it is gone when it is closed."""
    return spreadsheets.write(title, head, rows, zone=filters.zone(), text=forms.plain)


def typed(kind: str, value: Any) -> Any:
    """A date or moment as one, so that the spreadsheet can sort it; whatever is none stays text."""
    if kind not in ("date", "datetime") or not isinstance(value, str):
        return value
    at = wording.moment(value)
    if not isinstance(at, datetime):
        return value if at is None else at
    return at if at.tzinfo else at.replace(tzinfo=filters.zone())
