"""The variables that steps of a process leave behind, with the values that they may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lxml import etree

from engine.definitions import task_settings
from engine.designing.simple import conditions
from engine.designing.simple.conditions import Row
from engine.designing.simple.drawn import places
from engine.designing.simple.graph import Graph

RESULT = "zeebe:CalledDecision:resultVariable"
Words = Mapping[str, Mapping[str, str]]  # what the values of a variable are called, by variable and by value as rows show it


@dataclass(frozen=True)
class VariableAnswers:
    """A variable: `steps` are the names of the steps that leave it, `values` what it may be, by value its label."""

    variable: str
    steps: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)


def outcomes(graph: Graph) -> list[VariableAnswers]:
    """What the buttons of user tasks leave; of several that leave the same variable all values."""
    answers: dict[str, VariableAnswers] = {}
    for id, element in graph.nodes.items():
        settings = task_settings.read(places.properties(element)) if graph.kind(id) == "userTask" else None
        if settings is not None and len(settings.outcomes) > 1:
            old = answers.get(settings.result, VariableAnswers(settings.result, ()))
            values = {each.id: each.label for each in settings.outcomes}
            answers[settings.result] = VariableAnswers(settings.result, (*old.steps, _name(element)), {**old.values, **values})
    return list(answers.values())


def decisions(graph: Graph) -> list[VariableAnswers]:
    """What decisions leave."""
    tasks = (element for id, element in graph.nodes.items() if graph.kind(id) == "businessRuleTask")
    return [VariableAnswers(result, (_name(each),)) for each in tasks if (result := places.read(each, RESULT))]


def of_rows(rows: Iterable[Row], words: Words) -> list[Row]:
    """Rows as they are read: outcomes and choices by their words."""
    return [Row(each.field, each.sign, words.get(each.field, {}).get(each.value) or each.value) for each in rows]


def meant(form: Mapping[str, str], words: Words) -> dict[str, str]:
    """The rows of a form with outcomes and choices as the diagram writes them, however they were typed."""
    said = dict(form)
    for number in range(conditions.MOST_ROWS):
        known = words.get(form.get(f"row.{number}.field", ""), {})
        value = form.get(f"row.{number}.value", "").strip()
        if value not in known:
            said[f"row.{number}.value"] = next((key for key, label in known.items() if label == value), value)
    return said


def _name(element: etree._Element) -> str:
    return str(element.get("name", "")).strip()
