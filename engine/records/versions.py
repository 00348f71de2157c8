"""The versions of a customer record: sealed when written, opened when read, never changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from engine import errors
from engine.people import organisation as organisations
from engine.people.actors import Actor
from engine.people.organisation import level_of
from engine.records.knowing import ending
from engine.storage import keys, vault
from engine.storage.models import CustomerRecord, ProcessInstance, RecordKey, RecordVersion, dumps, loads

MAX_CONTENT_BYTES = 1_000_000
SALT_BYTES = 16


def append(
    session: Session,
    row: CustomerRecord,
    by: Actor,
    content: Mapping[str, Any],
    reason: str,
    now: datetime,
    instance: ProcessInstance | None,
) -> RecordVersion:
    if row.state != "active":
        raise errors.Conflict("The record %(number)s is destroyed.", number=row.number)
    plain = os.urandom(SALT_BYTES) + dumps(dict(content)).encode()  # salted: a digest that stays behind must not be guessable
    if len(plain) > MAX_CONTENT_BYTES:
        raise errors.Invalid("The content of a customer record is too large.")
    wrapped = session.execute(select(RecordKey.wrapped).where(RecordKey.record_key == row.key)).scalar_one()
    row.current_version += 1
    sealed = vault.of_session(session).seal(wrapped, plain, key_about(row), _about(row, row.current_version))
    version = RecordVersion(
        key=keys.new(),
        company_id=row.company_id,
        record_key=row.key,
        version=row.current_version,
        sealed=sealed,
        secrecy=row.secrecy,
        digest=hashlib.sha256(plain).hexdigest(),
        reason=reason,
        written_by=None if by.is_system else by.username,
        written_at=now,
        instance_key=instance.key if instance else None,
    )
    session.add(version)
    ending.note(organisations.current(session, row.company_id), row, content)
    session.flush()
    return version


def open(session: Session, row: CustomerRecord, number: int) -> tuple[RecordVersion, dict[str, Any]]:
    statement = (
        select(RecordVersion, RecordKey.wrapped)
        .join(RecordKey, RecordKey.record_key == RecordVersion.record_key)
        .where(RecordVersion.record_key == row.key, RecordVersion.version == number)
        .options(undefer(RecordVersion.sealed))
    )
    stored = session.execute(statement).one_or_none()
    if stored is None or stored[0].sealed is None:
        raise errors.NotFound("The record %(number)s has no version %(version)s.", number=row.number, version=number)
    version, wrapped = stored
    return version, _opened(session, row, version, wrapped)


def newest(session: Session, keys: Collection[int]) -> dict[int, dict[str, Any]]:
    """The newest contents of these records, as far as they are not destroyed, by key."""
    statement = (
        select(CustomerRecord, RecordVersion, RecordKey.wrapped)
        .join(RecordVersion, RecordVersion.record_key == CustomerRecord.key)
        .join(RecordKey, RecordKey.record_key == CustomerRecord.key)
        .where(CustomerRecord.key.in_(keys), RecordVersion.version == CustomerRecord.current_version)
        .options(undefer(RecordVersion.sealed))
    )
    rows = session.execute(statement) if keys else ()
    return {row.key: _opened(session, row, version, wrapped) for row, version, wrapped in rows if version.sealed is not None}


def _opened(session: Session, row: CustomerRecord, version: RecordVersion, wrapped: bytes) -> dict[str, Any]:
    about = _about(row, version.version)
    plain = vault.of_session(session).open(wrapped, version.sealed or b"", key_about(row), about)
    content: dict[str, Any] = loads(plain[SALT_BYTES:].decode())
    return content


def level(session: Session, row: CustomerRecord, number: int) -> str:
    """What clearance that version asks for: its own level, or the record's where that was raised since."""
    statement = select(RecordVersion.secrecy).where(RecordVersion.record_key == row.key, RecordVersion.version == number)
    return higher(session.execute(statement).scalar() or row.secrecy, row.secrecy)


def higher(one: str, other: str) -> str:
    """The higher of two levels of secrecy."""
    return max(one, other, key=level_of)


def versions(session: Session, row: CustomerRecord) -> list[RecordVersion]:
    """All versions of a record, newest first, without their contents."""
    statement = select(RecordVersion).where(RecordVersion.record_key == row.key).order_by(RecordVersion.version.desc())
    return list(session.execute(statement).scalars())


def key_about(row: CustomerRecord) -> str:
    return f"{row.company_id}/{row.key}"


def _about(row: CustomerRecord, version: int) -> str:
    return f"{row.company_id}/{row.key}/{version}"
