"""What a case that saved a customer record shows of it: to nobody more than the record itself would."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Select, literal, select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.personal import personal_data
from engine.people import organisation as organisations
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.records import circle, policy, readings, records
from engine.records import versions as record_versions
from engine.storage.models import CaseLink, CustomerRecord, ProcessInstance, RecordVersion

FROM_ANOTHER = ("copy", "reopened")  # kinds of links by which a case has what was filled into the other one


def why_not(session: Session, by: Actor, instance: ProcessInstance, *, now: datetime) -> errors.Refusal | None:
    """Why the person may not read what was filled into a case, as a customer record holds it by now; None where he may.

    Level and circle are those that the record has now. Who has an open task of the case reads all of it, as on the task's
    page; auditors read everything. One statement where the case's process saves records, none elsewhere.
    """
    company = organisations.at_version(session, by.company_id, by.organisation_version)
    if by.is_system or by.is_auditor or not policy.may_save(company, instance.process_id):
        return None
    rows = session.execute(_saved_by(instance)).scalars().all()
    if not rows or personal_data.deals_with(session, by, root_key=instance.root_key):
        return None
    return next(filter(None, (_of_record(session, company, by, row, now) for row in rows)), None)


def _of_record(session: Session, company: Organisation, by: Actor, row: CustomerRecord, now: datetime) -> errors.Refusal | None:
    level = record_versions.level(session, row, row.current_version)
    return readings.why_not(company, by, row, level) or circle.why_not(
        company, by, records.newest(session, row), records.today(company, now)
    )


def require(session: Session, by: Actor, instance: ProcessInstance, *, now: datetime) -> None:
    """Raises what `why_not` gives."""
    if refusal := why_not(session, by, instance, now=now):
        raise refusal


def _saved_by(instance: ProcessInstance) -> Select[CustomerRecord]:
    """The records that the case saved, or one that it has its content from: it was started or opened again from that one."""
    version, link = RecordVersion, CaseLink
    cases = select(literal(instance.key, BigInteger).label("key")).cte(recursive=True)
    older = select(link.other_key).join(cases, link.instance_key == cases.c.key).where(link.kind.in_(FROM_ANOTHER))
    cases = cases.union(older)
    saved = select(version.record_key).where(version.instance_key.in_(select(cases.c.key)))
    return select(CustomerRecord).where(CustomerRecord.key.in_(saved)).order_by(CustomerRecord.key)
