"""The drawer of a card: the fields of the diagram's panel for its kind, the essential ones first, with their values.

Most are the panel's own; who does a step, how many must act, a deadline and a condition are asked in parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from lxml import etree

from engine.definitions import declarations
from engine.designing.simple import conditions, reading
from engine.designing.simple import people as deciding
from engine.designing.simple.asking import buttons
from engine.designing.simple.drawn import places
from engine.queries.designer import naming
from web.designer.wording import panel, parts
from web.designer.wording.panel import PanelField
from web.frame import filters
from web.frame.times import spans

ESSENTIAL = {
    "userTask": (
        "name",
        "zeebe:FormDefinition:formId",
        "property:rule",
        "property:due",
        "property:return",
        "property:opinion",
        "property:outcomes",
        "property:cc",
        "property:buttons",
    ),
    "startEvent": ("name", "zeebe:FormDefinition:formId"),
    "endEvent": ("name", "property:outcome", "property:cc"),
    "callActivity": ("name", "zeebe:CalledElement:processId"),
    "conditionalFlow": ("name",),
    "gateway": ("name", "documentation"),
    "serviceTask": ("name", "zeebe:TaskDefinition:type"),
    "decisionTask": ("name", "zeebe:CalledDecision:decisionId", "zeebe:CalledDecision:resultVariable"),
    "timerEvent": ("name", "timer:kind", "timer:expression", places.INTERRUPTS),
    "messageEvent": ("name", "message:name", "message:correlationKey", places.INTERRUPTS),
}
WHO = ("zeebe:AssignmentDefinition:", "property:picked_by", "property:picked_from")
CHOSEN = (
    "zeebe:FormDefinition:formId",
    "zeebe:CalledElement:processId",
    "zeebe:CalledDecision:decisionId",
    "zeebe:TaskDefinition:type",
)
PERSON = "who.person"
RULE, CONDITION, TIME = "property:rule", "condition", "timer:expression"
DUE, ENDING, STEPS = "property:due", "property:outcome", "property:separate_from"
START_SETTING = "may_start"


@dataclass(frozen=True)
class Filled:
    """A field with what stands there; `name` is what the form calls it. `parts` are number and unit, or how a case ends and
    the words for it, `rows` the buttons or operations, `chosen` the steps, each as typed or as the diagram says."""

    field: PanelField
    name: str
    value: str
    parts: tuple[str, str] = ("", "")
    rows: tuple[buttons.Button | tuple[str, str], ...] = ()
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawer:
    """What is asked of one element: `essential` fields, and the `more` behind a fold; `who` does a step (None: no step)."""

    id: str
    kind: str
    title: str
    essential: list[Filled]
    more: list[Filled]
    who: deciding.Who | None
    rows: list[conditions.Row] | None
    condition: str
    is_default: bool
    may_start: str | None = None


def kind_of(element: etree._Element) -> str:
    """The panel's name for the kind of an element."""
    local = str(etree.QName(element).localname)
    trigger = reading.trigger(element)
    if trigger in ("timer", "message") or local == "receiveTask":
        return "timerEvent" if trigger == "timer" else "messageEvent"
    if trigger or local == "boundaryEvent":
        return "gateway"
    if local == "businessRuleTask" and not places.read(element, "zeebe:TaskDefinition:type"):
        return "decisionTask"
    if local.endswith("Gateway"):
        return "gateway"
    same = {"sequenceFlow": "conditionalFlow", "sendTask": "serviceTask", "scriptTask": "serviceTask"}
    kind = same.get(local, local)
    return kind if kind in ESSENTIAL else "gateway"


def drawer(element: etree._Element, *, is_default: bool, settings: Mapping[str, object] | None = None) -> Drawer:
    """The drawer of an element; `settings` of its process, for the card where cases begin."""
    kind = kind_of(element)
    fields_by_place = {each.place: each for each in _fields(kind, element)}
    listed = [fields_by_place.pop(place) for place in ESSENTIAL[kind] if place in fields_by_place]
    condition = places.condition(element) if kind == "conditionalFlow" else ""
    essential, more = ([_filled(each, element) for each in fields] for fields in (listed, fields_by_place.values()))
    return Drawer(
        id=str(element.get("id")),
        kind=kind,
        title=next((each.title for each in panel.panels() if each.kind == kind), _("Gateway")),
        essential=essential,
        more=more,
        who=deciding.read(element) if kind == "userTask" else None,
        rows=conditions.rows(condition),
        condition=condition,
        is_default=is_default,
        may_start=_listed(settings.get(START_SETTING))
        if str(element.tag).endswith("startEvent") and settings is not None
        else None,
    )


def named(drawer: Drawer, people: Mapping[str, str]) -> Drawer:
    """A drawer with colleagues by their names (by username) wherever it names some."""
    essential, more = (
        [replace(each, value=naming.said(each.value, people)) if _names_people(each) else each for each in fields]
        for fields in (drawer.essential, drawer.more)
    )
    who = replace(drawer.who, person=people.get(drawer.who.person, drawer.who.person)) if drawer.who else None
    return replace(drawer, essential=essential, more=more, who=who)


def _names_people(filled: Filled) -> bool:
    """Whether it names some, and not by a word that stands for nobody in particular."""
    return filled.field.several and filled.value not in dict(filled.field.words).values()


def meant(form: Mapping[str, str], people: Mapping[str, str]) -> dict[str, str]:
    """A form with colleagues by their usernames wherever it names some."""
    fields = (field for each in panel.panels() for group in each.groups for field in group.fields if field.several)
    words = {PERSON: people, **{each.place: {**dict(each.words), **people} for each in fields}}
    return {**form, **{name: naming.meant(form[name].strip(), words[name]) for name in words.keys() & form.keys()}}


def typed(drawer: Drawer, form: Mapping[str, str]) -> Drawer:
    """A drawer with what was typed into it and refused."""
    fill = [[_of_form(each, form) for each in fields] for fields in (drawer.essential, drawer.more)]
    who = drawer.who
    if who is not None and "who" in form:
        groups, person = form.get("who.groups", ""), form.get("who.person", "")
        who = replace(who, kind=form["who"], groups=groups, person=person)
    rows = conditions.typed(form) if "row.0.field" in form else drawer.rows
    kept = form.get("condition", drawer.condition)
    starters = form.get(START_SETTING, drawer.may_start)
    return replace(drawer, essential=fill[0], more=fill[1], who=who, rows=rows, condition=kept, may_start=starters)


def starters(form: Mapping[str, str]) -> dict[str, list[str] | None]:
    """What a form says of who may start the process; nothing where it does not ask."""
    return (
        {START_SETTING: list(declarations.words(form[START_SETTING].replace("、", ","))) or None}
        if START_SETTING in form
        else {}
    )


def _listed(groups: object) -> str:
    return filters.listed(map(str, groups)) if isinstance(groups, list | tuple) else ""


def _filled(field: PanelField, element: etree._Element) -> Filled:
    value = places.read(element, field.place)
    filled = Filled(field, _name(field), dict(field.words).get(value, value))
    if field.widget == parts.DUE:
        return replace(filled, parts=spans.parted(value))
    if field.widget == parts.ENDING:
        kind, _colon, said = value.partition(":")
        return replace(filled, parts=(kind.strip(), said.strip()))
    if field.widget == parts.BUTTONS:
        return replace(filled, rows=tuple(buttons.read(element)))
    if field.widget == parts.OPERATIONS:
        return replace(filled, rows=tuple(buttons.operations(value)))
    return replace(filled, chosen=declarations.words(value)) if field.widget == parts.STEPS else filled


def _name(field: PanelField) -> str:
    """What the form calls a field: one that is asked in parts has a name before each of them."""
    if field.widget not in (parts.DUE, parts.ENDING, parts.STEPS):
        return field.place
    return "due" if field.place == TIME else field.place.rpartition(":")[2]


def _of_form(filled: Filled, form: Mapping[str, str]) -> Filled:
    name, widget = filled.name, filled.field.widget
    if widget == parts.DUE and f"{name}.number" in form:
        return replace(filled, parts=(form[f"{name}.number"], form.get(f"{name}.unit", "")))
    if widget == parts.ENDING and f"{name}.kind" in form:
        return replace(filled, parts=(form[f"{name}.kind"], form.get(f"{name}.words", "")))
    if widget == parts.BUTTONS and "out.0.kind" in form:
        return replace(filled, rows=tuple(buttons.typed(form)))
    if widget == parts.OPERATIONS and "op.0.name" in form:
        return replace(filled, rows=tuple(buttons.operations_typed(form)))
    if widget == parts.STEPS and name in form:
        return replace(filled, chosen=_steps(form, name))
    return replace(filled, value=form.get(name, filled.value))


def given(element: etree._Element, form: Mapping[str, str]) -> dict[str, str]:
    """What a form says of an element, by place; what it does not ask stays as it is."""
    kind, values = kind_of(element), {}
    for each in _fields(kind, element):
        said = _said(each, form)
        if said is not None:
            values[each.place] = said
    if kind == "userTask":
        values |= deciding.given(form) | buttons.given(element, form) | buttons.operations_given(form)
    if kind == "conditionalFlow":
        values |= conditions.given(form)
    return values


def _said(field: PanelField, form: Mapping[str, str]) -> str | None:
    """What a form says of one field, as the diagram writes it; None where it does not ask."""
    name = _name(field)
    if field.widget == parts.DUE:
        return spans.written(form[f"{name}.number"].strip(), form.get(f"{name}.unit", "")) if f"{name}.number" in form else None
    if field.widget == parts.ENDING:
        said = (form.get(f"{name}.kind", "").strip(), form.get(f"{name}.words", "").strip())
        return ":".join(filter(None, said)) if said[0] else "" if f"{name}.kind" in form else None
    if field.widget == parts.STEPS:
        return ",".join(_steps(form, name)) if name in form else None
    if name not in form:
        return None
    meant = {label: code for code, label in field.words}
    return meant.get(form[name].strip(), form[name].strip())


def _steps(form: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The steps that are ticked; a form names each by a field of its own."""
    return tuple(key.removeprefix(f"{name}:") for key in form if key.startswith(f"{name}:"))


def _fields(kind: str, element: etree._Element) -> list[PanelField]:
    """The panel's fields that are asked one by one."""
    if kind == "gateway":
        asked = [PanelField("name", _("Name")), PanelField("documentation", _("What people read about it"), "area")]
        return [*asked, *_of_exit(element)]
    groups = next(each.groups for each in panel.panels() if each.kind == kind)
    asked = [each for group in groups for each in group.fields if each.widget not in ("note", "rows", "outcomes", "switch")]
    asked = [each for each in asked if not each.place.startswith((*WHO, CONDITION))]
    return [_simple(each, places.read(element, each.place)) for each in (*asked, *_of_exit(element))]


def _of_exit(element: etree._Element) -> list[PanelField]:
    """What is asked of a way out of a card: whether the card goes on meanwhile. An error always ends it."""
    if not str(element.tag).endswith("boundaryEvent") or reading.trigger(element) == "error":
        return []
    options = (("false", _("goes on")),)
    return [PanelField(places.INTERRUPTS, _("The step meanwhile"), "choice", options=options, placeholder=_("stops"))]


def _simple(field: PanelField, value: str) -> PanelField:
    """A field of the panel as the drawer asks it: what is picked out of a few is a list."""
    if field.place == "name":
        return replace(field, widget="text")
    if field.place == RULE:
        own = () if not value or value in parts.RULES else ((value, parts.rule_said(value)),)
        return replace(field, options=(*field.options, *own))
    if field.place == TIME:
        return replace(
            field, label=_("How long, or when"), widget="due", hint=_("A number, or written out: R/P1D, a date, =FEEL.")
        )
    if field.place == DUE:
        return replace(field, hint=_("Counted from when the step is reached."))
    return replace(field, widget="picked") if field.place in CHOSEN else field
