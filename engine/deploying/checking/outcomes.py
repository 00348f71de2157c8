"""Conditions that wait for an outcome which no user task offers, and refusals that nothing asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine import feel, runtime
from engine.basics.nearest import nearest
from engine.definitions import refusals, task_settings
from engine.problems import ElementName, NameList, Problem, VariableName, Word

MISSPELT = "No task gives “%(variable)s” the outcome “%(name)s”. Did you mean “%(similar)s”?"
NOT_OFFERED = "No task gives “%(variable)s” the outcome “%(name)s”; there is: %(names)s."
NOBODY_GIVES = "“%(variable)s” is compared with “%(name)s”, and no step gives it a value: it always goes the same way here."
NOT_ASKED = "Nothing asks what “%(step)s” came to, so a refusal changes nothing here: put a gateway behind it."
NO_WAY_BACK = (
    "The outcome “%(label)s” has the id %(name)s, so it is told and counted as sending back, and from it no way leads here "
    "again. Give it another id if it means something else."
)
RETURN = "return"  # the outcome that sends back, drawn or not


def problems(program: runtime.Program, elsewhere: Collection[str]) -> Iterator[Problem]:
    """The sequence flows and conditional events that compare the result of user tasks with what none of them gives.

    `elsewhere` are the variables that forms, mappings, decisions and calls of the process may write too: what is compared
    with those may come from there. An error is what resembles an outcome, or is the label of one, and cannot be from there.
    """
    offered = _offered(program)
    for place, name, condition in conditions(program):
        for variable, text in feel.compared_texts(condition):
            known = offered.get(variable)
            if known is None and text in task_settings.STANDARD_OUTCOMES and variable not in elsewhere:
                yield _nobody_gives(program, place, name, variable, text)
            if known and text not in known:
                yield from _problem(place, name, variable, text, known, is_sure=variable not in elsewhere)


def of_steps(program: runtime.Program) -> Iterator[Problem]:
    """What is told at the steps that offer outcomes."""
    yield from _unasked(program)
    yield from _forward(program)


def _unasked(program: runtime.Program) -> Iterator[Problem]:
    """Approvals among several instances whose refusal nothing reads; any other ends the case then."""
    for element in program.elements.values():
        settings = task_settings.read(element.properties)
        is_approval = element.type == "userTask" and settings.kind == refusals.APPROVE
        if not is_approval or settings.outcome(refusals.REJECT) is None or not refusals.within_several(program, element):
            continue
        if not refusals.is_read(program, element, settings.result) and not _collects(program, element):
            yield Problem(element.id, element.name, NOT_ASKED, {"step": ElementName(element.name, element.type)}, "warning")


def _forward(program: runtime.Program) -> Iterator[Problem]:
    """Outcomes of other words called as a way back is, at steps that a case never comes to again, as giving goods back would be."""
    for element in program.elements.values():
        chosen = task_settings.read(element.properties).outcome(RETURN) if element.type == "userTask" else None
        is_renamed = chosen is not None and chosen.label != task_settings.STANDARD_OUTCOMES[RETURN]
        if chosen is not None and is_renamed and not _comes_again(program, element):
            told = {"label": chosen.label, "name": Word("outcomes", RETURN)}
            yield Problem(element.id, element.name, NO_WAY_BACK, told, "warning")


def _comes_again(program: runtime.Program, element: runtime.Element) -> bool:
    """Whether a way leads from the step, or from the subprocess that it stands in, to itself."""
    at: runtime.Element | None = element
    while at is not None:
        seen: set[str] = set()
        todo = [*runtime.before(program, at.id)]
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += runtime.before(program, name)
        if at.id in seen:
            return True
        at = program.elements.get(at.parent or "")
    return False


def _collects(program: runtime.Program, element: runtime.Element) -> bool:
    """Whether what the instances leave is gathered in a list."""
    at: runtime.Element | None = element
    while at is not None:
        if at.multi_instance is not None and at.multi_instance.output_collection:
            return True
        at = program.elements.get(at.parent or "")
    return False


def _nobody_gives(program: runtime.Program, place: str, name: str, variable: str, text: str) -> Problem:
    """Told at the gateway, where somebody who has deleted the approval before it looks."""
    flow = program.flows.get(place)
    gateway = program.elements[flow.source] if flow is not None else None
    where = (gateway.id, gateway.name) if gateway is not None else (place, name)
    return Problem(*where, NOBODY_GIVES, {"variable": VariableName(variable), "name": Word("outcomes", text)}, "warning")


def _offered(program: runtime.Program) -> dict[str, dict[str, str]]:
    """The outcomes of the user tasks, label by id, for each variable that receives them."""
    offered: dict[str, dict[str, str]] = {}
    for element in program.elements.values():
        settings = task_settings.read(element.properties)
        if element.type == "userTask" and settings.has_own_outcomes:
            offered.setdefault(settings.result, {}).update({each.id: each.label for each in settings.outcomes})
    return offered


def conditions(program: runtime.Program) -> Iterator[tuple[str, str, str]]:
    """The conditions of sequence flows and conditional events, each with the id and name of its place."""
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
        told: dict[str, object] = {"variable": VariableName(variable), "name": text, "similar": Word("outcomes", similar)}
        yield Problem(place, name, MISSPELT, told, "error" if is_sure else "warning")
    elif is_sure:
        names = NameList(Word("outcomes", each) for each in sorted(known))
        yield Problem(place, name, NOT_OFFERED, {"variable": VariableName(variable), "name": text, "names": names}, "warning")
