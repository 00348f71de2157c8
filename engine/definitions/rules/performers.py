"""Which fields of a form name the people of other steps: those that their assignment reads, also in the rows of a list."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine import feel
from engine.definitions.rules import picks
from engine.people import resolve
from engine.runtime import Element


def fields(element: Element) -> Iterator[str]:
    """The names of the fields by which a step may find its people; of a column of a list as `list[].column`."""
    several = element.multi_instance
    for text in filter(None, (element.assignee, element.candidate_users)):
        if not feel.is_expression(text):
            continue
        if several is not None and several.input_element:
            collection = feel.body(several.input_collection).strip()
            of_row = rf"\b{re.escape(several.input_element)}\.(\w+)"
            yield from (f"{collection}[].{column}" for column in re.findall(of_row, text))
        with contextlib.suppress(feel.FeelSyntaxError):
            yield from feel.compile(feel.body(text)).names
    yield picks.variable(element.id)


def finding(elements: Iterable[Element]) -> frozenset[str]:
    """The fields by which steps of a process may find their people: `fields` of all its user tasks."""
    return frozenset(name for element in elements if element.type == "userTask" for name in fields(element))


def named(element: Element, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields by which a step finds its people, each with whom it names."""
    for field in fields(element):
        name, of_rows, column = field.partition("[].")
        if not of_rows:
            yield from ((name, each) for each in _people(values.get(name)))
            continue
        rows = values.get(name)
        for place, row in enumerate(rows if isinstance(rows, list) else []):
            if isinstance(row, Mapping):
                yield from ((f"{name}[{place}].{column}", each) for each in _people(row.get(column)))


def _people(value: Any) -> list[str]:
    return resolve.names_in(value) if isinstance(value, str | list) and all(isinstance(each, str) for each in value) else []
