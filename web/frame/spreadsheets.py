"""XLSX files: written line by line to a temporary file, and nothing in them is ever a formula or a link."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, cast

import xlsxwriter

from web.frame import filters, forms

OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": True,
}
MOST_LETTERS = 32_000
WIDTH = 18
NO_TITLE, LONGEST_TITLE = frozenset("[]:*?/\\'"), 31  # of a sheet, as Excel has it


def write(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> IO[bytes]:
    """An open temporary file with one sheet, at its beginning; it is gone when it is closed."""
    file = cast(IO[bytes], tempfile.TemporaryFile())  # noqa: SIM115 - the answer that sends it closes it
    with xlsxwriter.Workbook(file, OPTIONS) as book:
        sheet = book.add_worksheet("".join(letter for letter in title if letter not in NO_TITLE)[:LONGEST_TITLE] or None)
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        formats = {
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        }
        sheet.set_column(0, len(head) - 1, WIDTH)
        sheet.freeze_panes(1, 1)
        for place, label in enumerate(head):
            sheet.write_string(0, place, label, bold)
        for row, cells in enumerate(rows, start=1):
            _row(sheet, row, cells, formats)
    file.seek(0)
    return file


def _row(sheet: Any, row: int, cells: Sequence[Any], formats: dict[str, Any]) -> None:
    for place, value in enumerate(cells):
        if isinstance(value, datetime):
            sheet.write_datetime(row, place, value.astimezone(filters.zone()).replace(tzinfo=None), formats["moment"])
        elif isinstance(value, date):
            sheet.write_datetime(row, place, datetime(value.year, value.month, value.day), formats["date"])
        elif isinstance(value, Decimal | int | float) and not isinstance(value, bool):
            sheet.write_number(row, place, value)
        elif value is not None:
            sheet.write_string(row, place, forms.plain(value)[:MOST_LETTERS])


def typed(kind: str, value: Any) -> Any:
    """A date or moment as one, so that the spreadsheet can sort it; whatever is none stays text."""
    if kind not in ("date", "datetime") or not isinstance(value, str):
        return value
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return value
    if len(value) == len("2026-01-01"):
        return found.date()
    return found if found.tzinfo else found.replace(tzinfo=filters.zone())
