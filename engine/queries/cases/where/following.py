"""What comes after a step, as far as the diagram says it: the next steps on each way, and with whom they will lie."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from engine import feel, runtime
from engine.definitions.definitions import Definition
from engine.definitions.rules import next_steps
from engine.people import resolve
from engine.people.organisation import Organisation

MOST = 6
MOST_NAMED = 2  # people of a group are told by name as long as there are no more


@dataclass(frozen=True)
class ComingStep:
    """A step that may come next: `who` is a group or its people; `is_end` for an end."""

    name: str
    who: str = ""
    is_end: bool = False


Way = tuple[str, ...]
Steps = tuple[ComingStep, ...]


@dataclass(frozen=True)
class Following:
    """What comes next on one way: `way` are the answers that lead there, none where it comes anyway.

    `is_rest`: several ways lead there, that have no more than this in common; the others are told beside it.
    """

    way: Way
    steps: Steps
    is_rest: bool = False


def after(definition: Definition, company: Organisation, element_id: str) -> list[Following]:
    """The next steps after an element by way, what comes anyway first; nothing where the diagram names none.

    An end beside a step is only that of a branch: the case goes on, and nothing is said of it.
    """
    ways: dict[Steps, list[Way]] = {}
    for way, steps in _by_way(definition, company, element_id).items():
        ways.setdefault(steps, []).append(way)
    told = [Following(_common(all_ways), steps, len(all_ways) > 1) for steps, all_ways in ways.items()]
    if len(told) == 1 and told[0].is_rest:
        told = [Following((), told[0].steps)]
    return sorted(told, key=lambda each: (each.way != () or each.is_rest, each.is_rest))[:MOST]


def _by_way(definition: Definition, company: Organisation, element_id: str) -> dict[Way, Steps]:
    steps_by_way: dict[Way, list[ComingStep]] = {}
    for way, target in next_steps.after(definition.program, element_id):
        step = _told(definition.program.elements[target], company)
        if step.name or step.is_end:
            steps_by_way.setdefault(way, []).append(step)
    goes_on_anyway = any(not step.is_end for step in steps_by_way.get((), ()))
    kept = {way: [step for step in steps if not step.is_end] for way, steps in steps_by_way.items()}
    ends = {way: [] if goes_on_anyway else steps[:1] for way, steps in steps_by_way.items()}
    return {way: tuple(dict.fromkeys(steps)) for way in steps_by_way if (steps := kept[way] or ends[way])}


def _common(ways: list[Way]) -> Way:
    """The answers with which all the ways begin."""
    together = itertools.takewhile(lambda answers: len(set(answers)) == 1, zip(*ways, strict=False))
    return tuple(answers[0] for answers in together)


def _told(element: runtime.Element, company: Organisation) -> ComingStep:
    if element.type == "endEvent":
        return ComingStep(element.name, is_end=True)
    return ComingStep(element.name, _who(element, company))


def _who(element: runtime.Element, company: Organisation) -> str:
    """The group that a step will lie with, by its people where they are few; "" where only the case itself can tell."""
    given = element.candidate_groups or element.assignee or element.candidate_users
    if element.type != "userTask" or (given and feel.is_expression(given)):
        return ""
    names = resolve.names_in(given or element.lane)
    return "、".join(_people(name, company) for name in names)


def _people(name: str, company: Organisation) -> str:
    members = [company.name_of(each) for each in company.active(company.members_of(name))]
    return "、".join(members) if 0 < len(members) <= MOST_NAMED else company.named(name)
