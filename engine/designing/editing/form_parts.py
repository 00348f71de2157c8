"""Components of forms as they are copied from one form of a draft to another: offered by their names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.designing.editing import draft_files
from engine.forms.schema import children, label

MOST_LETTERS = 60


@dataclass(frozen=True)
class FormPart:
    """A component as it is offered: what people call it, its kind, and its JSON text."""

    label: str
    type: str
    text: str


def labelled(text: str) -> list[FormPart]:
    """The components of a form, those within groups and lists after what holds them; none of one that cannot be read."""
    schema = draft_files.form_of(text) or {}
    return [FormPart(_name(raw), str(raw["type"]), json.dumps(raw, ensure_ascii=False, default=str)) for raw in walk(schema)]


def walk(schema: Mapping[str, Any], depth: int = 0) -> Iterator[dict[str, Any]]:
    """All components of a schema that have a type, outer before inner."""
    for raw in children(schema, depth):
        if isinstance(raw, dict) and raw.get("type"):
            yield raw
            yield from walk(raw, depth + 1)


def _name(raw: Mapping[str, Any]) -> str:
    text = label(raw) or str(raw.get("key") or raw.get("path") or raw.get("text") or raw["type"])
    return text[:MOST_LETTERS]
