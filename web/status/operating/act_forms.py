"""What the form of an act holds: its own fields alone, drawn from what may be chosen, and back to what the act is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import flask
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine import forms as engine_forms
from engine.people.actors import Actor
from engine.queries.cases import people_found
from engine.queries.operations.choices import Choices
from engine.storage import models
from engine.verbs import operated
from engine.verbs.operating import declared
from engine.verbs.operating.changing import values as operating_values
from web.frame import filters, forms, step_choices, storage, words
from web.frame.operations import choosing

OTHER = "*"  # among the variables: one that no form declares, by its name
SHOW = "show"  # the button that only draws the form anew
FIELDS: Mapping[str, tuple[str, ...]] = {
    operated.SKIP: ("place", "outcome", "value"),
    operated.SET_VARIABLE: ("name", "kind", "value"),
    operated.MOVE: ("place", "target"),
    operated.RUN_NOW: ("place",),
    operated.RESCHEDULE: ("place", "until"),
    operated.SET_RETRIES: ("place", "retries"),
    operated.ASSIGN: ("place", "person"),
}


@dataclass(frozen=True)
class Person:
    """The field that asks to whom a task is handed."""

    label: str
    hint: str = ""
    name: str = "person"
    kind: str = "person"
    is_required: bool = True
    with_groups: bool = False
    without_me: bool = False


def person() -> Person:
    """The field for one person."""
    return Person(_("Hand it to"))


def is_asking() -> bool:
    """Whether this request only asks for the form: an act or a step was chosen, people are looked for, a row is added."""
    sent = flask.request.form
    return SHOW in sent or choosing.is_asked() or forms.is_about_rows()


def template(name: str) -> str:
    """The template of a form, or of the part of it that a choice draws anew."""
    is_part = SHOW in flask.request.form and flask.request.headers.get("HX-Request") == "true"
    return f"status/operations/{name}_fields.html" if is_part else f"status/operations/{name}.html"


def found(session: Session, by: Actor, act: str) -> list[people_found.FoundActor]:
    """The people to choose from, where the act asks for one."""
    return choosing.found_for(session, by, "person") if act == operated.ASSIGN else []


def outcomes(choices: Choices) -> list[tuple[str, str]]:
    """How a step may end, by what stands on its buttons."""
    return [(code, words.outcome_label(label, code)) for code, label in choices.outcomes]


def placed(steps: Iterable[tuple[str, str]], choices: Choices) -> list[step_choices.Choice]:
    """Steps of a process, by the subprocess or lane that each stands in."""
    return [step_choices.Choice(id, name, choices.parts.get(id, "")) for id, name in steps]


def versions(offered: Sequence[tuple[int, int]], chosen: str) -> list[tuple[str, str]]:
    """Versions of a process, the newest and older ones with how many cases run by each, and one that was asked for otherwise."""
    words = {str(version): _("version %(n)s, %(cases)s running", n=version, cases=cases) for version, cases in offered[1:]}
    newest = {str(version): _("version %(n)s, the newest", n=version) for version, _cases in offered[:1]}
    asked = {chosen: _("not in this list")} if chosen and chosen not in {**newest, **words} else {}
    return list({**newest, **words, **asked}.items())


def targets(choices: Choices) -> list[step_choices.Choice]:
    """The steps that a case may be moved to, in groups."""
    return step_choices.of_aims(choices.targets)


def given(act: str, sent: Mapping[str, str], choices: Choices) -> dict[str, str]:
    """What was filled in, as the act is given it. Raises Invalid by the names of the fields."""
    values = {name: sent.get(name, "") for name in FIELDS.get(act, ())}
    if "until" in values:
        values["until"] = _moment(values["until"])
    if act == operated.SKIP and choices.step is not None:
        values["value"] = _result(choices.step, values["value"], choices)
    if act != operated.SET_VARIABLE:
        return values
    if values["name"] == OTHER:
        values["name"] = sent.get("other", "")
    if choices.editor is not None:
        value = declared.read(choices.editor, _sent(choices), choices.known, choices.functions, now=storage.now())
        kind = "null" if value is None or value == "" else "json"
        return values | {"kind": kind, "value": "" if kind == "null" else models.dumps(value)}
    if values["kind"] == "moment":
        values["value"] = _moment(values["value"])
    return values


def _result(step: engine_forms.Form, beside: str, choices: Choices) -> str:
    """What the step's fields hold, with what was written beside them."""
    read = declared.read_step(step, forms.sent(step), choices.known, choices.functions, now=storage.now())
    both = operating_values.result(beside) | read
    return models.dumps(both) if both else ""


def editor(choices: Choices, sent: Mapping[str, str], refusals: Any = None) -> engine_forms.FormView | None:
    """The fields to type into: those of the step that is skipped, or the one that declares the chosen variable.

    With what was typed into them, or a variable's with the value that the case holds.
    """
    if choices.step is not None:
        return _of_step(choices.step, choices, sent, refusals)
    field = choices.editor
    if field is None:
        return None
    held = {declared.FIELD: field.held(choices.before)} if choices.has_before and not choices.is_masked else {}
    scope = engine_forms.FormScope({**choices.known, **held}, choices.functions, storage.now())
    if choices.has_before and not held:
        scope = engine_forms.FormScope({**choices.known, declared.FIELD: None}, choices.functions, storage.now())
    if sent.get("editing") != field.name:
        return forms.opened(field.form, scope)
    return forms.redrawn(field.form, scope, refusals)


def _of_step(step: engine_forms.Form, choices: Choices, sent: Mapping[str, str], refusals: Any) -> engine_forms.FormView:
    if sent.get("editing") != sent.get("place"):
        known = {**choices.known, **declared.ticked(step, choices.known)}
        return forms.opened(step, engine_forms.FormScope(known, choices.functions, storage.now()))
    return forms.redrawn(step, engine_forms.FormScope(choices.known, choices.functions, storage.now()), refusals)


def kinds() -> list[tuple[str, str]]:
    """The kinds of values of a variable that no form declares."""
    return [
        ("text", _("A text")),
        ("number", _("A number")),
        ("boolean", _("Yes or no")),
        ("date", _("A date")),
        ("moment", _("A date with a time")),
        ("json", _("List or object (JSON)")),
        ("null", _("Nothing")),
    ]


def _sent(choices: Choices) -> dict[str, Any]:
    return forms.sent(choices.editor.form) if choices.editor else {}


def _moment(text: str) -> str:
    """A moment of the company's clock with its offset; what is none is left for the act to refuse."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return text
    return (moment if moment.tzinfo else moment.replace(tzinfo=filters.zone())).isoformat()
