"""The catalogue of customer records and one record, as its pages show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.lines import filled, registers
from engine.cases.personal import secret_data
from engine.cases.rights import access
from engine.definitions import definitions
from engine.definitions.languages import telling
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import SECRECY
from engine.records import catalogue, records
from engine.records import versions as record_versions
from engine.records.knowing import circle, ending, known_to
from engine.storage.models import FormDefinition, ProcessInstance, RecordReading, RecordVersion, RegisterEntry


@dataclass(frozen=True)
class RecordPage:
    """A record that was read: its content under the labels of the company's form, its versions, who read it (for keepers).

    `ending` says of its term of secrecy whether it runs out soon or is over.
    """

    reading: records.Reading
    answers: list[filled.Value]
    versions: list[Version]
    readings: list[tuple[RecordReading, str]]
    may_keep: bool
    may_change: bool
    circle: list[str]
    circle_until: str
    ending: str


@dataclass(frozen=True)
class Version:
    """A version in the list; where the reader's clearance does not reach (`is_masked`), its reason is left out."""

    number: int
    secrecy: str
    written_by: str | None
    written_at: datetime
    reason: str
    is_masked: bool


def is_offered(session: Session, by: Actor) -> bool:
    """Whether this person may see the company's catalogue at all."""
    return catalogue.may_list(organisation.at_version(session, by.company_id, by.organisation_version), by)


def names(session: Session, by: Actor) -> Callable[[str | None], str]:
    """Who is called how, for the usernames that lines and versions hold."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return lambda username: company.name_of(username) if username else "—"


def closed(session: Session, by: Actor, lines: Sequence[catalogue.CatalogueLine], *, now: datetime) -> set[int]:
    """Which of the records in a list this person may not open."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return known_to.closed(session, company, by, lines, now=now)


@dataclass(frozen=True)
class Terms:
    """What lists say of terms of secrecy: the conditions of one narrowed to `chosen`, and of a last day whether it is near or past."""

    chosen: str
    within: catalogue.Conditions
    ending: Callable[[date | None], str]


def terms(session: Session, by: Actor, chosen: str, *, now: datetime) -> Terms | None:
    """None where the company's records have no terms."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    if not circle.fields(company)[1]:
        return None
    today = records.today(company, now)
    wanted = chosen if chosen in ending.ALL else ""
    return Terms(wanted, ending.within(company, by, wanted, today), lambda last: ending.said_of(company, last, today))


def count_ending(session: Session, by: Actor, *, now: datetime) -> int:
    """How many of the records that the person keeps are near the end of their term, or past it."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return ending.count(session, company, by, records.today(company, now))


def levels() -> tuple[str, ...]:
    """The levels of secrecy, lowest first."""
    return SECRECY


def show(session: Session, by: Actor, key: int, *, version: int | None, now: datetime) -> RecordPage | errors.Refusal:
    """One record, its reading logged; a refusal is returned, so that the refused reading stays in the log."""
    reading = records.read(session, by, key, version=version, now=now)
    if isinstance(reading, errors.Refusal):
        return reading
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    may_keep = catalogue.may_keep(company, by)
    seen = _readers(session, records.readings(session, by, key, limit=50)) if may_keep else []
    answers, versions = (
        _answers(session, company, circle.without(company, reading.content)),
        _versions(by, reading.line.secrecy, reading.versions),
    )
    chosen = company.settings.get("records", {})
    secret = circle.named(company, reading.content)
    known = [company.name_of(str(each)) for each in secret["circle"] or ()]
    until = str(secret["circle_until"] or "")
    ends = ending.said_of(company, circle.until(company, reading.content), records.today(company, now))
    may_change = may_keep and bool(chosen.get("change_form"))
    return RecordPage(reading, answers, versions, seen, may_keep, may_change, known, until, ends)


@dataclass(frozen=True)
class Destroyed:
    """What stays of a destroyed record: its catalogue line, who wrote which version, in which case it was destroyed and when."""

    line: catalogue.CatalogueLine
    versions: list[Version]
    at: datetime | None
    instance_key: int | None
    number: str


def destroyed(session: Session, by: Actor, key: int) -> Destroyed | None:
    """The page of a destroyed record; None for one that can still be read, or that this person may not know of."""
    row = catalogue.get(session, by.company_id, key)
    line = catalogue.line(row, by)
    if row.state == "active" or line.is_masked or not is_offered(session, by):
        return None
    case = session.get(ProcessInstance, row.destroyed_in) if row.destroyed_in else None
    versions = _versions(by, row.secrecy, record_versions.versions(session, row))
    return Destroyed(line, versions, row.destroyed_at, row.destroyed_in, case.number if case else "")


@dataclass(frozen=True)
class EnteredLine:
    """A line of a register, with what this reader may know of it."""

    number: str
    entered_at: datetime
    instance_key: int | None
    data: Mapping[str, Any]


def register(session: Session, by: Actor, name: str, *, now: datetime) -> tuple[list[str], str, list[EnteredLine]]:
    """The registers there are, the one shown (the first unless named), and its lines, newest first. Raises Forbidden.

    Who may see the catalogue reads them all, others the lines of the processes whose cases they read: where a company keeps no
    customer records, its registers are read all the same.
    """
    processes = None if is_offered(session, by) else access.followed(session, by)
    if processes is not None and not processes:
        raise errors.Forbidden("You may not see these registers.")
    names = registers.names(session, by, processes)
    chosen = name if name in names else (names[0] if names else "")
    lines = registers.entries(session, by, chosen, processes=processes, limit=200) if chosen else []
    closed = secret_data.closed_among(session, by, [each.instance_key for each in lines], now=now)
    return names, chosen, [_entered(each, is_closed=each.instance_key in closed) for each in lines]


def _entered(row: RegisterEntry, *, is_closed: bool) -> EnteredLine:
    data = dict.fromkeys(row.data, secret_data.WITHHELD) if is_closed else row.data
    return EnteredLine(row.number, row.entered_at, row.instance_key, data)


def words(session: Session, by: Actor) -> Mapping[str, str]:
    """What registers, their columns and what stands in them are called in the reader's language; one statement where somebody reads."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return {**company.words, **telling.of_all(session, by.company_id)}


def _versions(by: Actor, secrecy: str, versions: list[RecordVersion]) -> list[Version]:
    lines = []
    for row in versions:
        level = record_versions.higher(row.secrecy, secrecy)
        is_masked = organisation.level_of(level) > organisation.level_of(by.clearance)
        reason = "" if is_masked else row.reason
        lines.append(Version(row.version, level, row.written_by, row.written_at, reason, is_masked))
    return lines


def _readers(session: Session, readings: list[RecordReading]) -> list[tuple[RecordReading, str]]:
    """The lines of the log with the number of the case, where a case read."""
    keys = {row.instance_key for row in readings if row.instance_key}
    statement = select(ProcessInstance.key, ProcessInstance.number).where(ProcessInstance.key.in_(keys))
    numbers = {row.key: row.number for row in session.execute(statement)} if keys else {}
    return [(row, numbers.get(row.instance_key or 0, "")) for row in readings]


def _answers(session: Session, company: organisation.Organisation, content: Mapping[str, Any]) -> list[filled.Value]:
    """The content as the form of [settings.records] lays it out; `under` is the path at which that form has a record."""
    chosen = company.settings.get("records", {})
    row = FormDefinition
    statement = (
        select(row.key).where(row.company_id == company.id, row.form_id == chosen.get("form")).order_by(row.version.desc())
    )
    key = session.execute(statement.limit(1)).scalar()
    schema = telling.schema(session, company.id, definitions.form(session, key).schema) if key else None
    return filled.of_form(schema, company, {chosen["under"]: content} if chosen.get("under") else content)
