"""What comes after a step, as far as the diagram says it: the next steps on each way, and with whom they will lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine import feel, runtime
from engine.definitions.definitions import Definition
from engine.people import resolve
from engine.people.organisation import Organisation

MOST = 4
SHORT = 1  # 是, 否, 有, 无
MOST_NAMED = 2  # people of a group are told by name as long as there are no more
STOPS = frozenset({"userTask", "receiveTask", "intermediateCatchEvent", "callActivity", "manualTask"})


@dataclass(frozen=True)
class Following:
    """One step that may come next: `way` is the answer that leads there, `who` a group or its people; `is_end` for an end."""

    way: str
    name: str
    who: str = ""
    is_end: bool = False


def after(definition: Definition, company: Organisation, element_id: str) -> list[Following]:
    """The next steps after an element, those on the first way first; nothing where the diagram names none."""
    found = dict.fromkeys(_walk(definition.program, element_id, "", set()))
    told = [_told(definition.program.elements[target], way, company) for way, target in found]
    going_on = {each.way for each in told if not each.is_end}
    return [each for each in told if (each.is_end and each.way not in going_on) or (each.name and not each.is_end)][:MOST]


def _walk(program: runtime.Program, element_id: str, way: str, seen: set[str]) -> Iterator[tuple[str, str]]:
    """The places where a token next stops, with the first answer on the way."""
    element = program.elements[element_id]
    outgoing = [program.flows[flow] for flow in element.outgoing]
    if not outgoing and element.parent and element.type == "endEvent":
        yield from _walk(program, element.parent, way, seen)
    for flow in outgoing:
        target = program.elements[flow.target]
        answer = way or (_answer(element, flow) if len(outgoing) > 1 else "")
        if target.id in seen:
            continue
        seen.add(target.id)
        if target.type in STOPS or (target.type == "endEvent" and target.parent is None):
            yield answer, target.id
        elif target.type in ("subProcess", "transaction"):
            yield from _into(program, target, answer, seen)
        else:
            yield from _walk(program, target.id, answer, seen)


def _answer(gateway: runtime.Element, flow: runtime.Flow) -> str:
    """What is answered where the ways part; a bare yes or no with its question."""
    return f"{gateway.name}{flow.name}" if flow.name and len(flow.name) <= SHORT else flow.name


def _into(program: runtime.Program, scope: runtime.Element, way: str, seen: set[str]) -> Iterator[tuple[str, str]]:
    for inner in program.children.get(scope.id, ()):
        if inner.type == "startEvent":
            yield from _walk(program, inner.id, way, seen)


def _told(element: runtime.Element, way: str, company: Organisation) -> Following:
    if element.type == "endEvent":
        return Following(way, element.name, is_end=True)
    return Following(way, element.name, _who(element, company))


def _who(element: runtime.Element, company: Organisation) -> str:
    """The group that a step will lie with, by its people where they are few; "" where only the case itself can tell."""
    given = element.candidate_groups or element.assignee or element.candidate_users
    if element.type != "userTask" or (given and feel.is_expression(given)):
        return ""
    names = resolve.names_in(given or element.lane)
    return "、".join(_people(name, company) for name in names)


def _people(name: str, company: Organisation) -> str:
    members = [company.name_of(each) for each in company.active(company.members_of(name))]
    return "、".join(members) if 0 < len(members) <= MOST_NAMED else company.name_of(name)
