"""Whom somebody has picked for a step [自选]: they act on it; who goes on without having picked is asked to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import errors, feel, runtime
from engine.cases.cases import Case
from engine.definitions.rules import picks
from engine.definitions.task_settings import INITIATOR, NONE, TaskSettings
from engine.people import resolve
from engine.storage.models import loads

PICKED = "picked"  # the code of the reason
UNPICKED = "Please choose who does “%(step)s”."
NOT_POSSIBLE = "Please choose somebody else for “%(step)s”; this person cannot do it."


def resolved(
    case: Case,
    element: runtime.Element,
    settings: TaskSettings,
    context: Mapping[str, Any],
    excluded: frozenset[str],
    empty: Any,
) -> resolve.Resolved:
    """Who was picked, without those who may not act; nobody picked falls to `empty` as for every step."""
    who = case.instance.initiator if settings.picked_by == INITIATOR else case.around.actor
    given: Any = feel.to_json(context.get(picks.variable(element.id)))
    names = resolve.names_in(given)
    trace = [{"code": PICKED, "values": {"person": who}, "people": names}]
    one, several = (names, None) if len(names) == 1 else (None, names)
    company = case.around.organisation
    return resolve.resolve(company, assignee=one, users=several, excluded=excluded, empty=empty, trace=trace)


def require(case: Case, element: runtime.Element, settings: TaskSettings, chosen: resolve.Resolved) -> None:
    """Raises Invalid, at the field, where whoever moves the case on just now should have picked and did not."""
    if settings.picked_by == NONE or loads(chosen.reason)["code"] == PICKED or not _is_picking(case, settings):
        return
    name = picks.variable(element.id)
    text = NOT_POSSIBLE if case.run.variables().get(name) else UNPICKED
    raise errors.Invalid(text, fields={name: [errors.Refusal(text, step=element.name)]}, step=element.name)


def _is_picking(case: Case, settings: TaskSettings) -> bool:
    """Whether a person is in front of the form in which it is asked: he completes a step, or starts the case."""
    cause, by = case.around.cause, case.around.actor
    is_begun_now = case.instance.started_at == case.now and case.instance.parent_key is None
    is_starting = is_begun_now and by is not None and by == case.instance.initiator
    if settings.picked_by == INITIATOR:
        return is_starting
    return is_starting or (cause is not None and cause.by is not None and cause.instance == case.instance.key)
