"""Lists as spreadsheets (XLSX), as they are filtered; nothing in them is ever a formula or a link."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import flask

from web.frame import spreadsheets, storage

MOST_ROWS = 5000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> flask.Response:
    """A spreadsheet to be saved; `name` without its ending, moments as such, so that they can be sorted."""
    file = spreadsheets.write(name, head, rows)
    called = f"{name}-{storage.now():%Y%m%d}.xlsx"
    response = flask.send_file(file, mimetype=XLSX, as_attachment=True, download_name=called)
    response.headers["Cache-Control"] = "private, no-store"
    return response
