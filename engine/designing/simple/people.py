"""Who does a step, as one choice out of what an office says; a formula that says more is kept as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from engine.definitions import declarations, task_settings
from engine.designing.simple.drawn import places

LANE, GROUPS, PERSON, INITIATOR, PICKED, FORMULA = "lane", "groups", "person", "initiator", "picked", "formula"
FORMULAS = {
    INITIATOR: "=initiator",
    "superior": "=manager of(initiator, 1)",
    "superior_2": "=manager of(initiator, 2)",
    "head": "=head of(department of(initiator))",
}
KINDS = (LANE, GROUPS, "superior", "superior_2", "head", INITIATOR, PERSON, PICKED, FORMULA)
ASSIGNEE, USERS, GROUP = (f"zeebe:AssignmentDefinition:{name}" for name in ("assignee", "candidateUsers", "candidateGroups"))
PICKED_BY, PICKED_FROM = "property:picked_by", "property:picked_from"


@dataclass(frozen=True)
class Who:
    """The choice, with the groups or person that it names; `formula` is what is written where it is none of the others."""

    kind: str
    groups: str = ""
    person: str = ""
    formula: str = ""


def read(element: etree._Element) -> Who:
    """Who does a user task."""
    assignee, users, groups = (places.read(element, each) for each in (ASSIGNEE, USERS, GROUP))
    own = task_settings.read(places.properties(element))
    if own.picked_by != task_settings.NONE:
        picked = "" if own.picked_from == task_settings.ANYONE else own.picked_from
        is_plain = own.picked_by == task_settings.INITIATOR and not (assignee or users or groups or picked.startswith("="))
        return Who(PICKED, groups=picked) if is_plain else Who(FORMULA, formula=assignee or users or groups or picked)
    if not (assignee or users or groups):
        return Who(LANE)
    for kind, formula in FORMULAS.items():
        if "".join(assignee.split()) == "".join(formula.split()) and not (users or groups):
            return Who(kind)
    if groups and not (assignee or users or groups.startswith("=")):
        return Who(GROUPS, groups=groups)
    if assignee and not (users or groups or assignee.startswith("=")):
        return Who(PERSON, person=assignee)
    return Who(FORMULA, formula=" ".join(each for each in (assignee, users, groups) if each))


def given(form: Mapping[str, str]) -> dict[str, str]:
    """What a form says of who does a step, by place; nothing where a formula is kept."""
    kind = form.get("who", "")
    if kind not in KINDS or kind == FORMULA:
        return {}
    values = dict.fromkeys((ASSIGNEE, USERS, GROUP, PICKED_BY, PICKED_FROM), "")
    names = ",".join(declarations.words(form.get("who.groups", "").replace("、", ",")))
    if kind == GROUPS:
        values[GROUP] = names
    elif kind == PERSON:
        values[ASSIGNEE] = form.get("who.person", "").strip()
    elif kind == PICKED:
        values |= {PICKED_BY: task_settings.INITIATOR, PICKED_FROM: names}
    else:
        values[ASSIGNEE] = FORMULAS.get(kind, "")
    return values
