"""Customer records [客户档案]: every version kept and encrypted, read by right and secrecy level, every reading logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.letters import pinyin
from engine.people import organisation as organisations
from engine.people.actors import Actor
from engine.people.organisation import SECRECY, Organisation, level_of
from engine.people.rights import secrecy as levels
from engine.records import catalogue, policy
from engine.records import holds as record_holds
from engine.records import readings as record_readings
from engine.records import versions as record_versions
from engine.records.catalogue import CatalogueLine
from engine.records.knowing import circle, known_to
from engine.records.secret import secret_proof
from engine.storage import keys, numbers, vault
from engine.storage.models import CustomerRecord, ProcessInstance, RecordHold, RecordKey, RecordReading, RecordVersion

DEFAULT_NUMBER = "KH-{year}-{seq:04}"


@dataclass(frozen=True)
class NewRecord:
    """What a customer record begins with: its line in the catalogue and its content.

    `copies` says where else it is kept, `reason` why it is made; without `number` it is given the company's next.
    """

    name: str
    secrecy: str
    content: Mapping[str, Any]
    number: str | None = None
    keeper: str | None = None
    copies: Sequence[Any] = ()
    last_business_on: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class Reading:
    """A record that somebody was allowed to read."""

    line: CatalogueLine
    version: RecordVersion
    content: dict[str, Any]
    versions: list[RecordVersion]
    holds: list[RecordHold]


def read(
    session: Session, by: Actor, key: int, *, version: int | None = None, purpose: str = "", now: datetime
) -> Reading | errors.Refusal:
    """A record with its content, logged. A refusal is RETURNED, because raising would undo the line in the log.

    Raises NotFound for a record of another company, of none, or a version that there is not.
    """
    row = catalogue.get(session, by.company_id, key)
    company = organisations.at_version(session, by.company_id, by.organisation_version)
    wanted = version or row.current_version
    refusal = record_readings.why_not(company, by, row, record_versions.level(session, row, wanted))
    refusal = refusal or circle.why_not(company, by, newest(session, row), today(company, now))
    record_readings.note(session, row, wanted, by, purpose=purpose, granted=refusal is None, now=now)
    if refusal:
        return refusal
    opened, content = record_versions.open(session, row, wanted)
    return Reading(
        catalogue.line(row, by),
        opened,
        content,
        record_versions.versions(session, row),
        record_holds.of_record(session, row.key),
    )


def readings(session: Session, by: Actor, key: int, *, limit: int = 200) -> list[RecordReading]:
    """Who read the record, or was refused; for those who may keep records. Raises NotFound, Forbidden."""
    row = catalogue.get(session, by.company_id, key)
    catalogue.require_keeper(session, by)
    statement = select(RecordReading).where(RecordReading.record_key == row.key).order_by(RecordReading.key.desc())
    return list(session.execute(statement.limit(limit)).scalars())


def create(session: Session, by: Actor, new: NewRecord, *, now: datetime) -> CustomerRecord:
    """A new record with its first version. Raises Forbidden, Invalid, Conflict for a number that is taken."""
    catalogue.require_keeper(session, by, new.secrecy)
    company = (
        organisations.at_version(session, by.company_id, by.organisation_version)
        if not by.is_system
        else (organisations.current(session, by.company_id))
    )
    return enter(session, company, by, new, now=now)


def enter(
    session: Session,
    company: Organisation,
    by: Actor,
    new: NewRecord,
    *,
    now: datetime,
    instance: ProcessInstance | None = None,
) -> CustomerRecord:
    """As `create`, for a case of a process that the record policy names (operation records.save). Raises Forbidden for others."""
    if instance is not None:
        policy.require_saving(company, instance)
    if new.secrecy not in SECRECY or not new.name.strip():
        raise errors.Invalid("A customer record needs a name and one of the levels %(levels)s.", levels=levels.every())
    row = CustomerRecord(
        key=keys.new(),
        company_id=company.id,
        number=_number(session, company, new, now),
        name=new.name.strip(),
        initials=pinyin.initials(new.name),
        secrecy=new.secrecy,
        keeper=new.keeper,
        copies=list(new.copies),
        last_business_on=new.last_business_on,
        current_version=0,
        state="active",
        created_at=now,
    )
    session.add(row)
    session.flush()
    secret_proof.require_unchanged(session)
    wrapped = vault.of_session(session).new_key(record_versions.key_about(row))
    session.add(RecordKey(record_key=row.key, company_id=company.id, wrapped=wrapped))
    session.flush()
    if instance is not None:
        known_to.require_keeper(session, company, row, new.content, now=now)
    record_versions.append(session, row, by, new.content, new.reason, now, instance)
    return row


def _number(session: Session, company: Organisation, new: NewRecord, now: datetime) -> str:
    """The record's number: its own, if no other record has it, else the company's next."""
    row = CustomerRecord
    if not new.number:
        return numbers.next(session, company, company.settings.get("records", {}).get("number", DEFAULT_NUMBER), now)
    if session.execute(select(row.key).where(row.company_id == company.id, row.number == new.number)).scalar():
        raise errors.Conflict("There is a customer record %(number)s already.", number=new.number)
    return new.number


def save(
    session: Session, by: Actor, key: int, content: Mapping[str, Any], *, expected_version: int, reason: str = "", now: datetime
) -> RecordVersion:
    """A new version; what was there stays. Raises Conflict when somebody wrote one after `expected_version`."""
    row = catalogue.get(session, by.company_id, key, lock=True)
    catalogue.require_keeper(session, by, row.secrecy)
    company = organisations.at_version(session, by.company_id, by.organisation_version) if not by.is_system else None
    refusal = circle.why_not(company, by, newest(session, row), today(company, now)) if company else None
    if refusal is not None:
        raise refusal
    if row.current_version != expected_version:
        raise errors.Overtaken("Meanwhile somebody wrote version %(version)s of this record.", version=row.current_version)
    return record_versions.append(session, row, by, content, reason, now, None)


def newest(session: Session, row: CustomerRecord) -> dict[str, Any]:
    """The newest content; of a destroyed record nothing."""
    return record_versions.open(session, row, row.current_version)[1] if row.state == "active" else {}


def today(company: Organisation, now: datetime) -> date:
    return now.astimezone(ZoneInfo(company.time_zone)).date()


def amend(
    session: Session,
    company: Organisation,
    by: Actor,
    key: str,
    content: Mapping[str, Any] | None,
    *,
    now: datetime,
    instance: ProcessInstance,
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
    **changed: Any,
) -> tuple[CustomerRecord, RecordVersion]:
    """As `save` on top of the newest version, for a case; `changed` sets fields of the catalogue line.

    Without `content` the newest one goes on with these `changes`, so that a case need not know the rest.

    Raises Forbidden when the record policy does not let the case's process save, or lower the level.
    """
    policy.require_saving(company, instance)
    row = catalogue.find(session, company.id, key, lock=True)
    if row is None:
        raise errors.NotFound(catalogue.NO_RECORD)
    secrecy = changed.get("secrecy", row.secrecy)
    if secrecy not in SECRECY:
        raise errors.Invalid("A customer record needs a name and one of the levels %(levels)s.", levels=levels.every())
    if level_of(secrecy) < level_of(row.secrecy):
        policy.require_lowering(session, company, instance, row.secrecy)
    for name, value in changed.items():
        setattr(row, name, value)
    row.initials = pinyin.initials(row.name)
    content = {**newest(session, row), **(changes or {})} if content is None else content
    if changed.get("keeper"):
        known_to.require_keeper(session, company, row, content, now=now)
    return row, record_versions.append(session, row, by, content, reason, now, instance)
