"""What cards are called, and the line under their name: who does it, by which rule, until when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from lxml import etree

from engine.designing.simple import cards as kinds
from engine.designing.simple import people as deciding
from engine.designing.simple import places
from engine.designing.simple.cards import Branch, Card
from engine.queries.designer.drawing_page import Choice
from engine.queries.designer.simple_page import SimplePage
from web.designer.simple import fields

KINDS = {
    kinds.START: lazy_gettext("Request"),
    kinds.APPROVE: lazy_gettext("Approval"),
    kinds.HANDLE: lazy_gettext("Handling"),
    kinds.CALL: lazy_gettext("Called process"),
    kinds.AUTOMATIC: lazy_gettext("Done by itself"),
    kinds.CONDITIONS: lazy_gettext("By condition"),
    kinds.PARALLEL: lazy_gettext("Side by side"),
    kinds.END: lazy_gettext("End of the case"),
    kinds.CLOSED: lazy_gettext("In the diagram"),
}
OFFERED = (kinds.APPROVE, kinds.HANDLE, kinds.CONDITIONS, kinds.PARALLEL, kinds.CALL)
WHO = {
    deciding.LANE: lazy_gettext("the group of its lane"),
    deciding.GROUPS: lazy_gettext("groups"),
    "superior": lazy_gettext("superior of the initiator"),
    "superior_2": lazy_gettext("superior of that superior"),
    "head": lazy_gettext("head of the initiator's department"),
    deciding.INITIATOR: lazy_gettext("initiator"),
    deciding.PERSON: lazy_gettext("one person"),
    deciding.PICKED: lazy_gettext("picked by the initiator"),
    deciding.FORMULA: lazy_gettext("as a formula says"),
}
SIGNS = {
    "=": lazy_gettext("is"),
    "!=": lazy_gettext("is not"),
    ">": lazy_gettext("is more than"),
    ">=": lazy_gettext("is at least"),
    "<": lazy_gettext("is less than"),
    "<=": lazy_gettext("is at most"),
}


def names(kind: str) -> tuple[str, ...]:
    """What a new card of a kind is called; of a block, its branches too."""
    if kind == kinds.CONDITIONS:
        return _("Which case?"), _("Case 1"), _("All other cases")
    if kind == kinds.PARALLEL:
        return "", _("Branch 1"), _("Branch 2")
    return (str(KINDS.get(kind, "")),)


def heading(drawer: fields.Drawer, card: Card | None) -> str:
    """What the drawer of a card or branch is called: as the card is."""
    if card is not None and card.kind != kinds.CLOSED:
        return str(KINDS[card.kind])
    return _("Branch") if drawer.kind == "conditionalFlow" else drawer.title


def line(page: SimplePage, id: str) -> str:
    """The line under the name of a card; empty where there is nothing to say."""
    element = page.element(id)
    if element is None:
        return ""
    kind = fields.kind_of(element)
    if kind == "userTask":
        return " · ".join(_of_task(page, element))
    if places.read(element, "zeebe:FormDefinition:formId"):
        return _("fills in a form")
    if called := places.read(element, "zeebe:CalledElement:processId"):
        return _label(page.drawing.choices["process"], called)
    return ""


def copies(page: SimplePage, id: str) -> str:
    """Who gets a copy when the step is done; empty for nobody."""
    element = page.element(id)
    return "" if element is None else places.read(element, "property:cc")


def condition(page: SimplePage, branch: Branch) -> str:
    """When a branch is taken, in words; a formula that says more stays one."""
    if branch.is_default:
        return _("in all other cases")
    found = fields.conditions.rows(branch.condition)
    if not found:
        return branch.condition.removeprefix("=")
    labels = {each.value: each.label for each in page.fields}
    said = (f"{labels.get(each.field) or each.field} {SIGNS[each.sign]} {each.value}" for each in found)
    return _(" and ").join(said)


def _of_task(page: SimplePage, element: etree._Element) -> Iterator[str]:
    who = deciding.read(element)
    if who.kind == deciding.GROUPS:
        yield who.groups
    elif who.kind == deciding.PERSON:
        yield _label(page.people, who.person)
    elif who.kind == deciding.LANE and not _has_lane(element):
        yield _("nobody named yet")
    else:
        yield str(WHO[who.kind])
    rule = places.read(element, fields.RULE)
    if rule and rule != "any":
        yield str(fields.RULES.get(rule, rule))
    number, unit = fields.due_parts(places.read(element, fields.DUE))
    if number:
        yield _("within %(number)s %(unit)s", number=number, unit=fields.UNITS.get(unit, ""))
    if places.read(element, "zeebe:FormDefinition:formId"):
        yield _("fills in a form")


def _has_lane(element: etree._Element) -> bool:
    process = element.getparent()
    id = element.get("id")
    return process is not None and any((each.text or "").strip() == id for each in process.iter("{*}flowNodeRef"))


def _label(choices: list[Choice], value: str) -> str:
    found: Mapping[str, str] = {each.value: each.label for each in choices}
    return found.get(value) or value
