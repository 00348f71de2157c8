"""What differs between two packages, worded for people: each change under the heading of where it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.definitions.languages import files
from engine.designing.comparing import Change, Detail
from engine.problems import UnnamedElement
from web.designer.settings import settings_tables
from web.designer.wording import panel, placing, setting_words
from web.frame.times import spans

AREAS = {
    "diagram": lazy_gettext("Diagram"),
    "form": lazy_gettext("Form"),
    "decision": lazy_gettext("Decision"),
    "settings": lazy_gettext("Process settings"),
    "scenario": lazy_gettext("Scenario"),
    "file": lazy_gettext("File"),
}
KINDS = {
    "added": lazy_gettext("added"),
    "removed": lazy_gettext("removed"),
    "changed": lazy_gettext("changed"),
    "moved": lazy_gettext("moved on the page only"),
}
TRANSLATED = f"{files.TEXTS}:"
SHOWN = 60  # letters of a text whose translation changed
STEP = re.compile(r"step \d+")
HEADS = "|".join(sorted({each for row in settings_tables.COLUMNS.values() for each in row}))
CELL = re.compile(rf"(?:^|(?<=[;、]))({HEADS}): (\w+$|\w+(?=[;、]))?")
SPANS = {"due": spans.DEADLINE, "warn": spans.DEADLINE, "remind": spans.DEADLINE, "retention": spans.PERIOD}
FACTS = {
    "title": lazy_gettext("Name"),
    "now": lazy_gettext("It begins at"),
    "start": lazy_gettext("The start"),
    "expect": lazy_gettext("At the end"),
    "name": lazy_gettext("Name"),
    "type": lazy_gettext("Kind"),
    "documentation": lazy_gettext("What people read about it"),
    "conditionExpression": lazy_gettext("Condition"),
    "sourceRef": lazy_gettext("From"),
    "targetRef": lazy_gettext("To"),
    "default": lazy_gettext("Taken when no other condition holds"),
    "attachedToRef": lazy_gettext("At the border of"),
    "cancelActivity": lazy_gettext("The step ends with it"),
    "messageRef": lazy_gettext("Message"),
    "processRef": lazy_gettext("Process"),
    "isExecutable": lazy_gettext("It can be run"),
    "versionTag.value": lazy_gettext("Name of the version"),
    "messageEventDefinition": lazy_gettext("Message"),
    "signalEventDefinition": lazy_gettext("Signal"),
    "errorEventDefinition": lazy_gettext("Error"),
    "conditionalEventDefinition": lazy_gettext("Condition"),
    "multiInstanceLoopCharacteristics": lazy_gettext("Done several times"),
    "loopCharacteristics.inputCollection": lazy_gettext("Done once for each of"),
    "loopCharacteristics.inputElement": lazy_gettext("Variable of each one"),
    "loopCharacteristics.outputCollection": lazy_gettext("Variable of all results"),
    "loopCharacteristics.outputElement": lazy_gettext("Result of each one"),
    "script.expression": lazy_gettext("Calculation"),
    "script.resultVariable": lazy_gettext("Variable of the result"),
    "assignmentDefinition.candidateGroups": lazy_gettext("Groups that do it"),
    "assignmentDefinition.candidateUsers": lazy_gettext("People, any of whom"),
    "assignmentDefinition.assignee": lazy_gettext("One person"),
    "formDefinition.formId": lazy_gettext("Form"),
    "taskDefinition.type": lazy_gettext("Operation"),
    "taskDefinition.retries": lazy_gettext("Attempts"),
    "calledDecision.decisionId": lazy_gettext("Decision"),
    "calledDecision.resultVariable": lazy_gettext("Variable of the result"),
    "calledElement.processId": lazy_gettext("Process"),
    "timerEventDefinition": lazy_gettext("Time"),
    "label": lazy_gettext("Name"),
    "key": lazy_gettext("Variable"),
    "readonly": lazy_gettext("Read only"),
    "validate.required": lazy_gettext("Must be filled in"),
    "validate.min": lazy_gettext("At least"),
    "validate.max": lazy_gettext("At most"),
    "validate.minLength": lazy_gettext("Fewest letters"),
    "validate.maxLength": lazy_gettext("Most letters"),
    "validate.pattern": lazy_gettext("Pattern of what is filled in"),
    "conditional.hide": lazy_gettext("Hidden when"),
    "values": lazy_gettext("Choices"),
    "policy": lazy_gettext("When several rules fit"),
    "columns": lazy_gettext("Columns"),
    "description": lazy_gettext("Description"),
    "text": lazy_gettext("Words"),
    "input": lazy_gettext("Input"),
    "output": lazy_gettext("Output"),
    "annotation": lazy_gettext("Note"),
}


@dataclass(frozen=True)
class ChangeSaid:
    """A change in words; `details` are what it is of, with the texts before and after."""

    area: str
    name: str
    kind: str
    sign: str
    details: list[tuple[str, str, str]]


def worded(changes: Iterable[Change]) -> list[ChangeSaid]:
    """The changes as people read them."""
    return [
        ChangeSaid(
            str(AREAS[each.area]),
            _name(each),
            str(KINDS[each.kind]),
            each.kind,
            [_detail(detail, each.area) for detail in each.details],
        )
        for each in changes
    ]


def _name(change: Change) -> str:
    if change.area == "decision" and "/" in change.element_id:
        table, _space, number = change.name.rpartition(" ")
        return _("%(table)s · rule %(n)s", table=table, n=number)
    if change.area == "diagram" and change.kind == "moved":
        return _("The drawing is arranged anew")
    if change.name and change.beside:
        return placing.named_place(change.name, change.beside)
    return change.name or (placing.unnamed_place(change.beside) if change.beside else _("Process"))


def _detail(detail: Detail, area: str) -> tuple[str, str, str]:
    step, number = detail.name.split(" ") if STEP.fullmatch(detail.name) else ("", "")
    known = (
        _("Step %(n)s", n=number)
        if step
        else _("Translation of “%(text)s”", text=detail.name.split(":", 2)[2][:SHOWN])
        if area == "settings" and detail.name.startswith(TRANSLATED)
        else _carried(detail.name)
        or FACTS.get(detail.name)
        or panel.LABELS.get(detail.name)
        or setting_words.LABELS.get(detail.name)
        or (_("Another setting") if area in ("diagram", "form") else detail.name)
    )
    return str(known), _text(detail.name, detail.before, area), _text(detail.name, detail.after, area)


def _carried(name: str) -> str:
    """A value that a step hands over, by the variable it goes to."""
    way, _space, variable = name.partition(" ")
    if way == "input":
        return _("Input %(name)s", name=variable)
    if way == "output":
        return _("Output %(name)s", name=variable)
    return _("Input %(name)s", name=variable) if way == "header" else ""


def _cell(cell: re.Match[str]) -> str:
    """The head of a cell of a table of settings, and what is chosen in it, in words."""
    head, chosen = cell[1], cell[2] or ""
    words = settings_tables.WORDS.get(chosen, chosen) if head in settings_tables.CHOICES else chosen
    return _("%(name)s: %(what)s", name=settings_tables.HEADS[head], what=words)


def _text(name: str, value: str | UnnamedElement, area: str) -> str:
    if isinstance(value, UnnamedElement):
        return placing.unnamed_place(value)
    if value in ("True", "False", "true", "false"):
        return _("yes") if value.lower() == "true" else _("no")
    if name in SPANS:
        return spans.worded(value, SPANS[name])
    if area == "settings" and name in settings_tables.COLUMNS:
        return CELL.sub(_cell, value)
    if area != "diagram" or not value:
        return value
    if name == "type":
        return str(placing.KINDS.get(value) or _("Element"))
    return str(panel.WORDS_OF.get((name, value)) or (panel.WORDS.get(value) if name in panel.LABELS else "") or value)
