"""What comes after a step, as far as the diagram says it: the next steps on each way, and with whom they will lie."""

from __future__ import annotations

from dataclasses import dataclass

from engine import feel, runtime
from engine.definitions import next_steps
from engine.definitions.definitions import Definition
from engine.people import resolve
from engine.people.organisation import Organisation

MOST = 4
MOST_NAMED = 2  # people of a group are told by name as long as there are no more


@dataclass(frozen=True)
class Following:
    """One step that may come next: `way` is the answer that leads there, `who` a group or its people; `is_end` for an end."""

    way: str
    name: str
    who: str = ""
    is_end: bool = False


def after(definition: Definition, company: Organisation, element_id: str) -> list[Following]:
    """The next steps after an element, those on the first way first; nothing where the diagram names none."""
    found = dict.fromkeys(next_steps.after(definition.program, element_id))
    told = [_told(definition.program.elements[target], way, company) for way, target in found]
    going_on = {each.way for each in told if not each.is_end}
    return [each for each in told if (each.is_end and each.way not in going_on) or (each.name and not each.is_end)][:MOST]


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
