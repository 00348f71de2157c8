"""The one way out for a customer record's content: the destruction step of an approved case (approval-semantics of 档案法 Art. 21)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import history
from engine.cases.lines import register_lines
from engine.cases.rights import acted
from engine.files import attachments
from engine.people.organisation import Organisation
from engine.records import approvals_given, catalogue, holds
from engine.storage.models import (
    CarbonCopy,
    Consultation,
    CustomerRecord,
    Job,
    ProcessInstance,
    RecordKey,
    RecordVersion,
    Signature,
    WorkItem,
    dumps,
)


@dataclass
class Destroyed:
    """What a destruction did: keys of the records (as text), and what was kept with the reason."""

    destroyed: list[str] = field(default_factory=list)
    kept: list[dict[str, str]] = field(default_factory=list)


def destroy(
    session: Session,
    company: Organisation,
    instance: ProcessInstance,
    wanted: Iterable[Any],
    *,
    method: str,
    keeper: str,
    witness: str,
    approved_list: Any,
    now: datetime,
    approved_at: datetime | None = None,
) -> Destroyed:
    """Destroys the contents of those records that nothing holds back at this moment, each by itself.

    A record that the approved list does not name, by its number and name, or that was changed after `approved_at`, is kept.

    The key of a record is deleted, its sealed versions are emptied, and the finished cases that wrote it lose their
    variables and files; the catalogue line stays for ever. Doing it again in the same case gives the same answer.
    `keeper`, `witness`: usernames. Raises Forbidden when the company's policy, the approvals or the two
    people are not in order; then nothing is destroyed.
    """
    require_allowed(session, company, instance)
    _require_two_people(session, company, instance, keeper, witness)
    result = Destroyed()
    listed = {each.record: each for each in map(holds.Meant.of, approved_list if isinstance(approved_list, list) else ())}
    keys = list(dict.fromkeys(map(str, wanted)))
    meant = [listed.get(each, holds.Meant(each, is_listed=False)) for each in keys]
    for check in holds.check(session, company.id, meant, lock=True, beside=instance.root_key, approved_at=approved_at):
        if check.blocked and not _is_gone_here(session, check.record, instance):
            result.kept.append({"record": check.record, "number": check.number, "reason": check.reason})
        else:
            _erase(session, int(check.record), instance, now)
            result.destroyed.append(check.record)
    _note(session, instance, result, method=method, keeper=keeper, witness=witness, approved_list=approved_list, now=now)
    return result


def require_allowed(session: Session, company: Organisation, instance: ProcessInstance) -> None:
    """Raises Forbidden where neither this nor any step that leads to it may be done: by the policy, or for want of approvals."""
    _require_policy(company)
    _require_approval(session, instance)


def _require_policy(company: Organisation) -> None:
    if company.policy.get("destruction") is not True:
        raise errors.Forbidden("The rules of %(company)s do not allow customer records to be destroyed.", company=company.name)


def _require_approval(session: Session, instance: ProcessInstance) -> None:
    """Some approval step of the case was passed, by somebody other than its initiator, and none is refused since."""
    approvals = approvals_given.passed(session, instance)
    if not approvals or any(instance.initiator in each.people for each in approvals):
        raise errors.Forbidden("Customer records are destroyed only in a case in which every approval was given.")


def _require_two_people(session: Session, company: Organisation, instance: ProcessInstance, keeper: str, witness: str) -> None:
    two = {keeper, witness}
    themselves = acted.acted_themselves(session, instance.key)  # nobody signs in the place of one of the two
    if len(two) < 2 or instance.initiator in two or not two <= themselves or not all(map(company.is_active, two)):
        raise errors.Forbidden(
            "A destruction needs a keeper and a witness: two people who both acted in this case and did not propose it."
        )


def _is_gone_here(session: Session, record: str, instance: ProcessInstance) -> bool:
    """Whether this very case destroyed it already: the step is being repeated after a crash."""
    if not catalogue.is_key(record):
        return False
    statement = select(CustomerRecord.destroyed_in).where(
        CustomerRecord.company_id == instance.company_id, CustomerRecord.key == int(record)
    )
    return session.execute(statement).scalar() == instance.key


def _erase(session: Session, key: int, instance: ProcessInstance, now: datetime) -> None:
    gone = {"state": "destroyed", "destroyed_at": now, "destroyed_in": instance.key}
    session.execute(update(CustomerRecord).where(CustomerRecord.key == key, CustomerRecord.state == "active").values(gone))
    session.execute(delete(RecordKey).where(RecordKey.record_key == key))
    session.execute(update(RecordVersion).where(RecordVersion.record_key == key).values(sealed=None))
    _clear_writers(session, key, instance, now)


def _clear_writers(session: Session, key: int, instance: ProcessInstance, now: datetime) -> None:
    """The cases that wrote the record had its content in their variables, history, drafts, jobs and files; it must not live on.

    Files of a case that also wrote records which are still kept stay, as they may belong to those.
    """
    wrote = select(RecordVersion.instance_key).where(RecordVersion.record_key == key, RecordVersion.instance_key.is_not(None))
    roots = select(ProcessInstance.root_key).where(
        ProcessInstance.key.in_(wrote), ProcessInstance.root_key != instance.root_key
    )
    trees = list(
        session.execute(
            select(ProcessInstance.key).where(ProcessInstance.root_key.in_(roots), ProcessInstance.state != "active")
        ).scalars()
    )
    if trees:
        history.erase_values(session, trees)
        nothing: dict[str, Any] = {"tokens": {}, "summary": [], "register": {"of": register_lines.ERASED}}
        nothing["words"] = func.lower(ProcessInstance.number + "\n" + ProcessInstance.title)
        session.execute(update(ProcessInstance).where(ProcessInstance.key.in_(trees)).values(nothing))
        session.execute(update(WorkItem).where(WorkItem.instance_key.in_(trees)).values(draft=None, given=None, pairs=""))
        session.execute(
            update(Signature).where(Signature.instance_key.in_(trees)).values(salt=None)
        )  # no digest can be guessed
        session.execute(update(CarbonCopy).where(CarbonCopy.instance_key.in_(trees)).values(note="", comment=None))
        session.execute(update(Consultation).where(Consultation.instance_key.in_(trees)).values(question="", answer=None))
        session.execute(update(Job).where(Job.instance_key.in_(trees)).values(payload={}))
        kept = (
            select(CustomerRecord.key)
            .join(RecordVersion, RecordVersion.record_key == CustomerRecord.key)
            .where(RecordVersion.instance_key.in_(trees), CustomerRecord.state == "active")
        )
        if session.execute(kept.limit(1)).first() is None:
            attachments.erase(session, instance.company_id, trees, now=now)


def _note(
    session: Session, instance: ProcessInstance, result: Destroyed, *, approved_list: Any, now: datetime, **who: str
) -> None:
    digest = hashlib.sha256(dumps(approved_list).encode()).hexdigest()
    data = {"operation": "records.destroy", "destroyed": result.destroyed, "kept": result.kept, "list_digest": digest, **who}
    history.append(session, instance, "operation", at=now, element_name="records.destroy", data=data)
