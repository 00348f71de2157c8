"""Letters of receipt: whoever complained by e-mail is told the number and the secret with which to follow the case."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import utils
from email.headerregistry import Address
from email.message import EmailMessage

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from engine.definitions import definitions
from engine.files import files
from engine.intake import posting, rate, secrets
from engine.intake.by_mail import letters
from engine.intake.setup import Post
from engine.people import organisation
from engine.storage import vault
from engine.storage.database import Database
from engine.storage.models import Attachment, Filing, ProcessInstance

GIVEN_UP = timedelta(days=1)
AT_ONCE = 50
PER_ADDRESS = rate.Limit("acknowledging", 5, timedelta(days=1))  # two programs that answer each other come to an end
OURS = re.compile(r"<filing-(\d{1,19})@[^<>\s]+>")


@dataclass(frozen=True)
class Due:
    """A letter of receipt that has not been sent yet."""

    filing_key: int
    instance_key: int
    to: str
    subject: str
    answered: str
    company: str
    number: str
    secret: str


def key_of(message_id: str) -> int | None:
    """The filing that one of our letters of receipt is about; None for a Message-ID that is not ours."""
    ours = OURS.fullmatch(message_id)
    return int(ours[1]) if ours and int(ours[1]) < 1 << 63 else None


def send_due(database: Database, company_id: str, post: Post, password: str, *, now: datetime) -> int:
    """Sends what is due and says how many; nothing is sent within a transaction, so at worst a letter goes out twice.

    Raises OSError or smtplib.SMTPException when the server cannot be reached; what was not sent stays due for a day.
    """
    with database.reading(company_id) as session:
        due = list(_due(session, company_id, now))
    if not due:
        return 0
    sent = 0
    with posting.connected(post, password) as server:
        for each in due:
            sent += _send(database, company_id, post, server, each, now)
    return sent


def letter(post: Post, company_id: str, due: Due, *, now: datetime) -> EmailMessage:
    """The letter itself; marked as automatic, so that no program answers it (RFC 3834)."""
    made = EmailMessage()
    made["From"] = Address(due.company, addr_spec=post.sender)
    made["To"] = due.to
    made["Subject"] = f"已受理：{due.number}" + (f"（{due.subject}）" if due.subject else "")
    made["Date"] = utils.format_datetime(now)
    made["Message-ID"] = f"<filing-{due.filing_key}@{post.sender.rpartition('@')[2]}>"
    if due.answered.startswith("<"):
        made["In-Reply-To"] = made["References"] = due.answered
    made["Auto-Submitted"] = "auto-replied"
    made.set_content(_text(due, f"{post.address.rstrip('/')}/p/{company_id}/follow"))
    return made


def _text(due: Due, address: str) -> str:
    return (
        f"您好：\n\n您的来信已受理。\n\n受理编号：{due.number}\n查询码：{due.secret}\n\n"
        f"凭编号和查询码，可在下面的网页查看进度、答复我们的提问、评价处理结果：\n{address}\n\n"
        "查询码只在这封信里，请妥善保管，不要转发。要补充情况，直接回复这封信即可。\n\n"
        f"{due.company}\n\n"
        f"We have received your letter. Number: {due.number}, query code: {due.secret}. Follow it at {address}\n"
    )


def _due(session: Session, company_id: str, now: datetime) -> Iterator[Due]:
    """The filings by e-mail of the last day that began a case which can be followed, and whose sender knows no secret yet."""
    earlier, case = aliased(Filing), ProcessInstance
    first = select(func.min(earlier.key)).where(earlier.instance_key == Filing.instance_key).scalar_subquery()
    statement = (
        select(Filing, case.key, case.number, case.definition_key)
        .join(case, case.key == Filing.instance_key)
        .where(Filing.company_id == company_id, Filing.source == "mail", Filing.secret_digest == "")
        .where(Filing.filed_at > now - GIVEN_UP, Filing.key == first)
        .order_by(Filing.key)
        .limit(AT_ONCE)
    )
    company = organisation.current(session, company_id)
    for own, key, number, definition_key in session.execute(statement).all():
        mail = _original(session, own)
        to = letters.sender(mail)[1] if mail else ""
        if not mail or not to or definitions.by_key(session, definition_key).settings.public is None:
            continue
        secret = secrets.derive(vault.of_session(session).signing_key, company_id, "mail", own.outside_id)
        yield Due(own.key, key, to, letters.subject(mail)[:60], own.outside_id, company.name, number, secret)


def _original(session: Session, own: Filing) -> EmailMessage | None:
    mine = (Attachment.instance_key == own.instance_key, Attachment.field == "mail")
    content = session.execute(select(Attachment.sha256).where(*mine).order_by(Attachment.key).limit(1)).scalar()
    return letters.read(files.folder_of(session).open(content).read_bytes()) if content else None


def _send(database: Database, company_id: str, post: Post, server: smtplib.SMTP, due: Due, now: datetime) -> bool:
    with database.reading(company_id) as session:
        is_too_often = rate.is_used_up(session, company_id, PER_ADDRESS, due.to, now=now)
    try:
        made = None if is_too_often else posting.made(lambda: letter(post, company_id, due, now=now))
        became = posting.REFUSED if made is None else posting.delivered(server, made)
    except posting.Postponed:
        return False
    with database.transaction(company_id) as session:
        rate.take(session, company_id, PER_ADDRESS, due.to, now=now)
        digest = secrets.digest(due.instance_key, due.secret)
        session.execute(update(Filing).where(Filing.key == due.filing_key).values(secret_digest=digest))
    return became == posting.SENT
