"""Fields for a value that no form declares: made after the list or object that a case holds now, so that nobody types JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from engine import forms
from engine.verbs.operating.declared import FIELD, Declared

ITEM = "item"  # the one field of a row where the list holds plain values
MOST_FIELDS, MOST_ROWS, LONG = 30, 200, 80
DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Shaped(Declared):
    """A variable as its present value shows it; `is_plain`: a list of plain values, each of which is a row of its own."""

    is_plain: bool = False

    @cached_property
    def form(self) -> forms.Form:
        """A form of this value alone."""
        return forms.load({"schemaVersion": 18, "type": "default", "id": "value", "components": [self.component.raw]})

    def held(self, value: Any) -> Any:
        """The value as the form holds it."""
        return [{ITEM: each} for each in value] if self.is_plain and isinstance(value, list) else value

    def given(self, value: Any) -> Any:
        """What the form holds as the value."""
        return [row.get(ITEM) for row in value or []] if self.is_plain else value


def like(name: str, value: Any) -> Shaped | None:
    """The fields for such a value; None for a plain one, an empty one, and one that is nested or mixed: that is written as JSON."""
    if isinstance(value, Mapping):
        return _shaped(name, "group", _fields([value]))
    if not isinstance(value, list) or not value or len(value) > MOST_ROWS:
        return None
    if all(isinstance(each, Mapping) for each in value):
        return _shaped(name, "dynamiclist", _fields(value))
    return _shaped(name, "dynamiclist", _fields([{ITEM: each} for each in value], name), is_plain=True)


def _shaped(name: str, kind: str, fields: list[dict[str, Any]] | None, *, is_plain: bool = False) -> Shaped | None:
    if not fields or len(fields) > MOST_FIELDS:
        return None
    raw: dict[str, Any] = {"type": kind, "path": FIELD, "label": name, "components": fields}
    raw |= {"allowAddRemove": True, "isRepeating": True, "defaultRepetitions": 0} if kind == "dynamiclist" else {}
    form = forms.load({"schemaVersion": 18, "type": "default", "id": "value", "components": [raw]})
    return Shaped(name, form.components[0], is_plain)


def _fields(rows: Iterable[Mapping[str, Any]], label: str = "") -> list[dict[str, Any]] | None:
    """A field for each name in the rows; None where one holds what no field can."""
    shaped: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in row.items():
            shaped.setdefault(name, []).append(value)
    fields = [_field(name, values, label or name) for name, values in shaped.items() if name]
    return None if None in fields or len(fields) < len(shaped) else [each for each in fields if each is not None]


def _field(name: str, values: list[Any], label: str) -> dict[str, Any] | None:
    there = [each for each in values if each is not None]
    plain = {"key": name, "label": label}
    if "." in name or any(isinstance(each, list | Mapping) for each in there):
        return None
    if all(isinstance(each, bool) for each in there) and there:
        return {"type": "checkbox", **plain}
    if all(isinstance(each, int | Decimal) and not isinstance(each, bool) for each in there) and there:
        return {"type": "number", **plain}
    if not all(isinstance(each, str) for each in there):
        return None
    if there and all(DAY.fullmatch(each) for each in there):
        return {"type": "datetime", "subtype": "date", "dateLabel": label, **plain}
    return {"type": "textarea" if any(len(each) > LONG or "\n" in each for each in there) else "textfield", **plain}
