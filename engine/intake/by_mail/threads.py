"""Letters that go on about a case: found by what they answer, and told to those who deal with the case."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.basics.sayings import Said
from engine.cases import cases, history, notices
from engine.intake import acknowledging
from engine.intake.by_mail import letters
from engine.people import organisation
from engine.storage.models import Filing, ProcessInstance, WorkItem

LETTER = Said("客户来信补充：{number}", "The customer wrote again: {number}")
LETTER_BODY = Said(
    "客户就此事又来信，原件在单据的附件中，请查看。",
    "Another letter about this case has come; it is among the case's attachments.",
)


def continued(session: Session, company_id: str, mail: EmailMessage) -> ProcessInstance | None:
    """The running case, locked, that this letter answers: our letter of receipt, or an earlier letter of the same case.

    Only who got one of these knows its Message-ID, so the sender's address need not be believed. None where it answers
    nothing of ours, or the case is over: it is then a complaint of its own, so that nobody overlooks it.
    """
    named = letters.earlier(mail)
    if not named:
        return None
    ours = [key for each in named if (key := acknowledging.key_of(each)) is not None]
    mine = (Filing.company_id == company_id, Filing.source == "mail", Filing.instance_key.is_not(None))
    case = session.execute(
        select(Filing.instance_key).where(*mine, or_(Filing.outside_id.in_(named), Filing.key.in_(ours))).limit(1)
    ).scalar()
    instance = cases.lock(session, case) if case is not None else None
    return instance if instance is not None and instance.state == "active" else None


def tell(session: Session, instance: ProcessInstance, subject: str, *, now: datetime) -> None:
    """Notes the letter in the history and tells whoever holds a task of the case, else the administrators."""
    history.append(session, instance, "letter", at=now, data={"values": {"subject": subject}})
    session.flush()
    history.flush(session)
    company = organisation.current(session, instance.company_id)
    notices.send(
        session,
        company,
        _holders(session, instance) or company.administrators,
        LETTER.of(number=instance.number),
        LETTER_BODY,
        now=now,
        instance=instance,
    )


def _holders(session: Session, instance: ProcessInstance) -> list[str]:
    """The people and groups that the open tasks of the case, and of those it called, are with."""
    tree = select(ProcessInstance.key).where(ProcessInstance.root_key == instance.root_key)
    held = select(WorkItem.username, WorkItem.group_name).where(WorkItem.instance_key.in_(tree), WorkItem.state == "open")
    return [str(row.username or row.group_name) for row in session.execute(held.distinct()).all()]
