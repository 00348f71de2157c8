"""Lists as spreadsheets (XLSX), as they are filtered, and as CSV for other systems; nothing in them is ever a formula or a link."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import flask
from flask_babel import gettext as _

from engine.files.spreadsheets import XLSX
from web.frame import filters, storage
from web.frame.files import naming, spreadsheets

MOST_ROWS = 5000
BYTE_ORDER_MARK = "\ufeff"  # without it, spreadsheet programs guess a local encoding
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def table(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]], *, is_cut: bool = False) -> flask.Response:
    """A spreadsheet to be saved; `name` without its ending, moments as such, so that they can be sorted.

    One that `is_cut`, as there is more than it holds, says so in its last line.
    """
    last = [[_("There is more than this file holds: please narrow the list.")]] if is_cut else []
    file = spreadsheets.write(name, head, itertools.chain(rows, last))
    called = f"{name}-{storage.now().astimezone(filters.zone()):%Y%m%d}.xlsx"
    response = naming.attached(flask.send_file(file, mimetype=XLSX), called)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> flask.Response:
    """A CSV file to be saved; `name` without its ending."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([harmless(value) for value in row] for row in rows)
    response = naming.attached(flask.Response(BYTE_ORDER_MARK + text.getvalue(), mimetype="text/csv"), f"{name}.csv")
    response.headers["Cache-Control"] = "no-store"
    return response


def harmless(value: Any) -> str:
    """A value as text; one that would be a formula is kept from being one."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text
