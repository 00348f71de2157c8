"""The settings that are tables: summary, register, papers, and the public page's words; as rows of a form and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.definitions import declarations, terms
from engine.definitions.settings import MAX_SUMMARY, TOTALS
from web.designer.wording.setting_words import LABELS

SPARE = 2  # empty rows behind those that are there
MOST_ROWS = 60
PUBLIC = "public"
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "summary": ("label", "value"),
    "register": ("label", "value", "type", "total"),
    "paper": ("template", "title"),
}
HEADS = {
    "label": lazy_gettext("Name"),
    "value": lazy_gettext("Value, as =FEEL"),
    "type": lazy_gettext("Kind"),
    "total": lazy_gettext("Under the column"),
    "template": lazy_gettext("Document template"),
    "title": lazy_gettext("Title"),
    "form": lazy_gettext("Form"),
    "message": lazy_gettext("Message that starts it"),
    "intro": lazy_gettext("Sentence above the form"),
    "channel": lazy_gettext("Way by which it came"),
    "promise": lazy_gettext("Until when it is answered"),
    "promised": lazy_gettext("What is promised by then"),
    "thanks": lazy_gettext("Words at the end"),
    "withdrawal": lazy_gettext("Message by which the customer withdraws"),
    "settled": lazy_gettext("Steps from which on it is settled for him"),
}
CHOICES = {
    "type": ("text", "number", "date", "datetime", "boolean"),
    "total": TOTALS,
}
WORDS = {
    "text": lazy_gettext("text"),
    "number": lazy_gettext("number"),
    "date": lazy_gettext("date"),
    "datetime": lazy_gettext("date and time"),
    "boolean": lazy_gettext("yes or no"),
    "sum": lazy_gettext("sum"),
    "average": lazy_gettext("average"),
    "none": lazy_gettext("nothing"),
}


OFFERS = {"template": "template", "form": "form", "message": "message", "withdrawal": "message"}  # by what a field names


@dataclass(frozen=True)
class SettingsTable:
    """One table as the page draws it: rows of (name of the field, its column, its value)."""

    name: str
    label: str
    heads: list[str]
    rows: list[list[tuple[str, str, str]]]


def tables(stored: Mapping[str, Any]) -> list[SettingsTable]:
    """The tables with what is set in them, and empty rows for more."""
    return [_table(name, stored.get(name) or []) for name in COLUMNS]


def public(stored: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """The words of the public page: name of the field, what it is, a hint, its value."""
    page = stored.get(PUBLIC) or {}
    declared = declarations.settings_of(terms.Public)
    return [(f"{PUBLIC}.{name}", str(HEADS[name]), _(declared[name].meaning), str(page.get(name, ""))) for name in terms.TEXTS]


def given(stored: Mapping[str, Any]) -> dict[str, Any]:
    """What this request sent of the tables and the public page; None for what is empty, which leaves it unsaid."""
    sent = {field.partition(".")[0] for field in flask.request.form}
    given_tables: dict[str, Any] = {name: _rows(name, stored.get(name) or []) or None for name in COLUMNS if name in sent}
    return {**given_tables, PUBLIC: _page(stored.get(PUBLIC) or {})} if PUBLIC in sent else given_tables


def _table(name: str, rows: list[Mapping[str, Any]]) -> SettingsTable:
    columns = COLUMNS[name]
    shown = [*rows, *[{}] * min(SPARE, (MAX_SUMMARY if name == "summary" else MOST_ROWS) - len(rows))]
    drawn = [
        [(f"{name}.{number}.{each}", each, str(row.get(each, ""))) for each in columns] for number, row in enumerate(shown)
    ]
    return SettingsTable(name, str(LABELS[name]), [str(HEADS[each]) for each in columns], drawn)


def _rows(name: str, stored: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    columns = COLUMNS[name]
    rows = []
    for number in range(MOST_ROWS):
        sent = {each: flask.request.form.get(f"{name}.{number}.{each}", "").strip() for each in columns}
        if sent[columns[0]] or sent[columns[1]]:
            kept = stored[number] if number < len(stored) else {}
            whole = {**kept, **sent}
            rows.append({each: value for each, value in whole.items() if value or each in columns[:2]})
    return rows


def _page(stored: Mapping[str, Any]) -> dict[str, Any] | None:
    sent = {name: flask.request.form.get(f"{PUBLIC}.{name}", "").strip() for name in terms.TEXTS}
    whole = {**stored, **sent}
    said = {name: value for name, value in whole.items() if value}
    return said if sent["title"] or sent["form"] else None
