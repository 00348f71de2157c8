"""XLSX files: written line by line to a temporary file, and nothing in them is ever a formula or a link."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import IO, Any, cast

import xlsxwriter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
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


class Share(Decimal):
    """A part of one, which is shown as per cent."""


def write(
    title: str, head: Sequence[str], rows: Iterable[Sequence[Any]], *, zone: tzinfo, text: Callable[[Any], str] = str
) -> IO[bytes]:
    """An open temporary file with one sheet, at its beginning; it is gone when it is closed.

    Moments are written on the clock of `zone`; `text` says what is neither a moment, a day nor a number.
    """
    file = cast(IO[bytes], tempfile.TemporaryFile())  # noqa: SIM115 - the answer that sends it closes it
    with xlsxwriter.Workbook(file, OPTIONS) as book:
        sheet = book.add_worksheet("".join(letter for letter in title if letter not in NO_TITLE)[:LONGEST_TITLE] or None)
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        formats = {
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            "share": book.add_format({"num_format": "0.0%"}),
        }
        sheet.set_column(0, len(head) - 1, WIDTH)
        sheet.freeze_panes(1, 1)
        for place, label in enumerate(head):
            sheet.write_string(0, place, label, bold)
        for row, cells in enumerate(rows, start=1):
            _row(sheet, row, cells, formats, zone, text)
    file.seek(0)
    return file


def _row(sheet: Any, row: int, cells: Sequence[Any], formats: dict[str, Any], zone: tzinfo, text: Callable[[Any], str]) -> None:
    for place, value in enumerate(cells):
        if isinstance(value, datetime):
            sheet.write_datetime(row, place, value.astimezone(zone).replace(tzinfo=None), formats["moment"])
        elif isinstance(value, date):
            sheet.write_datetime(row, place, datetime(value.year, value.month, value.day), formats["date"])
        elif isinstance(value, Share):
            sheet.write_number(row, place, value, formats["share"])
        elif isinstance(value, Decimal | int | float) and not isinstance(value, bool):
            sheet.write_number(row, place, value)
        elif value is not None:
            sheet.write_string(row, place, text(value)[:MOST_LETTERS])
