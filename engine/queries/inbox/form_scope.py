"""What a form's expressions may ask on a page: variables, people and calendar, the files already handed in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine import forms
from engine.cases import look_ups as functions
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
) -> forms.FormScope:
    """The scope of a form that this person fills in; `instance` is None for a start form, whose process names `calendar`."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    look_ups = functions.seen_from(session, company, instance, now=now, by=by, calendar=calendar)
    local = now.astimezone(ZoneInfo(company.time_zone))  # FEEL's today is the company's
    return forms.FormScope(variables, look_ups, local, attachments.usable(session, by, instance))
