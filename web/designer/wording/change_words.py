"""What differs between two packages, worded for people: each change under the heading of where it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.designing.comparing import Change, Detail
from web.designer.wording import panel, setting_words

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
STEP = re.compile(r"step \d+")
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
    "layout": lazy_gettext("Place on the page"),
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
    "validate": lazy_gettext("Checks of what is filled in"),
    "conditional": lazy_gettext("Hidden when"),
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
class Said:
    """A change in words; `details` are what it is of, with the texts before and after."""

    area: str
    name: str
    kind: str
    sign: str
    details: list[tuple[str, str, str]]


def worded(changes: Iterable[Change]) -> list[Said]:
    """The changes as people read them."""
    return [
        Said(str(AREAS[each.area]), _name(each), str(KINDS[each.kind]), each.kind, [_detail(detail) for detail in each.details])
        for each in changes
    ]


def _name(change: Change) -> str:
    if change.area == "decision" and "/" in change.element_id:
        table, _space, number = change.name.rpartition(" ")
        return _("%(table)s · rule %(n)s", table=table, n=number)
    return change.name


def _detail(detail: Detail) -> tuple[str, str, str]:
    step, number = detail.name.split(" ") if STEP.fullmatch(detail.name) else ("", "")
    known = (
        _("Step %(n)s", n=number)
        if step
        else FACTS.get(detail.name) or panel.LABELS.get(detail.name) or setting_words.LABELS.get(detail.name) or detail.name
    )
    return str(known), _text(detail.before), _text(detail.after)


def _text(value: str) -> str:
    return {"True": _("yes"), "False": _("no")}.get(value, value)
