"""Lists as CSV files that spreadsheet programs open: Chinese readable, and nothing in them is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import flask

MOST_ROWS = 5000
BYTE_ORDER_MARK = "\ufeff"  # without it, spreadsheet programs guess a local encoding
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> flask.Response:
    """A CSV file to be saved; `name` without its ending."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([harmless(value) for value in row] for row in rows)
    response = flask.Response(BYTE_ORDER_MARK + text.getvalue(), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.csv")
    response.headers["Cache-Control"] = "no-store"
    return response


def harmless(value: Any) -> str:
    """A value as text; one that would be a formula is kept from being one."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text
