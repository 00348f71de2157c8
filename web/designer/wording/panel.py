"""The side panel of the diagram editor: which fields stand there for each kind of element, in the order an office asks.

A field says where its value lives in the diagram (`place`), the browser reads and writes it there: `name`,
`documentation`, `attribute:…` of the element, `property:…` of its zeebe:properties, or an element of its extensions
with an attribute (`zeebe:AssignmentDefinition:candidateGroups`). What is declared in `engine.definitions` and has no
place of its own below comes last, so that no setting is out of reach.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.definitions import declarations, task_settings
from engine.definitions.declarations import Setting
from engine.definitions.task_settings import EndSettings, StepSettings, TaskSettings
from engine.queries.designer.naming import PanelChoice
from web.designer.wording import parts

OPERATION = "operation"
HEADINGS = {
    "what": lazy_gettext("What is done"),
    "who": lazy_gettext("Who does it"),
    "when": lazy_gettext("Until when"),
    "how": lazy_gettext("How it is decided"),
    "fill": lazy_gettext("What is filled in"),
    "next": lazy_gettext("Where it goes on"),
    "more": lazy_gettext("Other settings"),
}
LABELS = {
    "kind": lazy_gettext("Way of dealing with it"),
    "rule": lazy_gettext("How many must act"),
    "outcomes": lazy_gettext("Buttons"),
    "result": lazy_gettext("Variable of the result"),
    "opinion": lazy_gettext("Opinion"),
    "opinion_on": lazy_gettext("Opinion wanted for"),
    "due": lazy_gettext("Deadline"),
    "warn": lazy_gettext("Warning before it"),
    "calendar": lazy_gettext("Working calendar"),
    "escalate": lazy_gettext("Who is told when overdue"),
    "separate_from": lazy_gettext("Not by whoever did"),
    "recused": lazy_gettext("Kept away from it"),
    "instructions": lazy_gettext("Words above the form"),
    "empty": lazy_gettext("Who acts when nobody is found"),
    "irreversible": lazy_gettext("Cannot be taken back"),
    "outcome": lazy_gettext("How the case ends"),
    "handed_to": lazy_gettext("To whom it may be handed on"),
    "same_as_initiator": lazy_gettext("When it is the initiator's own request"),
    "repeat": lazy_gettext("When the same person approves again"),
    "picked_by": lazy_gettext("People picked by"),
    "picked_from": lazy_gettext("Picked out of"),
    "picks": lazy_gettext("How many are picked"),
    "weights": lazy_gettext("Weights of votes"),
    "signature": lazy_gettext("Signature by hand"),
    "remind": lazy_gettext("Reminded again and again when overdue"),
    "late": lazy_gettext("What else is done when overdue"),
    "veto": lazy_gettext("Whose no decides alone"),
    "votes": lazy_gettext("Variable of the votes"),
    "return": lazy_gettext("How far it may be sent back"),
    "resume": lazy_gettext("Where it goes on after that"),
    "withdraw": lazy_gettext("Until when it may be taken back"),
    "cc": lazy_gettext("Who gets a copy"),
    "batch": lazy_gettext("Approving several at once"),
    "buttons": lazy_gettext("Operations switched off or renamed"),
}
WORDS = {
    "handle": lazy_gettext("handle (one button)"),
    "approve": lazy_gettext("approve (agree or refuse)"),
    "any": lazy_gettext("any one of them"),
    "anyone": lazy_gettext("anyone who may act"),
    "candidates": lazy_gettext("only those it was offered to"),
    "none": lazy_gettext("not asked"),
    "optional": lazy_gettext("may be given"),
    "required": lazy_gettext("required"),
    "required on reject": lazy_gettext("required for refusing and returning"),
    "true": lazy_gettext("yes"),
    "false": lazy_gettext("no"),
    "act": lazy_gettext("he or she decides it"),
    "skip": lazy_gettext("it passes by itself"),
    "superior": lazy_gettext("the superior decides it"),
    "head": lazy_gettext("the head of the department decides it"),
    "adjacent": lazy_gettext("passes after a step of the same person"),
    "first": lazy_gettext("only the first time is asked"),
    "last": lazy_gettext("only the last time is asked"),
    "initiator": lazy_gettext("whoever starts the case"),
    "previous": lazy_gettext("whoever does the step before"),
    "one": lazy_gettext("one person"),
    "several": lazy_gettext("several people"),
}
WORDS_OF = {  # of one setting, where its word means something else there
    ("return", "none"): lazy_gettext("nowhere"),
    ("signature", "none"): lazy_gettext("not signed"),
    ("signature", "optional"): lazy_gettext("may be signed"),
    ("signature", "required"): lazy_gettext("has to be signed"),
    ("late", "tell"): lazy_gettext("nothing but telling"),
    ("late", "tell_superior"): lazy_gettext("the superior is told too"),
    ("late", "hand_to_superior"): lazy_gettext("it is handed to the superior"),
    ("late", "hand_over"): lazy_gettext("it is handed to who is told when overdue"),
    ("late", "return"): lazy_gettext("it goes back to the step before"),
    ("return", "initiator"): lazy_gettext("to whoever started the case"),
    ("return", "previous"): lazy_gettext("to the step before"),
    ("return", "any"): lazy_gettext("to any step before"),
    ("resume", "step_by_step"): lazy_gettext("through the steps again"),
    ("resume", "direct"): lazy_gettext("straight to who sent it back"),
    ("resume", "choose"): lazy_gettext("as whoever sends it back chooses"),
    ("withdraw", "handled"): lazy_gettext("until the next step is done"),
    ("withdraw", "opened"): lazy_gettext("until the next opens it"),
    ("withdraw", "none"): lazy_gettext("cannot be taken back"),
    ("batch", "allowed"): lazy_gettext("may be approved with others"),
    ("batch", "never"): lazy_gettext("always one by one"),
    ("repeat", "none"): lazy_gettext("asked every time"),
    ("picked_by", "none"): lazy_gettext("nobody; the diagram says who"),
    (OPERATION, "documents.render"): lazy_gettext("make a paper"),
    (OPERATION, "notices.send"): lazy_gettext("send a notice"),
    (OPERATION, "records.check_holds"): lazy_gettext("look whether records are held"),
    (OPERATION, "records.destroy"): lazy_gettext("destroy records"),
    (OPERATION, "records.save"): lazy_gettext("write a record"),
    (OPERATION, "registers.count"): lazy_gettext("count the lines of a register"),
    (OPERATION, "registers.enter"): lazy_gettext("enter a line in a register"),
}
GROUP_OF = {
    "weights": "how",
    "signature": "how",
    "remind": "when",
    "late": "when",
    "veto": "how",
    "votes": "how",
    "return": "next",
    "resume": "next",
    "withdraw": "next",
    "cc": "next",
    "batch": "how",
    "buttons": "how",
    "instructions": "what",
    "separate_from": "who",
    "recused": "who",
    "empty": "who",
    "handed_to": "who",
    "same_as_initiator": "who",
    "picked_by": "who",
    "picked_from": "who",
    "picks": "who",
    "repeat": "how",
    "due": "when",
    "warn": "when",
    "calendar": "when",
    "escalate": "when",
    "kind": "how",
    "rule": "how",
    "outcomes": "how",
    "opinion": "how",
    "opinion_on": "how",
    "result": "how",
    "outcome": "next",
    "irreversible": "how",
}
DECLARED: dict[str, tuple[type, ...]] = {
    "userTask": (TaskSettings, StepSettings),
    "serviceTask": (StepSettings,),
    "endEvent": (EndSettings,),
}


@dataclass(frozen=True)
class PanelField:
    """One field: `place` as the module says, `widget` text, area, choice, rows of a condition, or one of `parts.WIDGETS`;
    `offers` what it may name (a list of the page; `several` of it, with commas between), `words` what stands for a code that it may hold, `opens` what is opened
    or begun with a button beside it: form, dmn, process."""

    place: str
    label: str
    widget: str = "text"
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    offers: str = ""
    placeholder: str = ""
    opens: str = ""
    words: tuple[tuple[str, str], ...] = ()
    several: bool = False


@dataclass(frozen=True)
class PanelGroup:
    """Fields under one heading."""

    heading: str
    fields: list[PanelField]


@dataclass(frozen=True)
class Panel:
    """What is offered for one kind of element, as the browser names kinds."""

    kind: str
    title: str
    groups: list[PanelGroup]


def panels() -> list[Panel]:
    """The panels of all kinds; `other` is for whatever has none of its own."""
    return [Panel(kind, title, list(_groups(kind))) for kind, title in _titles().items()]


def _titles() -> dict[str, str]:
    return {
        "process": _("Process"),
        "lane": _("Lane"),
        "userTask": _("User task"),
        "serviceTask": _("Service task"),
        "decisionTask": _("Decision"),
        "callActivity": _("Called process"),
        "startEvent": _("Start"),
        "endEvent": _("End"),
        "timerEvent": _("Timer"),
        "messageEvent": _("Message"),
        "conditionalFlow": _("Sequence flow with a condition"),
        "several": _("Several elements"),
        "other": _("Element"),
    }


def _groups(kind: str) -> Iterator[PanelGroup]:
    by_group: dict[str, list[PanelField]] = {name: [] for name in HEADINGS}
    for group, field in (*_own(kind), *_declared(kind)):
        by_group[group].append(field)
    yield from (PanelGroup(str(HEADINGS[name]), fields) for name, fields in by_group.items() if fields)


def _own(kind: str) -> Iterator[tuple[str, PanelField]]:
    if kind == "several":
        return
    yield "what", PanelField("name", _("Name"), "area" if kind != "lane" else "text", offers="group" if kind == "lane" else "")
    if kind == "lane":
        yield "who", PanelField("note", _("A lane bears the name of a group: its tasks are offered to that group."), "note")
    else:
        yield "what", PanelField("documentation", _("What people read about it"), "area")
    yield from _SPECIAL.get(kind, lambda: iter(()))()


def _user_task() -> Iterator[tuple[str, PanelField]]:
    unsaid = _("Left empty, the group of its lane does it.")
    place = "zeebe:AssignmentDefinition:"
    any_of, one = _("People, any of whom"), _("One person")
    yield "who", PanelField(f"{place}candidateGroups", _("Groups that do it"), offers="group", hint=unsaid, several=True)
    yield "who", PanelField(f"{place}candidateUsers", any_of, offers="person", placeholder="=members of(…)", several=True)
    yield "who", PanelField(f"{place}assignee", one, offers="person", placeholder="=manager of(initiator, 1)")
    yield "fill", PanelField("zeebe:FormDefinition:formId", _("Form"), offers="form", opens="form")


def _service_task() -> Iterator[tuple[str, PanelField]]:
    yield "how", PanelField("zeebe:TaskDefinition:type", _("Operation"), offers="operation")
    yield "how", PanelField("zeebe:TaskDefinition:retries", _("Attempts"), placeholder="3")


def _decision_task() -> Iterator[tuple[str, PanelField]]:
    yield "how", PanelField("zeebe:CalledDecision:decisionId", _("Decision"), offers="decision", opens="dmn")
    yield "how", PanelField("zeebe:CalledDecision:resultVariable", _("Variable of the result"))


def _call_activity() -> Iterator[tuple[str, PanelField]]:
    yield "how", PanelField("zeebe:CalledElement:processId", _("Process"), offers="process", opens="process")


def _start() -> Iterator[tuple[str, PanelField]]:
    yield "fill", PanelField("zeebe:FormDefinition:formId", _("Form"), offers="form", opens="form")


def _timer() -> Iterator[tuple[str, PanelField]]:
    kinds = (("timeDuration", _("after a time")), ("timeDate", _("at a moment")), ("timeCycle", _("again and again")))
    yield "when", PanelField("timer:kind", _("When"), "choice", options=kinds)
    yield "when", PanelField("timer:expression", _("Time"), hint=_("PT2H, 5wd, R/P1D, a date, or =FEEL."))


def _message() -> Iterator[tuple[str, PanelField]]:
    yield "how", PanelField("message:name", _("Name of the message"))
    yield "how", PanelField("message:correlationKey", _("Which case it is for"), placeholder="=…")


def _condition() -> Iterator[tuple[str, PanelField]]:
    yield "next", PanelField("condition:rows", _("Holds when"), "rows")
    yield (
        "next",
        PanelField(
            "condition", _("Condition"), "area", hint=_('FEEL, as =outcome = "approve". The button of the step before:')
        ),
    )
    yield "next", PanelField("condition:outcome", _("Taken when the button was"), "outcomes")
    yield "next", PanelField("condition:default", _("Taken when no other condition holds"), "switch")


_SPECIAL = {
    "userTask": _user_task,
    "serviceTask": _service_task,
    "decisionTask": _decision_task,
    "callActivity": _call_activity,
    "startEvent": _start,
    "timerEvent": _timer,
    "messageEvent": _message,
    "conditionalFlow": _condition,
}


def _declared(kind: str) -> Iterator[tuple[str, PanelField]]:
    for place in DECLARED.get(kind, ()):
        for setting in declarations.settings_of(place).values():
            if setting.type != declarations.OUTCOME_IDS:  # asked beside the outcomes
                yield GROUP_OF.get(setting.name, "more"), _field(setting)


def _field(setting: Setting) -> PanelField:
    label = str(LABELS.get(setting.name, setting.name))
    place, hint = f"property:{setting.name}", str(parts.HINTS.get(setting.name) or _(setting.meaning))
    if setting.type in (declarations.CHOICE, declarations.SWITCH):
        choices = setting.choices or ("true", "false")
        options = tuple((each, str(word(setting.name, each))) for each in choices)
        return PanelField(place, label, "choice", hint, options, placeholder=_unsaid(setting))
    if setting.type == declarations.RULE:
        return PanelField(place, label, "choice", hint, parts.rules(), placeholder=_unsaid(setting))
    widget = parts.WIDGETS.get(place) or parts.WIDGETS.get(
        setting.type, "area" if setting.type == declarations.TEXT else "text"
    )
    offers = "people" if setting.type in declarations.BESIDE else ""
    offers = "calendar" if setting.type == declarations.CALENDAR else offers
    words = parts.standing(setting.name)
    return PanelField(
        place, label, widget, hint, offers=setting.name if words else offers, words=words, several=offers == "people"
    )


def _unsaid(setting: Setting) -> str:
    """What holds where nothing is chosen."""
    if setting.name in parts.UNSAID:
        return str(parts.UNSAID[setting.name])
    default = {True: "true", False: "false"}.get(setting.default, setting.default)
    return _("unless said: %(value)s", value=word(setting.name, str(default)))


def of_kinds() -> dict[str, object]:
    """Which settings elements of each kind can have (`at`; `of_work`: people's and what makes a job), what each is called, and the
    sentence that tells which were `lost` when an element became another kind: for the script that keeps what fits (web/assets/designer/replacing.js)."""
    at = {kind: sorted(declarations.settings_of(place)) for kind, place in task_settings.PLACES.items()}
    of_work = sorted(declarations.settings_of(StepSettings))
    extensions = {
        "zeebe:AssignmentDefinition": HEADINGS["who"],
        "zeebe:FormDefinition": _("Form"),
        "zeebe:TaskDefinition": _("Operation"),
        "zeebe:CalledDecision": _("Decision"),
        "zeebe:CalledElement": _("Called process"),
        "zeebe:TaskSchedule": LABELS["due"],
        "zeebe:Script": _("Script task"),
        "zeebe:IoMapping": _("Input and output mappings"),
    }
    declared = {name: LABELS.get(name, name) for name in (*of_work, *(each for names in at.values() for each in names))}
    labels = {name: str(label) for name, label in {**declared, **extensions}.items()}
    lost = _("This kind of element has no use for “{names}”, which went. Undo brings it back.")
    return {"at": at, "ofWork": of_work, "labels": labels, "lost": lost}


def word(name: str, value: str) -> object:
    """What a word of a setting is called."""
    return parts.rule_said(value) if name == "rule" else WORDS_OF.get((name, value)) or WORDS.get(value, value)


def choices(offered: Mapping[str, list[PanelChoice]]) -> dict[str, list[PanelChoice]]:
    """What fields may name, with what each operation is called."""
    operations = [PanelChoice(each.value, str(word(OPERATION, each.value))) for each in offered[OPERATION]]
    return {**offered, OPERATION: operations}
