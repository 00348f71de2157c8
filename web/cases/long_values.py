"""Long answers on pages: their beginning is shown, the rest is offered as a text."""

from __future__ import annotations

from typing import Any

import flask

from engine.cases.lines import filled
from web.frame import forms

MOST_LETTERS = 2000
MOST_LETTERS_OF_CELL = 300
MOST_ROWS = 100


def install(app: flask.Flask) -> None:
    """Offers these to all templates."""
    app.jinja_env.filters.update(beginning=beginning, beginning_of_cell=beginning_of_cell, is_long=is_long)
    app.jinja_env.globals["most_rows"] = MOST_ROWS
    app.jinja_env.tests["open_record"] = is_open_record


def is_open_record(value: Any) -> bool:
    """Whether a value is a customer record that the reader may open."""
    return isinstance(value, filled.ChosenRecord) and value.may_open


def beginning(value: Any) -> str:
    """A value for reading, at most its first `MOST_LETTERS`."""
    return _cut(forms.plain(value), MOST_LETTERS)


def beginning_of_cell(value: Any) -> str:
    """A value for reading in a table."""
    return _cut(forms.plain(value), MOST_LETTERS_OF_CELL)


def is_long(answer: filled.Value) -> bool:
    """Whether a page shows only the beginning of this answer."""
    if answer.kind != "table":
        return answer.kind == "text" and len(forms.plain(answer.value)) > MOST_LETTERS
    cells = (cell for row in answer.rows for cell in row)
    return len(answer.rows) > MOST_ROWS or any(len(forms.plain(cell)) > MOST_LETTERS_OF_CELL for cell in cells)


def text(answer: filled.Value) -> str:
    """All of an answer as text; a table has a line for each row, with tabs between its cells."""
    if answer.kind != "table":
        return forms.plain(answer.value)
    rows = [answer.columns, *(tuple(map(forms.plain, row)) for row in answer.rows)]
    return "".join("\t".join(" ".join(str(cell).split()) for cell in row) + "\r\n" for row in rows)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + "…"
