"""Changing a customer record by hand: its keeper fills in the company's form, says why, and a new version is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors, forms
from engine.cases import look_ups
from engine.definitions import definitions
from engine.definitions.languages import telling
from engine.files import attachments
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.records import catalogue, records
from engine.storage.models import FormDefinition, RecordVersion


@dataclass(frozen=True)
class ChangeForm:
    """A record in front of the keeper who changes it: what he read, the form, and what its expressions may ask."""

    reading: records.Reading
    form: forms.Form
    scope: forms.FormScope


def open(session: Session, by: Actor, key: int, *, now: datetime) -> ChangeForm | errors.Refusal:
    """The record with the form in which it is changed; opening it is a reading, so a refusal of that is RETURNED.

    Raises Forbidden for who keeps no records, NotFound where the company has no form for it.
    """
    catalogue.require_keeper(session, by)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    form = form_of(session, company)
    if form is None:
        raise errors.NotFound("This company has no form for changing records.")
    reading = records.read(session, by, key, purpose="change", now=now)
    if isinstance(reading, errors.Refusal):
        return reading
    functions = look_ups.seen_from(session, company, None, now=now, by=by)
    local = now.astimezone(ZoneInfo(company.time_zone))
    scope = forms.FormScope(reading.content, functions, local, attachments.usable(session, by, None))
    return ChangeForm(reading, form, scope)


def save(
    session: Session,
    by: Actor,
    key: int,
    sent: Callable[[forms.Form], Mapping[str, Any]],
    *,
    expected_version: int,
    reason: str,
    now: datetime,
) -> RecordVersion | errors.Refusal:
    """Writes the record's next version: what `sent` reads for the form, the rest as it was.

    Raises Invalid with `fields`, or without a reason; Conflict when somebody wrote a version meanwhile; Forbidden.
    """
    catalogue.get(session, by.company_id, key, lock=True)
    opened = open(session, by, key, now=now)
    if isinstance(opened, errors.Refusal):
        return opened
    if not reason.strip():
        raise errors.Invalid("Please say why the record is changed.")
    scope = opened.scope
    clean = forms.validate(opened.form, sent(opened.form), scope.variables, functions=scope.functions, now=scope.now)
    content = {**opened.reading.content, **clean}
    return records.save(session, by, key, content, expected_version=expected_version, reason=reason.strip(), now=now)


def form_of(session: Session, company: Organisation) -> forms.Form | None:
    """The form of [settings.records] change_form, in its newest version and the words of whoever reads; None where there is none."""
    row, wanted = FormDefinition, company.settings.get("records", {}).get("change_form")
    if not wanted:
        return None
    statement = select(row.key).where(row.company_id == company.id, row.form_id == wanted).order_by(row.version.desc())
    key = session.execute(statement.limit(1)).scalar()
    if not key:
        return None
    schema = telling.schema(session, company.id, definitions.form(session, key).schema)
    return replace(forms.load(schema), words=telling.of_all(session, company.id))
