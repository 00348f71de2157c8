"""Variables that a condition, a choice of people, a title or a register reads where nothing can have written them yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine import forms, runtime
from engine.basics.nearest import nearest
from engine.cases.look_ups import NAMES
from engine.deploying.checking import ways
from engine.deploying.checking.data import process_variables
from engine.deploying.checking.meaning import titles
from engine.problems import ElementName, Problem, VariableName

TOO_EARLY = "“%(variable)s” is read here, but is only filled in later, at “%(step)s”: here it is always empty."
NEVER = "“%(variable)s” is read here, but nothing of this process fills it in: here it is always empty."
MEANT = (
    "“%(variable)s” is read here, but nothing of this process fills it in: here it is always empty. Did you mean “%(meant)s”?"
)
_MAY_BE_EMPTY = re.compile(r"\bnull\b|\bis defined\b|\bget or else\b|\bis empty\b|\bis blank\b")


def problems(program: runtime.Program, drawn: Iterable[forms.Form], settings: Mapping[str, Any] | None) -> Iterator[Problem]:
    """What gateways, user tasks, the case's title and its register read that nothing writes; warnings where only later steps write it.

    `drawn` are the forms of the process. What nothing writes is told where a form asks whoever starts the process: without one,
    a program that starts it may bring any variable.

    Said only where everything is known: of a process that people start (`settings` is its workflow.toml), without
    messages, called processes and other workers that may bring any variable, and not where an expression counts with
    nothing being there.
    """
    if settings is None or not settings.get("may_start") or any(map(_brings_anything, program.elements.values())):
        return
    after = _after(program)
    written = _written(program, list(drawn))
    is_asked = _asks_at_the_start(program)
    for element, text in _read(program):
        for name in _names_of(text):
            writers = written.get(name, [])
            if writers and not any(element.id in after[each] for each in writers):
                told: dict[str, object] = {"variable": VariableName(name), "step": _named(program, writers[0])}
                yield Problem(element.id, element.name, TOO_EARLY, told, "warning")
            elif is_asked and name not in written:
                yield from _never(element.id, element.name, name, written)
    for text in (*titles.texts(settings), *titles.columns(settings)) if is_asked else ():
        for name in _names_of(text):
            yield from _never(program.process_id, program.name, name, written)


def _asks_at_the_start(program: runtime.Program) -> bool:
    starts = [each for each in program.elements.values() if each.type == "startEvent" and each.parent is None]
    return bool(starts) and all(each.form_id for each in starts if each.event is None)


def _never(id: str, called: str, name: str, written: Mapping[str, list[str]]) -> Iterator[Problem]:
    if name not in written and name not in process_variables.EVERYWHERE:
        meant = nearest(name, written)
        yield Problem(id, called, *((MEANT, {"variable": name, "meant": meant}) if meant else (NEVER, {"variable": name})))


def _names_of(text: str) -> list[str]:
    """The variables that an expression reads and that must be there."""
    expression = None if _MAY_BE_EMPTY.search(text) else ways.expression_of(text)
    return sorted(expression.names - set(NAMES)) if expression else []


def _brings_anything(element: runtime.Element) -> bool:
    unsaid = element.task_definition is not None and not element.outputs
    return unsaid or process_variables.is_open(element)


def _named(program: runtime.Program, id: str) -> ElementName:
    return ElementName(program.elements[id].name, program.elements[id].type)


def _read(program: runtime.Program) -> Iterator[tuple[runtime.Element, str]]:
    """The elements on the way from the start that read an expression, with it; not the insides of subprocesses."""
    begun = {start for each in program.elements.values() if each.type == "startEvent" for start in _after_one(program, each.id)}
    for element in program.elements.values():
        if element.parent is None and element.id in begun:
            texts = [program.flows[flow].condition for flow in element.outgoing]
            if element.type == "userTask":
                texts += [each for each in _people(element) if each.startswith("=")]
            yield from ((element, text) for text in texts if text)


def _people(element: runtime.Element) -> Iterator[str]:
    yield from (each for each in (element.assignee, element.candidate_users, element.candidate_groups) if each)


def _written(program: runtime.Program, drawn: list[forms.Form]) -> dict[str, list[str]]:
    """The elements that write each variable."""
    names = process_variables.variables_of(program, drawn) - process_variables.EVERYWHERE
    fields = {form.id: {each.path[0] for each in form.walk() if each.path} for form in drawn}
    return {
        name: [
            each.id
            for each in program.elements.values()
            if process_variables.may_write(each, name) or name in fields.get(each.form_id or "", ())
        ]
        for name in names
    }


def _after(program: runtime.Program) -> dict[str, set[str]]:
    return {id: _after_one(program, id) for id in program.elements}


def _after_one(program: runtime.Program, id: str) -> set[str]:
    """What may come after an element, itself included; generous, so that nothing is told that might be otherwise."""
    reached, todo = {id}, [id]
    while todo:
        more = set(_next(program, program.elements[todo.pop()])) - reached
        reached |= more
        todo += more
    return reached


def _next(program: runtime.Program, element: runtime.Element) -> Iterator[str]:
    yield from (program.flows[flow].target for flow in element.outgoing)
    yield from (each.id for each in program.elements.values() if each.attached_to == element.id)
    yield from (each.id for each in program.children.get(element.id, ()))
    if element.parent is not None:
        yield element.parent
    if element.event is not None and element.event.kind in ("link", "signal", "escalation", "error", "compensation"):
        yield from (each.id for each in program.elements.values() if each.event and each.event.kind == element.event.kind)
