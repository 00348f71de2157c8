"""Conditions that wait for an outcome which no user task offers."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine import feel, runtime
from engine.basics.nearest import nearest
from engine.definitions import task_settings
from engine.problems import Problem

MISSPELT = "No task gives “%(variable)s” the outcome “%(name)s”. Did you mean “%(similar)s”?"
NOT_OFFERED = "No task gives “%(variable)s” the outcome “%(name)s”; there is: %(names)s."


def problems(program: runtime.Program, elsewhere: Collection[str]) -> Iterator[Problem]:
    """The sequence flows and conditional events that compare the result of user tasks with what none of them gives.

    `elsewhere` are the variables that forms, mappings, decisions and calls of the process may write too: what is compared
    with those may come from there. An error is what resembles an outcome, or is the label of one, and cannot be from there.
    """
    offered = _offered(program)
    for place, name, condition in _conditions(program):
        for variable, text in feel.compared_texts(condition):
            known = offered.get(variable)
            if known and text not in known:
                yield from _problem(place, name, variable, text, known, is_sure=variable not in elsewhere)


def _offered(program: runtime.Program) -> dict[str, dict[str, str]]:
    """The outcomes of the user tasks, label by id, for each variable that receives them."""
    found: dict[str, dict[str, str]] = {}
    for element in program.elements.values():
        settings = task_settings.read(element.properties)
        if element.type == "userTask" and settings.has_own_outcomes:
            found.setdefault(settings.result, {}).update({each.id: each.label for each in settings.outcomes})
    return found


def _conditions(program: runtime.Program) -> Iterator[tuple[str, str, str]]:
    for flow in program.flows.values():
        if flow.condition:
            yield flow.id, flow.name, flow.condition
    for element in program.elements.values():
        if element.event and element.event.condition:
            yield element.id, element.name, element.event.condition


def _problem(place: str, name: str, variable: str, text: str, known: dict[str, str], *, is_sure: bool) -> Iterator[Problem]:
    labelled = (outcome for outcome, label in known.items() if label == text)
    similar = next(labelled, None) or nearest(text, known)
    if similar:
        told = {"variable": variable, "name": text, "similar": similar}
        yield Problem(place, name, MISSPELT, told, "error" if is_sure else "warning")
    elif is_sure:
        names = ", ".join(sorted(known))
        yield Problem(place, name, NOT_OFFERED, {"variable": variable, "name": text, "names": names}, "warning")
