"""The reading log of customer records: who may read a version, and the line that every reading or refused reading leaves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine import errors
from engine.people.actors import SYSTEM_USERNAME, Actor
from engine.people.organisation import Organisation, level_of
from engine.people.rights import secrecy as levels
from engine.records import catalogue
from engine.storage import database, keys
from engine.storage.models import CustomerRecord, ProcessInstance, RecordReading


def why_not(company: Organisation, by: Actor, row: CustomerRecord, level: str) -> errors.Refusal | None:
    """Why the person may not read a version that asks for this level of clearance; None when he may."""
    if not catalogue.may_list(company, by):
        return errors.Forbidden("You may not see customer records.")
    return why_secret(by, row, level)


def why_secret(by: Actor, row: CustomerRecord, level: str) -> errors.Refusal | None:
    """Why what such a version holds is kept from the person, wherever it stands: its level, or that it was destroyed."""
    if level_of(by.clearance) < level_of(level):
        text = "This record is %(secrecy)s; your clearance is %(clearance)s."
        if level_of(by.clearance) >= level_of(row.secrecy):
            text = "This version of the record is %(secrecy)s; your clearance is %(clearance)s."
        return errors.Forbidden(text, secrecy=levels.called(level), clearance=levels.called(by.clearance))
    return errors.NotFound("The content of this record was destroyed.") if row.state != "active" else None


def note(
    session: Session,
    row: CustomerRecord,
    version: int,
    reader: Actor | ProcessInstance,
    *,
    purpose: str,
    granted: bool,
    now: datetime,
) -> None:
    """One line for each reader (a person or a case), record, version and hour."""
    case = reader if isinstance(reader, ProcessInstance) else None
    username = reader.username if isinstance(reader, Actor) else SYSTEM_USERNAME
    name = f"case:{case.key}" if case else f"by:{username}"
    values = {
        "key": keys.new(),
        "company_id": row.company_id,
        "record_key": row.key,
        "version": version,
        "username": username,
        "instance_key": case.key if case else None,
        "slot": f"{name}:{row.key}:{version}:{granted:d}:{now:%Y-%m-%dT%H}",
        "at": now,
        "purpose": purpose[:500],
        "granted": granted,
    }
    insert = sqlite.insert if database.is_sqlite(session) else postgresql.insert
    session.flush()  # the record, or the case, may be new
    session.execute(insert(RecordReading).values(**values).on_conflict_do_nothing(index_elements=["slot"]))


def can_note(session: Session) -> bool:
    """Whether what is noted in this session stays; a session that only reads throws its changes away."""
    return not session.get_bind().get_execution_options().get("reading")
