"""The words of pages for what the engine names by codes: states, outcomes, events, incidents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import flask
from flask_babel import gettext as _

from engine import settings
from engine.queries import instance_page, timeline
from web import forms


def install(app: flask.Flask) -> None:
    """Offers these to all templates."""
    app.jinja_env.filters.update(
        state_word=state, outcome_word=outcome, outcome_label=outcome_label, event_word=event, trouble_words=trouble,
        filled=filled, field_id=field_id,
    )
    app.jinja_env.globals["state_options"] = state_options


def state(code: str) -> str:
    """The state of a case."""
    words = {"active": _("running"), "completed": _("completed"), "cancelled": _("cancelled")}
    return words.get(code, code)


def state_options() -> list[tuple[str, str]]:
    """The states of a case to filter by."""
    return [(code, state(code)) for code in ("active", "completed", "cancelled")]


def outcome(code: str) -> str:
    """A standard outcome; one that a diagram names is shown as it is."""
    words = {"submit": _("Submit"), "approve": _("Approve"), "reject": _("Refuse and end"), "return": _("Return for correction")}
    return words.get(code, code)


def outcome_label(label: str, code: str) -> str:
    """What stands on an outcome's button: the diagram's own label, or the standard one in the reader's language."""
    return outcome(code) if label == settings.STANDARD_OUTCOMES.get(code) else label


def event(entry: timeline.Entry) -> str:
    """What a line of the timeline tells."""
    if entry.kind == "completed" and entry.outcome:
        return outcome_label(entry.label, entry.outcome)
    words = {
        "started": _("started the case"),
        "claimed": _("claimed"),
        "unclaimed": _("gave it back"),
        "completed": _("done"),
        "cancelled": _("cancelled the case"),
        "timer_fired": _("time is up"),
        "message_received": _("message received"),
        "decided": _("decided by table"),
        "incident": _("incident"),
        "incident_resolved": _("incident resolved"),
        "ended": _("the case ended"),
        "note": _("note"),
        "reassigned": _("handed to somebody else"),
        "operation": _("carried out"),
    }
    return words.get(entry.kind, entry.kind)


def trouble(found: instance_page.Trouble) -> str:
    """An incident in the reader's language; values it lacks are left as they stand in the text."""
    text = _(found.message)
    try:
        return text % found.values
    except (KeyError, TypeError, ValueError):
        return text


def filled(value: Any) -> str:
    """A value of a case for reading; rows of a list one after another."""
    if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        if all("name" in each and "key" in each for each in value):
            return "、".join(str(each["name"]) for each in value)
        return "\n".join(f"{number}. {forms.plain(each)}" for number, each in enumerate(value, 1))
    return forms.plain(value)


def field_id(name: str) -> str:
    """The id of a form field's control, for links to it."""
    return re.sub(r"[^\w-]+", "-", name)
