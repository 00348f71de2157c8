"""The buttons of a step as rows: its outcomes with their labels and whether one wants an opinion, and what is done with its operations.

The panel of the diagram writes the same rows (web/assets/designer/parts.js).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from engine.definitions import declarations, task_settings
from engine.definitions.task_settings import STANDARD_OUTCOMES
from engine.designing.simple.drawn import places

OWN = "own"
MOST_ROWS = 13
OUTCOMES, OPINION_ON, OPERATIONS = "property:outcomes", "property:opinion_on", "property:buttons"
FREE_ID = "choice_%d"


@dataclass(frozen=True)
class Button:
    """One outcome; `label` is empty for the words that a standard one has anyway."""

    id: str
    label: str = ""
    wants_opinion: bool = False

    @property
    def kind(self) -> str:
        """The standard outcome that it is, or OWN."""
        return self.id if self.id in STANDARD_OUTCOMES else OWN


def read(element: etree._Element) -> list[Button]:
    """The outcomes of a user task as they are offered, also where the diagram leaves them to the kind of step."""
    settings = task_settings.read(places.properties(element))
    return [
        Button(each.id, "" if each.label == STANDARD_OUTCOMES.get(each.id) else each.label, each.id in settings.opinion_on)
        for each in settings.outcomes
    ]


def typed(form: Mapping[str, str]) -> list[Button]:
    """The rows of a form, without those that say nothing; an outcome without an id gets one that is free."""
    rows = [_row(form, number) for number in range(MOST_ROWS)]
    taken = {each.id for each in rows if each is not None}
    free = (FREE_ID % number for number in range(1, 2 * MOST_ROWS) if FREE_ID % number not in taken)
    return [each if each.id else Button(next(free), each.label, each.wants_opinion) for each in rows if each is not None]


def given(element: etree._Element, form: Mapping[str, str]) -> dict[str, str]:
    """What a form says of the outcomes of a user task, by place; nothing where it does not ask, or says what there is."""
    if "out.0.kind" not in form:
        return {}
    rows = typed(form)
    asked = ",".join(each.id for each in rows if each.wants_opinion)
    if [(each.id, each.label) for each in rows] == [(each.id, each.label) for each in read(element)]:
        return {OPINION_ON: asked}
    return {OUTCOMES: ",".join(_written(each) for each in rows), OPINION_ON: asked}


def operations(text: str) -> list[tuple[str, str]]:
    """What a diagram says of operations: each with the name that it bears here, empty where it is not offered."""
    parted = (word.partition(":") for word in declarations.words(text))
    return [(name.strip(), "" if label.strip() == task_settings.OFF else label.strip()) for name, _, label in parted]


def operations_typed(form: Mapping[str, str]) -> list[tuple[str, str]]:
    """The rows of a form on operations."""
    rows = ((form.get(f"op.{number}.name", ""), _label(form.get(f"op.{number}.label", ""))) for number in range(MOST_ROWS))
    return [(name, label) for name, label in rows if name]


def operations_given(form: Mapping[str, str]) -> dict[str, str]:
    """What a form says of operations, by place; nothing where it does not ask."""
    if "op.0.name" not in form:
        return {}
    rows = operations_typed(form)
    return {OPERATIONS: ",".join(f"{name}:{label or task_settings.OFF}" for name, label in rows)}


def _row(form: Mapping[str, str], number: int) -> Button | None:
    kind, label = form.get(f"out.{number}.kind", ""), _label(form.get(f"out.{number}.label", ""))
    if kind not in (*STANDARD_OUTCOMES, OWN) or (kind == OWN and not label):
        return None
    id = form.get(f"out.{number}.id", "") if kind == OWN else kind
    is_good = re.fullmatch(r"[A-Za-z_]\w*", id, re.ASCII) and (kind != OWN or id not in STANDARD_OUTCOMES)
    return Button(id if is_good else "", label, f"out.{number}.opinion" in form)


def _written(button: Button) -> str:
    return f"{button.id}:{button.label}" if button.label else button.id


def _label(text: str) -> str:
    """A label without the commas that part one button from the next."""
    return re.sub(r"\s*[,，]\s*", "、", text.strip())
