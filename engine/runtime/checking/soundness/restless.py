"""Loops in which nothing ever rests: once entered, they run until the engine breaks them off."""

from __future__ import annotations

from collections.abc import Iterator

from engine.problems import ElementName, ElementPath
from engine.runtime import graph
from engine.runtime.checking.rules import problem
from engine.runtime.program import DiagramProblem, Element, Program

RESTLESS = (
    "This loop never rests: %(path)s hold no step of a person, no wait and no external work, so it runs until it is broken off."
)
_PASSING = {
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "scriptTask",
    "task",
    "manualTask",
    "businessRuleTask",
    "intermediateThrowEvent",
}


def check(program: Program) -> Iterator[DiagramProblem]:
    """The circles of elements that are passed in one go and that nothing leaves by a condition."""
    passing = {each.id for each in program.elements.values() if each.type in _PASSING and not each.task_definition}
    following = {
        key: [to for to in targets if to in passing] for key, targets in graph.successors(program).items() if key in passing
    }
    told: set[str] = set()
    for key in following:
        if key not in told and (circle := _circle(key, following)):
            told.update(circle)
            if not _is_left(program, circle):
                yield _told(program, circle)


def _circle(start: str, following: dict[str, list[str]]) -> tuple[str, ...]:
    """The shortest way from an element back to itself."""
    todo: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for path in todo:
        for each in following[path[-1]]:
            if each == start:
                return path
            if each not in seen:
                seen.add(each)
                todo.append((*path, each))
    return ()


def _is_left(program: Program, circle: tuple[str, ...]) -> bool:
    """Whether something that the loop itself changes may lead out of it: a script or decision in it, and a choice."""
    inside = [program.elements[each] for each in circle]
    changes = any(each.type in ("scriptTask", "businessRuleTask") or each.outputs for each in inside)
    return changes and any(len(each.outgoing) > 1 for each in inside)


def _told(program: Program, circle: tuple[str, ...]) -> DiagramProblem:
    names: list[Element] = [program.elements[each] for each in circle]
    path = ElementPath((ElementName(each.name, each.type),) for each in names)
    return problem(names[0], RESTLESS, "warning", path=path).played(circle)
