"""What cards are called, and the line under their name: who does it, by which rule, until when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from lxml import etree

from engine.designing.simple import cards as kinds
from engine.designing.simple import conditions, reading
from engine.designing.simple import people as deciding
from engine.designing.simple.asking import answers
from engine.designing.simple.cards import Branch, Card, Spot
from engine.designing.simple.drawn import places
from engine.designing.simple.leaving import exits
from engine.queries.designer.drawing_page import PanelChoice
from engine.queries.designer.simple_page import SimplePage
from web.designer.simple import fields
from web.designer.wording import asked_values, parts
from web.frame import filters
from web.frame.times import spans

KINDS = {
    kinds.START: lazy_gettext("Request"),
    kinds.APPROVE: lazy_gettext("Approval"),
    kinds.HANDLE: lazy_gettext("Handling"),
    kinds.CALL: lazy_gettext("Called process"),
    kinds.AUTOMATIC: lazy_gettext("Done by itself"),
    kinds.CONDITIONS: lazy_gettext("By condition"),
    kinds.PARALLEL: lazy_gettext("Side by side"),
    kinds.END: lazy_gettext("End of the case"),
    kinds.WAITING: lazy_gettext("Whatever comes first"),
    kinds.EVENT: lazy_gettext("Event"),
    kinds.SUBPROCESS: lazy_gettext("Steps within a step"),
    kinds.CLOSED: lazy_gettext("In the diagram"),
}
TRIGGERS = {  # what an event does, by the end of its element's name and its trigger
    ("startEvent", "timer"): lazy_gettext("Started at a time"),
    ("startEvent", "message"): lazy_gettext("Started by a message"),
    ("startEvent", "signal"): lazy_gettext("Started by a signal"),
    ("startEvent", "error"): lazy_gettext("When it fails"),
    ("startEvent", "escalation"): lazy_gettext("When it is reported upwards"),
    ("startEvent", "conditional"): lazy_gettext("When a condition holds"),
    ("endEvent", "message"): lazy_gettext("Ends and sends a message"),
    ("endEvent", "signal"): lazy_gettext("Ends and sends a signal"),
    ("endEvent", "error"): lazy_gettext("Ends with a fault"),
    ("endEvent", "escalation"): lazy_gettext("Ends and reports upwards"),
    ("endEvent", "terminate"): lazy_gettext("Ends everything"),
    ("intermediateCatchEvent", "timer"): lazy_gettext("Waits for a time"),
    ("intermediateCatchEvent", "message"): lazy_gettext("Waits for a message"),
    ("intermediateCatchEvent", "signal"): lazy_gettext("Waits for a signal"),
    ("intermediateCatchEvent", "conditional"): lazy_gettext("Waits for a condition"),
    ("intermediateThrowEvent", "message"): lazy_gettext("Sends a message"),
    ("intermediateThrowEvent", "signal"): lazy_gettext("Sends a signal"),
    ("intermediateThrowEvent", "escalation"): lazy_gettext("Reports upwards"),
    ("receiveTask", ""): lazy_gettext("Waits for a message"),
    ("boundaryEvent", "timer"): lazy_gettext("When time is up"),
    ("boundaryEvent", "error"): lazy_gettext("When it fails"),
    ("boundaryEvent", "message"): lazy_gettext("When a message comes"),
    ("boundaryEvent", "signal"): lazy_gettext("When a signal comes"),
    ("boundaryEvent", "escalation"): lazy_gettext("When it is reported upwards"),
    ("boundaryEvent", "conditional"): lazy_gettext("When a condition holds"),
}
FACTS = {
    "initiator": lazy_gettext("initiator"),
    conditions.DEPARTMENT: lazy_gettext("department of the initiator"),
}
EXITS = {exits.TIMER: lazy_gettext("When time is up"), exits.ERROR: lazy_gettext("When it fails")}
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
_SETTING = re.compile(r'=\s*setting\("([^"\\]+)"\)\s*')


def names(kind: str) -> tuple[str, ...]:
    """What a new card of a kind is called; of a block, its branches too."""
    if kind == kinds.CONDITIONS:
        return _("Which case?"), _("Case 1"), _("All other cases")
    if kind == kinds.PARALLEL:
        return "", _("Branch 1"), _("Branch 2")
    return (str(KINDS.get(kind, "")),)


def called(element: etree._Element, card: Card | None = None) -> str:
    """What kind of card an element is, in words; of a gateway the card says what it makes of it."""
    kind = card.kind if card is not None else reading.kind_of(element)
    said = TRIGGERS.get((str(etree.QName(element).localname), reading.trigger(element)))
    return str(said or KINDS[kind])


def askable(page: SimplePage) -> list[tuple[str, list[tuple[str, str]]]]:
    """What conditions may ask, under headings: each as it is written, with its words."""
    outcomes = [
        (each.variable, _("outcome of %(step)s", step=filters.listed(filter(None, each.steps)))) for each in page.outcomes
    ]
    results = [(each.variable, _("result of %(step)s", step=filters.listed(each.steps))) for each in page.decisions]
    fields_ = [(each.value, each.label or each.value) for each in page.fields]
    facts = [(value, str(label)) for value, label in FACTS.items()]
    groups = (
        (_("Fields of forms"), fields_),
        (_("Outcomes"), outcomes),
        (_("Decisions"), results),
        (_("Initiator"), facts),
    )
    return [(heading, choices) for heading, choices in groups if choices]


def values(page: SimplePage) -> answers.Words:
    """What the values are called that conditions compare with, by what they ask."""
    return asked_values.of_all(page.drawing.files, page.outcomes)


def rows(page: SimplePage, rows_read: list[conditions.Row]) -> list[conditions.Row]:
    """The rows of a condition as they are read: outcomes and choices by their words."""
    return answers.of_rows(rows_read, values(page))


def copier(page: SimplePage, spot: Spot) -> str:
    """The step right before a place, whose copies leave there; empty where none is."""
    if page.board is None or not spot.flows:
        return ""
    graph = page.board.sheet.graph
    asked = {each.gateway: each.id for each in page.board.cards if each.gateway}
    source = asked.get(graph.source(spot.flows[0]), graph.source(spot.flows[0]))
    return source if len(spot.flows) == 1 and graph.kind(source) == "userTask" else ""


def exits_of(card: Card | None) -> list[tuple[str, str]]:
    """The ways out that a card may be given."""
    return [(each, str(EXITS[each])) for each in exits.OFFERED.get(card.kind, ())] if card is not None else []


def steps(page: SimplePage, drawer: fields.Drawer, chosen: Iterable[str]) -> list[tuple[str, str]]:
    """The other steps that people do, and whoever starts the case, by the words for them; those of other processes last."""
    graph = page.board.sheet.graph if page.board is not None else None
    tasks = {} if graph is None else {id: each for id, each in graph.nodes.items() if graph.kind(id) == "userTask"}
    step_names = {"initiator": _("initiator")}
    step_names |= {
        id: str(each.get("name", "")).strip() or _("without a name") for id, each in tasks.items() if id != drawer.id
    }
    return [*step_names.items(), *((each, each) for each in chosen if each not in step_names)]


def heading(drawer: fields.Drawer, card: Card | None, element: etree._Element | None) -> str:
    """What the drawer of a card or branch is called: as the card is."""
    if element is not None and str(element.tag).endswith("boundaryEvent"):
        return called(element)
    if element is not None and card is not None and card.kind != kinds.CLOSED:
        return called(element, card)
    return _("Branch") if drawer.kind == "conditionalFlow" else drawer.title


def line(page: SimplePage, id: str) -> str:
    """The line under the name of a card; empty where there is nothing to say."""
    element = page.element(id)
    if element is None:
        return ""
    kind = fields.kind_of(element)
    if kind == "userTask":
        return " · ".join(_of_task(page, element))
    if kind == "timerEvent":
        return " · ".join(_of_timer(page, element))
    if places.read(element, "zeebe:FormDefinition:formId"):
        return _("fills in a form")
    if called := places.read(element, "zeebe:CalledElement:processId"):
        return _label(page.drawing.choices["process"], called)
    return ""


def copies(page: SimplePage, id: str) -> str:
    """Who gets a copy when the step is done; empty for nobody."""
    element = page.element(id)
    written = "" if element is None else places.read(element, "property:cc")
    return _worked_out(page, written) if written.startswith("=") else written


def condition(page: SimplePage, branch: Branch) -> str:
    """When a branch is taken, in words; of a formula that says more, that it is one."""
    if branch.is_default:
        return _("in all other cases")
    rows_read = fields.conditions.rows(branch.condition)
    if not rows_read:
        return str(WHO[deciding.FORMULA]) if branch.condition else ""
    rows_read = rows(page, rows_read)
    labels = {value: label for _heading, group in askable(page) for value, label in group}
    said = (f"{labels.get(each.field) or each.field} {SIGNS[each.sign]} {each.value}" for each in rows_read)
    return _(" and ").join(said)


def _worked_out(page: SimplePage, formula: str) -> str:
    """What a formula gives, where it only asks for a setting of the company; else that it is one."""
    asked = _SETTING.fullmatch(formula)
    given = page.set_by_company.get(asked[1]) if asked else None
    if given is None:
        return str(WHO[deciding.FORMULA])
    words_given = filters.listed(map(str, given)) if isinstance(given, list) else spans.worded(str(given))
    return _("%(value)s, as set by the company", value=words_given)


def _of_task(page: SimplePage, element: etree._Element) -> Iterator[str]:
    who = deciding.read(element)
    if who.kind == deciding.GROUPS:
        yield who.groups
    elif who.kind == deciding.PERSON:
        yield _label(page.drawing.choices["person"], who.person)
    elif who.kind == deciding.LANE:
        yield _lane(element) or _("nobody named yet")
    else:
        yield str(WHO[who.kind])
    rule = places.read(element, fields.RULE)
    if rule and rule != "any":
        yield parts.rule_said(rule)
    number, unit = spans.parted(places.read(element, fields.DUE))
    if number:
        yield _("to be done within %(span)s", span=spans.counted(number, unit)) if unit else _limit(page, number)
    if places.read(element, "zeebe:FormDefinition:formId"):
        yield _("fills in a form")


def _limit(page: SimplePage, written: str) -> str:
    """A deadline that is written otherwise than as a number of a unit."""
    return _("deadline: %(limit)s", limit=_worked_out(page, written) if written.startswith("=") else written)


def _of_timer(page: SimplePage, element: etree._Element) -> Iterator[str]:
    time = places.read(element, fields.TIME)
    if time:
        yield _worked_out(page, time) if time.startswith("=") else spans.worded(time)
    if str(element.tag).endswith("boundaryEvent"):
        goes_on = places.read(element, places.INTERRUPTS) == "false"
        yield _("the step goes on meanwhile") if goes_on else _("the step stops")


def _lane(element: etree._Element) -> str:
    """The lane that a step, or what holds it, lies in."""
    around = {str(each.get("id")) for each in (element, *element.iterancestors())}
    references = (
        each for each in element.getroottree().getroot().iter("{*}flowNodeRef") if (each.text or "").strip() in around
    )
    lanes = (each.getparent() for each in references)
    return next((lane.get("name", "").strip() for lane in lanes if lane is not None), "")


def _label(choices: list[PanelChoice], value: str) -> str:
    labels: Mapping[str, str] = {each.value: each.label for each in choices}
    return labels.get(value) or value
