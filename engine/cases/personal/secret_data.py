"""What a case that saved a customer record shows of it to whoever may see the case: nothing that the record keeps secret from him.

That is what is above his clearance, or outside whose circle he stands. Whether he sees the catalogue does not matter: another
right lets him see the case, and a manager reads what his people filled in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session, aliased

from engine import errors
from engine.cases.personal import own_words, personal_data
from engine.cases.personal.own_words import OwnWords
from engine.cases.personal.personal_data import Path, Redaction
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.people import organisation as organisations
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.records import policy, readings
from engine.records import versions as record_versions
from engine.records.knowing import known_to
from engine.storage.models import CaseLink, CustomerRecord, ProcessInstance, RecordVersion
from engine.storage.models.handing import MADE_FROM

WITHHELD = "…"  # in place of what is not shown
Newest = aliased(RecordVersion, name="newest")  # once, as each alias copies all columns


@dataclass(frozen=True)
class Withheld(Redaction):
    """Of a case whose record the reader may not read: nothing that people filled in or wrote, nor what quotes it, but his own words."""

    own: OwnWords = own_words.NOTHING

    def of_event(self, key: int) -> Redaction:
        """His own words are shown as those of any case are."""
        return self.personal if key in self.own.events else self

    @property
    def personal(self) -> Redaction:
        """What is masked of his own words, as of those of any case."""
        return Redaction(self.definition, self.words)

    def variables(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """What he filled in himself, as he did; nothing of the others."""
        mine = self.of_his
        return {name: mine.get(name, self._within(value, None)) for name, value in known.items()}

    @property
    def of_his(self) -> dict[str, Any]:
        """What he filled in or decided upon, personal data masked."""
        return self.personal.variables(self.own.values)

    def text(self, text: str) -> str:
        return WITHHELD if text else text

    def _within(self, value: Any, path: Path | None) -> Any:
        if isinstance(value, Mapping):
            return {name: self._within(each, None) for name, each in value.items()}
        if isinstance(value, list):
            return [self._within(each, None) for each in value]
        return value if value is None else WITHHELD


@dataclass(frozen=True)
class ClosedCase:
    """Why what was filled into a case is closed to somebody, who keeps the record (whom to ask), and what is his own in it."""

    refusal: errors.Refusal
    kept_by: tuple[str, ...]
    own: OwnWords

    def redaction(self, definition: Definition, words: tuple[str, ...] = ()) -> Withheld:
        """What is shown of it: but for his own words nothing."""
        return Withheld(definition, words, self.own)


def why_not(session: Session, by: Actor, instance: ProcessInstance, *, now: datetime) -> errors.Refusal | None:
    """Why the person may not read what was filled into a case, but for his own words; None where he may."""
    shut = closing(session, by, instance, now=now)
    return shut.refusal if shut else None


def closing(session: Session, by: Actor, instance: ProcessInstance, *, now: datetime) -> ClosedCase | None:
    """What closes a case to the person, as a customer record holds what was filled in by now; None where he may read it.

    Level and circle are those that the record has now. Who has an open task of the case reads all of it, as on the task's
    page; auditors read everything. What a person wrote or decided upon himself stays his to read, as it tells him nothing that
    he did not know. One statement where the case's process saves records, none elsewhere.
    """
    company = organisations.at_version(session, by.company_id, by.organisation_version)
    if _reads_all(by) or not policy.may_save(company, instance.process_id):
        return None
    rows = session.execute(_saved_by(ProcessInstance.key == instance.key)).all()
    if not rows or personal_data.deals_with(session, by, root_key=instance.root_key):
        return None
    refusal = next(iter(_refusals(session, company, by, rows, now).values()), None)
    if refusal is None:
        return None
    keepers = dict.fromkeys(row.CustomerRecord.keeper for row in rows if row.CustomerRecord.keeper)
    return ClosedCase(refusal, tuple(map(company.name_of, keepers)), own_words.of_person(session, by, instance))


def require(session: Session, by: Actor, instance: ProcessInstance, *, now: datetime) -> None:
    """Raises what `why_not` gives."""
    if refusal := why_not(session, by, instance, now=now):
        raise refusal


def redaction(session: Session, by: Actor, instance: ProcessInstance, *, now: datetime) -> Redaction:
    """What is shown of a stored case, running or over, to one person: personal data masked, of a secret one nothing."""
    shut = closing(session, by, instance, now=now)
    personal = personal_data.of_instance(session, instance, now=now)
    return shut.redaction(personal.definition, personal.words) if shut else personal


def redaction_within(session: Session, instance: ProcessInstance, closed: Collection[int], *, now: datetime) -> Redaction:
    """The same of one of many, of which those are `closed` to that person."""
    if instance.key in closed:
        return Withheld(definitions.by_key(session, instance.definition_key))
    return personal_data.of_instance(session, instance, now=now)


def closed(session: Session, by: Actor, processes: Iterable[str], *, now: datetime) -> frozenset[int]:
    """The keys of those cases of these processes for which `why_not` has a reason; three statements, none where none saves records."""
    company = organisations.at_version(session, by.company_id, by.organisation_version)
    saving = sorted(each for each in set(processes) if policy.may_save(company, each))
    if _reads_all(by) or not saving:
        return frozenset()
    return _closed(session, company, by, session.execute(_saved_in(company.id, saving)).all(), now)


def closed_where(session: Session, by: Actor, condition: ColumnElement[bool], *, now: datetime) -> frozenset[int]:
    """Of the company's cases that meet a condition on `ProcessInstance` those that `closed` gives; three statements, as there."""
    company = organisations.at_version(session, by.company_id, by.organisation_version)
    saving = policy.named(company, "saved_by")
    if _reads_all(by) or not saving:
        return frozenset()
    theirs = and_(ProcessInstance.company_id == by.company_id, ProcessInstance.process_id.in_(sorted(saving)), condition)
    return _closed(session, company, by, session.execute(_saved_by(theirs)).all(), now)


def closed_among(session: Session, by: Actor, keys: Collection[int | None], *, now: datetime) -> frozenset[int]:
    """Of these cases those that `closed` gives; three statements, none where the company's processes save no records."""
    company = organisations.at_version(session, by.company_id, by.organisation_version)
    wanted = [each for each in keys if each is not None]
    if _reads_all(by) or not wanted or not policy.named(company, "saved_by"):
        return frozenset()
    return _closed(session, company, by, session.execute(_saved_by(ProcessInstance.key.in_(wanted))).all(), now)


def _closed(session: Session, company: Organisation, by: Actor, rows: Collection[Any], now: datetime) -> frozenset[int]:
    refused = _refusals(session, company, by, {row.CustomerRecord.key: row for row in rows}.values(), now)
    keys = {row.case_key for row in rows if row.CustomerRecord.key in refused}
    return frozenset(keys - personal_data.dealt_with_in_trees(session, by, keys)) if keys else frozenset()


def _reads_all(by: Actor) -> bool:
    return by.is_system or by.is_auditor


def _refusals(
    session: Session, company: Organisation, by: Actor, rows: Collection[Any], now: datetime
) -> dict[int, errors.Refusal]:
    """By record why the person may not read its newest version; first its level, then who may know it."""
    refused: dict[int, errors.Refusal] = {}
    for row in rows:
        record = row.CustomerRecord
        why = readings.why_secret(by, record, record_versions.higher(row.level, record.secrecy))
        if why is not None:
            refused[record.key] = why
    left = [row.CustomerRecord for row in rows if row.CustomerRecord.key not in refused]
    return refused | known_to.outside(session, company, by, {(row.key, row.current_version) for row in left}, now=now)


def _saved_by(condition: ColumnElement[bool]) -> Select[Any]:
    """The records that the cases of this condition on `ProcessInstance` saved, or those that they have their content from: they were started or opened again from them."""
    link, case, version = CaseLink, ProcessInstance, RecordVersion
    cases = select(case.key.label("case_key"), case.key).where(condition).cte(recursive=True)
    older = select(cases.c.case_key, link.other_key).join(cases, link.instance_key == cases.c.key)
    cases = cases.union(older.where(link.kind.in_(MADE_FROM)))
    saved = (
        select(cases.c.case_key, version.record_key).join(version, version.instance_key == cases.c.key).distinct().subquery()
    )
    columns: list[Any] = [saved.c.case_key, CustomerRecord, Newest.secrecy.label("level")]
    return _with_level(select(*columns).join(CustomerRecord, CustomerRecord.key == saved.c.record_key))


def _saved_in(company_id: str, processes: Collection[str]) -> Select[Any]:
    """The same for all cases of these processes, each record with each case that shows something of it."""
    version, link, case = RecordVersion, CaseLink, ProcessInstance
    saved = (version.company_id == company_id, version.instance_key.is_not(None))
    cases = select(version.instance_key.label("key"), version.record_key).where(*saved).cte(recursive=True)
    newer = select(link.instance_key, cases.c.record_key).join(cases, link.other_key == cases.c.key)
    cases = cases.union(newer.where(link.kind.in_(MADE_FROM)))
    chosen = select(cases.c.key.label("case_key"), CustomerRecord, Newest.secrecy.label("level"))
    statement = _with_level(chosen.join(CustomerRecord, CustomerRecord.key == cases.c.record_key))
    return statement.join(case, case.key == cases.c.key).where(case.process_id.in_(processes))


def _with_level(statement: Select[Any]) -> Select[Any]:
    is_newest = (Newest.record_key == CustomerRecord.key) & (Newest.version == CustomerRecord.current_version)
    return statement.join(Newest, is_newest).order_by(CustomerRecord.key)
