"""XLSX files in the reader's words and on the reader's clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import IO, Any

from engine.files import spreadsheets
from web.frame import filters, forms


def write(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> IO[bytes]:
    """An open temporary file with one sheet, at its beginning; it is gone when it is closed."""
    return spreadsheets.write(title, head, rows, zone=filters.zone(), text=forms.plain)


def typed(kind: str, value: Any) -> Any:
    """A date or moment as one, so that the spreadsheet can sort it; whatever is none stays text."""
    if kind not in ("date", "datetime") or not isinstance(value, str):
        return value
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    if len(value) == len("2026-01-01"):
        return at.date()
    return at if at.tzinfo else at.replace(tzinfo=filters.zone())
