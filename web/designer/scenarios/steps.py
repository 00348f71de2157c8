"""One step of a scenario as a form of the page, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import flask

from engine import errors
from engine import forms as engine_forms
from engine.designing.scenarios import scripts
from engine.queries.designer.scenario_page import StepChoices
from web.designer.trying import pickers
from web.frame import filters, forms, storage

START, END = "start", "end"
ACTS = ("complete", "return", "hand_over", "sign", "delegate", "claim")
KEPT = (
    "in",
    "process",
    "record",
    "due",
    "notices",
    "copies",
    "registers",
    "incidents",
)  # what only the text says: it stays as it is
MOST_ROWS = 40
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)(wd|wh|d|h)")
POSITIONS = ("before", "after", "beside")


def kind_of(step: Mapping[str, Any], at: int) -> str:
    """What a place of a scenario is: `START`, `END`, or the kind of the step."""
    return {0: START, -1: END}.get(at) or scripts.kind_of(step)


def form_of(kind: str, step: Mapping[str, Any], choices: StepChoices) -> engine_forms.Form | None:
    """The form that is filled in at a step; None where nothing is."""
    if kind == START:
        return None if "message" in step else choices.start_form
    return choices.drawn.get(str(step.get("task", ""))) if kind == "task" and act_of(step) == "complete" else None


def act_of(step: Mapping[str, Any]) -> str:
    """What somebody does with a task."""
    return next((each for each in ACTS if each in step), "complete")


def view(form: engine_forms.Form | None, step: Mapping[str, Any], *, is_kept: bool) -> engine_forms.FormView | None:
    """The form with what the step fills in, or with what was just sent."""
    if form is None:
        return None
    scope = engine_forms.FormScope(dict(step.get("form", {})), None, storage.now())
    drawn = forms.redrawn(form, scope) if is_kept else forms.filled(form, _names_as_text(form, scope.variables), scope)
    return pickers.without_uploads(drawn)


def chosen(kind: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """The step as far as it is chosen: of whom and which task, before its form is drawn."""
    sent = flask.request.form
    if kind == "task":
        act = sent.get("act_of", "complete")
        return {"task": sent.get("task", ""), "by": sent.get("by", ""), **({} if act == "complete" else {act: {}})}
    return dict(before)


def sent(kind: str, before: Mapping[str, Any], choices: StepChoices) -> dict[str, Any]:
    """The step that the page sent; `before` is what it was. Raises Invalid."""
    if kind == END:
        return _expected(before)
    kept = {name: before[name] for name in KEPT if name in before}
    step = {**_MAKERS[kind](before, choices), **kept}
    refused = flask.request.form.get("refused", "")
    expected = _expected(before.get("expect", {}))
    return {**step, **({"refused": refused} if refused else {}), **({"expect": expected} if expected else {})}


def rows(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values as texts, for rows of a form."""
    return [(name, _text(value)) for name, value in given.items()]


def length(text: str | None) -> tuple[str, str]:
    """A length of time as number and unit; one working day where there is none."""
    match = _LENGTH.fullmatch(text or "1wd")
    return (match[1], match[2]) if match else (text or "", "")


def local(moment: datetime) -> str:
    """A moment as a field for date and time carries it."""
    return moment.astimezone(filters.zone()).strftime("%Y-%m-%dT%H:%M")


def moment(name: str) -> datetime:
    """The moment that a field for date and time sent. Raises Invalid."""
    try:
        return datetime.fromisoformat(flask.request.form.get(name, "")).replace(tzinfo=filters.zone())
    except ValueError as error:
        raise errors.Invalid("Please give a date and a time.") from error


def _start(before: Mapping[str, Any], choices: StepChoices) -> dict[str, Any]:
    if "message" in before or (choices.start_form is None and choices.start_message):
        name = before.get("message", choices.start_message)
        return {"message": name, **_said("correlation"), **rows_sent("variable", "variables")}
    return {"by": _asked("by"), **_filled(choices.start_form, before)}


def _task(before: Mapping[str, Any], choices: StepChoices) -> dict[str, Any]:
    step: dict[str, Any] = {"task": _asked("task"), "by": _asked("by")}
    act, reason = flask.request.form.get("act_of", "complete"), _said("reason")
    if act == "return":
        return {**step, "return": {"to": _asked("return_to"), **reason}}
    if act in ("hand_over", "delegate"):
        return {**step, act: {"to": _asked("to"), **reason}}
    if act == "sign":
        position = flask.request.form.get("position", "")
        return {**step, "sign": {"to": [_asked("to")], "position": position if position in POSITIONS else "before", **reason}}
    if act == "claim":
        return {**step, "claim": True}
    return {**step, **_said("outcome"), **_said("opinion"), **_filled(choices.drawn.get(step["task"]), before)}


def _advance(_before: Mapping[str, Any], _choices: StepChoices) -> dict[str, Any]:
    number, unit = _asked("number"), flask.request.form.get("unit", "d")
    return {"advance": f"{number}{unit}"}


def _message(before: Mapping[str, Any], _choices: StepChoices) -> dict[str, Any]:
    return {"message": _asked("message"), **_said("correlation"), **rows_sent("variable", "variables")}


def _signal(before: Mapping[str, Any], _choices: StepChoices) -> dict[str, Any]:
    return {"signal": _asked("signal"), **rows_sent("variable", "variables")}


def _job(before: Mapping[str, Any], _choices: StepChoices) -> dict[str, Any]:
    how = flask.request.form.get("how", "complete")
    step: dict[str, Any] = {"job": _asked("job")}
    if how in ("error", "fail"):
        return {**step, how: _asked("code")}
    return {**step, **rows_sent("variable", "complete")}


def _cancel(_before: Mapping[str, Any], _choices: StepChoices) -> dict[str, Any]:
    return {"cancel": {"by": _asked("by"), **_said("reason")}}


_MAKERS: dict[str, Any] = {
    START: _start,
    "task": _task,
    "until": lambda _before, _choices: {"until": moment("until")},
    "advance": _advance,
    "message": _message,
    "signal": _signal,
    "job": _job,
    "cancel": _cancel,
}


def _filled(form: engine_forms.Form | None, before: Mapping[str, Any]) -> dict[str, Any]:
    """What the form holds; what a step says of fields that it does not draw stays as it is."""
    if form is None:
        return {"form": before["form"]} if before.get("form") else {}
    filled = _without_nothing(pickers.named(form, forms.sent(form)))
    return {"form": filled} if filled else {}


def _without_nothing(value: Any) -> Any:
    if isinstance(value, Mapping):
        inner = {name: _without_nothing(each) for name, each in value.items()}
        return {name: each for name, each in inner.items() if each not in (None, "", [], {})}
    return [_without_nothing(each) for each in value] if isinstance(value, list) else value


def _names_as_text(form: engine_forms.Form, data: Mapping[str, Any]) -> dict[str, Any]:
    """Values without the names that stand for files, which a line of text shows."""
    files = {each.path[-1] for each in form.walk() if each.type == "filepicker"}
    return {name: value for name, value in data.items() if name not in files}


def _expected(before: Mapping[str, Any]) -> dict[str, Any]:
    form = flask.request.form
    values = {name: before[name] for name in KEPT if name in before}
    if "expect_open" in form:
        values["open"] = sorted(form.getlist("open"))
    if form.get("state"):
        values["state"] = form["state"]
    if form.getlist("ended"):
        values["ended"] = sorted(form.getlist("ended"))
    return {**values, **rows_sent("value", "variables")}


def _asked(name: str) -> str:
    value = flask.request.form.get(name, "").strip()
    if not value:
        raise errors.Invalid("Please fill in everything that makes this step.")
    return value


def _said(name: str) -> dict[str, str]:
    value = flask.request.form.get(name, "").strip()
    return {name: value} if value else {}


def rows_sent(prefix: str, name: str) -> dict[str, Any]:
    """The rows of names and values that the page sent, under the name that a step gives them; nothing where there are none."""
    from_sent = {}
    for number in range(MOST_ROWS):
        key = flask.request.form.get(f"{prefix}.{number}.name", "").strip()
        if key:
            from_sent[key] = _value(flask.request.form.get(f"{prefix}.{number}.value", "").strip())
    return {name: from_sent} if from_sent else {}


def _value(text: str) -> Any:
    """A number, yes or no, or a list as JSON writes them; anything else is a text."""
    try:
        value = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        return text
    return text if value is None else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
