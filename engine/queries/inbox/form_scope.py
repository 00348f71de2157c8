"""What a form's expressions may ask on a page: variables, people and calendar, the files already handed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine import feel, forms
from engine.cases import look_ups as functions
from engine.cases.rights import recusal
from engine.definitions import definitions
from engine.definitions.rules import performers
from engine.execution import comebacks
from engine.files import attachments
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage import models


def form_scope(
    session: Session,
    by: Actor,
    instance: models.ProcessInstance | None,
    variables: Mapping[str, Any],
    *,
    now: datetime,
    calendar: str = "",
    definition: definitions.Definition | None = None,
    task: models.UserTask | None = None,
) -> forms.FormScope:
    """The scope of a form that this person fills in; `instance` is None for a start form, whose process names `calendar`.

    With the `definition` it knows by which fields steps find their people and, of a case that there is, whom the form may not
    name, as it stands now; with the `task` whether that is done anew.
    """
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    look_ups = functions.seen_from(session, company, instance, now=now, by=by, calendar=calendar)
    local = now.astimezone(ZoneInfo(company.time_zone))  # FEEL's today is the company's
    files, is_anew = attachments.usable(session, by, instance), task is not None and comebacks.is_done_anew(task)
    scope = forms.FormScope(variables, look_ups, local, files, is_done_anew=is_anew, words=company.words)
    if definition is not None:
        scope = replace(scope, finding=performers.finding(definition.program.elements.values()))
    if instance is None or definition is None or not any(each.recused for each in definition.tasks.values()):
        return scope
    context = {name: feel.from_json(value) for name, value in variables.items()}

    def evaluate(text: str) -> Any:
        if not feel.is_expression(text):
            return text
        return feel.to_json(feel.evaluate(feel.body(text), context, functions=look_ups, now=local))

    return replace(scope, barred=recusal.barred(definition, evaluate))
