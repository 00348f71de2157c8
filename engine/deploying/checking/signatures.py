"""Two people who confirm something in one process each have a variable of their own for it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

from engine import feel, forms, runtime
from engine.problems import ElementName, Problem

SHARED = (
    "This task and “%(other)s” share the confirmation “%(key)s”. "
    "Each must confirm for himself: give one of the forms another key, or map it to a variable of its own."
)
Confirmed = Callable[[str], frozenset[str]]
"""Gives the names of the boxes that a form, by its id, demands to be ticked."""


def problems(program: runtime.Program, confirmed: Confirmed) -> Iterator[Problem]:
    """The pairs of user tasks whose confirmations go into the same variable, each told at the later one."""
    tasks = [element for element in program.elements.values() if element.type == "userTask" and element.form_id]
    kept = [(task, _variables(task, confirmed(task.form_id or ""))) for task in tasks]
    for (first, one), (second, two) in itertools.combinations(kept, 2):
        for key in sorted(one & two):
            yield Problem(second.id, second.name, SHARED, {"other": ElementName(first.name, first.type), "key": key})


def _variables(task: runtime.Element, names: frozenset[str]) -> frozenset[str]:
    """Where the confirmations of a task go: into their own variables, or where its output mappings put them."""
    if not task.outputs:
        return names
    return frozenset(mapping.target for mapping in task.outputs if any(_mentions(mapping.source, name) for name in names))


def _mentions(source: str, name: str) -> bool:
    return feel.is_expression(source) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", source) is not None


def of_schema(schema: Any) -> frozenset[str]:
    """The names of the boxes that a form's schema demands to be ticked; none for one that cannot be drawn."""
    return frozenset() if forms.problems(schema) else forms.confirmation_names(forms.load(schema))
