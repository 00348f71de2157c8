"""Scenarios in words: their steps, what they expect, and how they went otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine import errors
from engine.designing.scenarios import scripts
from engine.queries.designer.scenario_page import StepChoices
from web.frame import filters, forms, words

ELEMENTS = ("found", "expected", "element")  # values of a fault that are ids of elements
KINDS = {
    "task": lazy_gettext("Somebody does a step"),
    "advance": lazy_gettext("Time passes"),
    "until": lazy_gettext("The clock moves to a moment"),
    "message": lazy_gettext("A message comes in"),
    "signal": lazy_gettext("A signal is given"),
    "job": lazy_gettext("A worker outside does a job"),
    "cancel": lazy_gettext("Somebody cancels the case"),
}
BY_TEXT = {
    "hold": lazy_gettext("A hold is placed on a record"),
    "lift": lazy_gettext("A hold on a record is lifted"),
    "start": lazy_gettext("Another case is started"),
}
STATES = {
    "active": lazy_gettext("is under way"),
    "completed": lazy_gettext("is concluded"),
    "cancelled": lazy_gettext("is cancelled"),
}
REFUSALS = {
    "Forbidden": lazy_gettext("may not"),
    "NotFound": lazy_gettext("does not find it"),
    "Conflict": lazy_gettext("as things stand it cannot be done"),
    "Invalid": lazy_gettext("what is filled in is wrong"),
}
UNITS = {
    "wd": lazy_gettext("working days"),
    "d": lazy_gettext("days"),
    "wh": lazy_gettext("working hours"),
    "h": lazy_gettext("hours"),
}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(wd|wh|d|h)")


def said(step: Mapping[str, Any], choices: StepChoices) -> str:
    """A step as a sentence."""
    kind = scripts.kind_of(step)
    who = choices.label("people", str(step.get("by", "")))
    if kind == "task":
        return _task(step, who, choices.label("tasks", str(step["task"])), choices)
    if kind == "until":
        return _("The clock moves to %(moment)s", moment=filters.full_moment(step["until"]))
    if kind == "advance":
        return _("%(span)s pass", span=span(str(step["advance"])))
    if kind in ("message", "signal", "job"):
        return f"{KINDS[kind]}{_(': ')}{choices.label(f'{kind}s', str(step[kind]))}"
    if kind == "cancel":
        return _("%(who)s cancels the case", who=choices.label("people", str(step["cancel"].get("by", ""))))
    return str(BY_TEXT.get(kind, kind))


def began(start: Mapping[str, Any], choices: StepChoices) -> str:
    """The start as a sentence."""
    if "message" in start:
        return _("The message “%(name)s” begins the case", name=choices.label("messages", str(start["message"])))
    return _("%(who)s starts the case", who=choices.label("people", str(start.get("by", ""))))


def span(text: str) -> str:
    """A length of time in words; as it is written where it is none of ours."""
    match = _SPAN.fullmatch(text)
    return f"{match[1]} {UNITS[match[2]]}" if match else text


def values(given: Mapping[str, Any], labels: Mapping[str, str], choices: StepChoices) -> list[tuple[str, str]]:
    """What is filled in, by the names of the fields; people by theirs, and what is left empty as nothing."""
    return [(labels.get(name, name), _filled(value, choices, labels)) for name, value in given.items()]


def _filled(value: Any, choices: StepChoices, labels: Mapping[str, str]) -> str:
    if value in ("", [], None):
        return _("nothing")
    if isinstance(value, list):
        sign = " / " if any(isinstance(each, Mapping) for each in value) else ""
        told = [_filled(each, choices, labels) for each in value]
        return sign.join(told) if sign else filters.listed(told)
    if isinstance(value, Mapping):
        return " · ".join(f"{labels.get(name, name)} {_filled(each, choices, labels)}" for name, each in value.items())
    return forms.plain(_flat(choices.label("people", value) if isinstance(value, str) else value))


def expected(wanted: Mapping[str, Any], choices: StepChoices) -> Iterator[str]:
    """What must hold, a phrase each."""
    for name, value in wanted.items():
        if name == "open":
            shown = filters.listed(choices.label("tasks", each) for each in value) or _("nothing")
            yield _("open now: %(names)s", names=shown)
        elif name == "state":
            yield _("the case %(state)s", state=str(STATES.get(value, value)))
        elif name == "ended":
            yield _("ends at: %(names)s", names=filters.listed(choices.label("ends", each) for each in value) or _("nothing"))
        elif name == "copies":
            yield _(
                "copies to: %(names)s", names=filters.listed(choices.label("people", each) for each in value) or _("nobody")
            )
        elif name == "incidents":
            yield _("%(count)s incidents", count=value)
        elif isinstance(value, Mapping):
            yield from _pairs(name, value, choices)


def faults(faults_told: tuple[errors.Refusal, ...], names: Mapping[str, str]) -> list[errors.Refusal]:
    """How a walk went otherwise, with what elements are called in place of their ids."""
    return [_named(each, names) for each in faults_told]


def _pairs(name: str, given: Mapping[str, Any], choices: StepChoices) -> Iterator[str]:
    for key, value in given.items():
        if name == "due":
            yield _("“%(step)s” is due on %(date)s", step=choices.label("tasks", key), date=value)
        elif name == "notices":
            yield _("notices of %(who)s: %(count)s", who=choices.label("people", key), count=value)
        elif name == "registers":
            yield _("lines in the register “%(name)s”: %(count)s", name=key, count=value)
        else:
            yield _("%(name)s is %(value)s", name=key, value=forms.plain(_flat(value)))


def _task(step: Mapping[str, Any], who: str, task: str, choices: StepChoices) -> str:
    if "return" in step:
        return _("%(who)s sends “%(step)s” back", who=who, step=task)
    if "hand_over" in step:
        to = choices.label("people", str(step["hand_over"].get("to", "")))
        return _("%(who)s hands “%(step)s” over to %(to)s", who=who, step=task, to=to)
    if "sign" in step:
        to = filters.listed(choices.label("people", str(each)) for each in step["sign"].get("to", []))
        return _("%(who)s asks %(to)s to sign “%(step)s” too", who=who, step=task, to=to)
    if "delegate" in step:
        to = choices.label("people", str(step["delegate"].get("to", "")))
        return _("%(who)s lets %(to)s do “%(step)s” for a while", who=who, step=task, to=to)
    if "claim" in step:
        return _("%(who)s takes “%(step)s”", who=who, step=task)
    outcome = step.get("outcome")
    if not outcome:
        return _("%(who)s does “%(step)s”", who=who, step=task)
    label = next((each.label for each in choices.outcomes.get(step["task"], ()) if each.id == outcome), "")
    return _("%(who)s does “%(step)s”: %(outcome)s", who=who, step=task, outcome=words.outcome_label(label, outcome))


def _named(refusal: errors.Refusal, names: Mapping[str, str]) -> errors.Refusal:
    told = {name: _called(value, names) if name in ELEMENTS else _state(name, value) for name, value in refusal.values.items()}
    return errors.Refusal(refusal.text, fields=None, **told)


def _state(name: str, value: Any) -> Any:
    return str(STATES.get(value, value)) if name in ("state", "wanted") and isinstance(value, str) else value


def _called(value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, list):
        return filters.listed(names.get(each, str(each)) for each in value) or _("nothing")
    return names.get(value, str(value))


def _flat(value: Any) -> Any:
    return value if isinstance(value, str | int | list | Mapping | bool) or value is None else str(value)
