"""Which fields of a form name the people of other steps: those that their assignment reads, also in the rows of a list."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine import feel
from engine.definitions.rules import picks
from engine.people import resolve
from engine.runtime import Element


def named(element: Element, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields by which a step finds its people, each with whom it names."""
    several = element.multi_instance
    for text in filter(None, (element.assignee, element.candidate_users)):
        if not feel.is_expression(text):
            continue
        if several is not None and several.input_element:
            yield from _in_rows(several.input_collection, several.input_element, text, values)
        with contextlib.suppress(feel.FeelSyntaxError):
            for name in feel.compile(feel.body(text)).names:
                yield from ((name, each) for each in _people(values.get(name)))
    picked = picks.variable(element.id)
    yield from ((picked, each) for each in _people(values.get(picked)))


def _in_rows(collection: str, row_name: str, text: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Of a step for each row of a list: the columns that say who does it."""
    name = feel.body(collection).strip()
    rows = values.get(name)
    for column in re.findall(rf"\b{re.escape(row_name)}\.(\w+)", text):
        for place, row in enumerate(rows if isinstance(rows, list) else []):
            if isinstance(row, Mapping):
                yield from ((f"{name}[{place}].{column}", each) for each in _people(row.get(column)))


def _people(value: Any) -> list[str]:
    return resolve.names_in(value) if isinstance(value, str | list) and all(isinstance(each, str) for each in value) else []
