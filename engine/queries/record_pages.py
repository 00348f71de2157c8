"""The catalogue of customer records and one record, as its pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import definitions, errors, record_catalogue, records, registers
from engine.models import FormDefinition, RecordReading, RegisterEntry
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import SECRECY


@dataclass(frozen=True)
class RecordPage:
    """A record that was read: its content, the form it is laid out by, who read it (for keepers)."""

    reading: records.Reading
    form: definitions.Form | None
    readings: list[RecordReading]
    may_keep: bool


def is_offered(session: Session, by: Actor) -> bool:
    """Whether this person may see the company's catalogue at all."""
    return record_catalogue.may_list(organisation.of(session, by.company_id, by.organisation_version), by)


def levels() -> tuple[str, ...]:
    """The levels of secrecy, lowest first."""
    return SECRECY


def show(session: Session, by: Actor, key: int, *, version: int | None, now: datetime) -> RecordPage | errors.Refusal:
    """One record, its reading logged; a refusal is returned, so that the refused reading stays in the log."""
    reading = records.read(session, by, key, version=version, now=now)
    if isinstance(reading, errors.Refusal):
        return reading
    company = organisation.of(session, by.company_id, by.organisation_version)
    may_keep = record_catalogue.may_keep(company, by)
    seen = records.readings(session, by, key, limit=50) if may_keep else []
    return RecordPage(reading, _form(session, company), seen, may_keep)


def register(session: Session, by: Actor, name: str) -> tuple[list[str], str, list[RegisterEntry]]:
    """The registers there are, the one shown (the first unless named), and its lines, newest first. Raises Forbidden."""
    if not is_offered(session, by):
        raise errors.Forbidden("You may not see customer records.")
    names = registers.names(session, by)
    chosen = name if name in names else (names[0] if names else "")
    return names, chosen, registers.entries(session, by, chosen, limit=200) if chosen else []


def _form(session: Session, company: organisation.Organisation) -> definitions.Form | None:
    """The form that the company's settings name for showing a record ([settings.records] form)."""
    form_id = company.settings.get("records", {}).get("form")
    row = FormDefinition
    statement = select(row.key).where(row.company_id == company.id, row.form_id == form_id).order_by(row.version.desc())
    key = session.execute(statement.limit(1)).scalar() if form_id else None
    return definitions.form(session, key) if key else None
