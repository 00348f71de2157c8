"""Conditions and decision tables that compare a field with what none of its choices is: what hangs on that never happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from engine import feel, forms, runtime
from engine.basics import sayings
from engine.basics.nearest import nearest
from engine.decisions.model import Decision
from engine.decisions.table import DecisionTable
from engine.deploying.checking import outcomes
from engine.deploying.checking.data import process_variables
from engine.deploying.checking.meaning import tables
from engine.problems import Problem, VariableName

TYPES = ("radio", "select")
LABELLED = "“%(variable)s” is never “%(name)s”: the choice that is called so is written “%(similar)s”."
MISSPELT = "“%(variable)s” is never “%(name)s”. Did you mean “%(similar)s”?"
NO_CHOICE = "“%(variable)s” is never “%(name)s”; its choices are written: %(names)s."
IN_TABLE = "Rule %(rule)s of “%(table)s” waits until “%(variable)s” is “%(name)s”, which is none of its choices: %(names)s."

Choices = Mapping[str, Mapping[str, str]]


def problems(
    program: runtime.Program, drawn: Iterable[forms.Form], decision: Callable[[str], Decision | None]
) -> Iterator[Problem]:
    """Warnings at sequence flows, conditional events and decisions; `drawn` are the forms of the process."""
    choices = _choices(program, drawn)
    if not choices:
        return
    for place, name, condition in outcomes.conditions(program):
        for variable, text in feel.compared_texts(condition):
            if text not in choices.get(variable, {text: ""}):
                yield _compared(place, name, variable, text, choices[variable])
    for element in program.elements.values():
        table = decision(element.decision_id) if element.decision_id else None
        if table is not None and isinstance(table.logic, DecisionTable):
            yield from _of_table(element, table, table.logic, choices)


def _choices(program: runtime.Program, drawn: Iterable[forms.Form]) -> Choices:
    """The choices, label by value, of variables that in this process nothing but fields with written choices fills in."""
    others = {name for each in program.elements.values() for name in process_variables.written_by(each)}
    choices: dict[str, dict[str, str]] = {}
    filled_in = (each for form in drawn for each in form.walk() if each.path and each.raw.get("readonly") is not True)
    for field in filled_in:
        listed = of_field(field) if len(field.path) == 1 else {}
        if listed:
            choices.setdefault(field.path[0], {}).update(listed)
        else:
            others.add(field.path[0])
    return {name: each for name, each in choices.items() if name not in others}


def of_field(field: forms.Component) -> dict[str, str]:
    """The choices of a field that are written out in its form, label by value; none where they are no texts, or come from elsewhere."""
    is_written = field.type in TYPES and not (field.raw.get("valuesKey") or field.raw.get("valuesExpression"))
    listed = field.raw.get("values") if is_written else None
    written = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    are_texts = all(isinstance(each.get("value"), str) for each in written)
    return {each["value"]: str(each.get("label", "")) for each in written} if are_texts else {}


def _compared(place: str, name: str, variable: str, text: str, choices: Mapping[str, str]) -> Problem:
    told: dict[str, object] = {"variable": VariableName(variable), "name": text}
    labelled = next((value for value, label in choices.items() if label == text), None)
    if labelled is not None:
        return Problem(place, name, LABELLED, {**told, "similar": labelled}, "warning")
    if similar := nearest(text, choices):
        return Problem(place, name, MISSPELT, {**told, "similar": similar}, "warning")
    return Problem(place, name, NO_CHOICE, {**told, "names": sayings.joined(choices)}, "warning")


def _of_table(element: runtime.Element, decision: Decision, table: DecisionTable, choices: Choices) -> Iterator[Problem]:
    given = {mapping.target for mapping in element.inputs}
    for place, column in enumerate(table.inputs):
        variable = tables.asked_of(column)
        known = {} if variable in given else choices.get(variable, {})
        for rule in table.rules if known else ():
            for text in tables.texts_of(rule.conditions[place]):
                if text not in known:
                    told = {"rule": rule.number, "table": decision.title or decision.name, "names": sayings.joined(known)}
                    said = {**told, "variable": VariableName(variable), "name": text}
                    yield Problem(element.id, element.name, IN_TABLE, said, "warning")
