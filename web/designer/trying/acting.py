"""What the buttons of a trial's page say, as steps: the clock, messages and signals by hand, and what is done beside completing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import flask

from engine import errors
from engine.scenarios.trials import trying
from web.designer.scenarios import steps
from web.frame import filters

BESIDE = ("return", "hand_over", "delegate", "sign")


def without_person(act: str, stands: trying.Situation) -> dict[str, Any] | None:
    """A step that no person takes: None where the button is about something else. Raises Invalid for what is not there."""
    if act == "clock" and stands.next_due is not None:
        return {"until": stands.next_due.isoformat()}
    if act == "until":
        return {"until": _moment().isoformat()}
    if act == "awaited":
        return _awaited(stands)
    if act == "outside":
        return _outside(stands)
    return None


def beside(act: str, task: str, by: str) -> dict[str, Any] | None:
    """A step in which somebody sends back, hands over, delegates or asks for a signature; None for another button."""
    if act not in BESIDE:
        return None
    reason = flask.request.form.get("reason", "").strip()
    if act == "return":
        given: dict[str, Any] = {"to": _chosen("return_to")}
    elif act == "sign":
        given = {"to": [_chosen("to")], "position": flask.request.form.get("position", "before")}
    else:
        given = {"to": _chosen("to")}
    return {"task": task, "by": by, act: {**given, "reason": reason}}


def _awaited(stands: trying.Situation) -> dict[str, Any]:
    number, awaited = flask.request.form.get("awaited", 0, type=int), stands.outlook.awaited
    if not 0 <= number < len(awaited):
        raise errors.Conflict(trying.NOT_OPEN)
    each, variables = awaited[number], steps.rows_sent("variable", "variables")
    if each.kind == "signal":
        return {"signal": each.name, **variables}
    return {"message": each.name, "correlation": each.correlation, **variables}


def _outside(stands: trying.Situation) -> dict[str, Any]:
    number, outside = flask.request.form.get("outside", 0, type=int), stands.outlook.outside
    if not 0 <= number < len(outside):
        raise errors.Conflict(trying.NOT_OPEN)
    code = flask.request.form.get("code", "").strip()
    return {"job": outside[number][0], **({"error": code} if code else steps.rows_sent("variable", "complete"))}


def _moment() -> datetime:
    try:
        return datetime.fromisoformat(flask.request.form.get("until", "")).replace(tzinfo=filters.zone())
    except ValueError as error:
        raise errors.Invalid("Please give a date and a time.") from error


def _chosen(name: str) -> str:
    value = flask.request.form.get(name, "").strip()
    if not value:
        raise errors.Invalid("Please choose somebody, or where to.")
    return value
