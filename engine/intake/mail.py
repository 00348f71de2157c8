"""Complaints by e-mail: a mailbox is polled by IMAP, each message becomes one case; what cannot be read is kept for a person."""

from __future__ import annotations

import hashlib
import imaplib
import io
import logging
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy, utils
from email.message import EmailMessage
from typing import Any

import lxml.html
from lxml import etree
from sqlalchemy.orm import Session

from engine import attachments, definitions, errors, notices
from engine.database import Database
from engine.intake import filing
from engine.models import Filing, Incident
from engine.people import organisation
from engine.people.actors import Actor

MAX_BYTES = 30 * 1024 * 1024
MAX_TEXT = 20_000
MAX_HEADER = 300
SECONDS = 30
SOURCE = "mail"
UNREADABLE = "An e-mail could not be taken in; the original is kept as file %(file)s."
MBOX = b"From - kept as it came\n"  # a container, so that no beginning of a message can be taken for a program's
log = logging.getLogger(__name__)


class Unreadable(Exception):
    """The message cannot be turned into a case."""


@dataclass(frozen=True)
class Mailbox:
    """Where the e-mail lies and which process it starts: [settings.intake.mail] of company.toml."""

    host: str
    user: str
    process: str
    message: str
    port: int = 993
    folder: str = "INBOX"
    channel: str = "电子邮件"
    tls: bool = True


def mailbox(settings: Mapping[str, Any]) -> Mailbox | None:
    """The mailbox of a company's settings, None where there is none. Raises Invalid for a wrong one."""
    raw = (settings.get("intake") or {}).get("mail")
    if raw is None:
        return None
    try:
        return Mailbox(**raw)
    except TypeError as error:
        raise errors.Invalid("[settings.intake.mail] is wrong: %(detail)s", detail=str(error)) from error


def poll(database: Database, company_id: str, box: Mailbox, password: str, *, now: datetime) -> int:
    """Takes in all unseen messages, each in a transaction of its own; says how many.

    A message is marked as seen only after its commit; one that comes again is known by its Message-ID. Raises
    OSError or imaplib.IMAP4.error when the mailbox cannot be reached.
    """
    taken = 0
    with _connected(box, password) as server:
        for uid in _unseen(server):
            raw = _fetched(server, uid)
            if not raw:  # another client has removed it meanwhile
                continue
            _take_one(database, company_id, box, raw, now)
            server.uid("STORE", uid, "+FLAGS", r"(\Seen)")
            taken += 1
    return taken


def take(session: Session, company_id: str, box: Mailbox, raw: bytes, *, now: datetime) -> Filing | None:
    """Makes a case of one message; None when it was taken before or an automatic reply. Raises Unreadable."""
    mail = message_from_bytes(raw, policy=policy.default)
    own = filing.claim(session, company_id, SOURCE, _id(raw), box.process, now=now)
    if own is None or str(mail.get("Auto-Submitted", "no")).lower().startswith("auto-replied"):
        return None
    if len(raw) > MAX_BYTES:
        raise Unreadable("too large")
    variables = _variables(mail)
    definition = definitions.latest(session, company_id, box.process)
    files, refused = _files(session, company_id, own.outside_id, mail, now)
    if refused:
        variables["content"] += "\n\n（未收附件：" + "、".join(refused) + "）"
    variables |= {"channel": box.channel, "attachments": files}
    instance = filing.begin(session, definition, box.message, own.outside_id, variables, now=now)
    filing.take_files(session, instance, [int(each["key"]) for each in files])
    attachments.make(session, instance, "mail", "original.eml", raw, now=now)
    own.instance_key = instance.key
    session.flush()
    return own


def set_aside(session: Session, company_id: str, box: Mailbox, raw: bytes, *, now: datetime) -> None:
    """Keeps a message that could not be taken in: an incident with the original, and a notice to the administrators."""
    own = filing.claim(session, company_id, SOURCE, _id(raw), box.process, now=now)
    if own is None:
        return
    keeper = Actor(company_id, attachments.KEPT, "")
    row = attachments.store(session, keeper, None, SOURCE, f"{own.key}.mbox", io.BytesIO(MBOX + raw), now=now)
    values = {"file": str(row.key)}
    session.add(Incident(company_id=company_id, kind=SOURCE, message=UNREADABLE, values=values, created_at=now, state="open"))
    company = organisation.current(session, company_id)
    notices.send(
        session, company, company.administrators, "一封邮件未能自动受理", f"原件已保存：/attachments/{row.key}", now=now
    )
    session.flush()


def _take_one(database: Database, company_id: str, box: Mailbox, raw: bytes, now: datetime) -> None:
    try:
        with database.transaction(company_id) as session:
            take(session, company_id, box, raw, now=now)
    except errors.Unavailable:
        raise
    except Exception:
        log.exception("an e-mail to %s could not be taken in", company_id)
        with database.transaction(company_id) as session:
            set_aside(session, company_id, box, raw, now=now)


def _connected(box: Mailbox, password: str) -> imaplib.IMAP4:
    if box.tls:
        server: imaplib.IMAP4 = imaplib.IMAP4_SSL(box.host, box.port, ssl_context=ssl.create_default_context(), timeout=SECONDS)
    else:
        server = imaplib.IMAP4(box.host, box.port, timeout=SECONDS)
    server.login(box.user, password)
    folder = '"' + box.folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
    answer, _data = server.select(folder)
    if answer != "OK":
        raise imaplib.IMAP4.error(f"no folder {box.folder}")
    return server


def _unseen(server: imaplib.IMAP4) -> Iterator[str]:
    _answer, data = server.uid("SEARCH", "UNSEEN")
    yield from (data[0] or b"").decode("ascii").split()


def _fetched(server: imaplib.IMAP4, uid: str) -> bytes:
    """The whole message; of one that is too large only its first part, which is then set aside."""
    part = f"BODY.PEEK[]<0.{MAX_BYTES + 1}>"
    _answer, data = server.uid("FETCH", uid, f"({part})")
    return next((bytes(each[1]) for each in data if isinstance(each, tuple)), b"")


def _id(raw: bytes) -> str:
    """The Message-ID; a message without one is known by its content."""
    found = re.search(rb"(?im)^message-id:\s*(<[^<>\r\n]{1,250}>)", raw[:65536].replace(b"\r\n", b"\n").partition(b"\n\n")[0])
    return found[1].decode("ascii", "replace") if found else "sha256:" + hashlib.sha256(raw).hexdigest()


def _variables(mail: EmailMessage) -> dict[str, Any]:
    """Who wrote what. Raises Unreadable for a message without a sender or without any words."""
    name, address = utils.parseaddr(str(mail.get("From", "")))
    subject, text = _clean(str(mail.get("Subject", "")))[:MAX_HEADER], _text(mail)
    if not address or not (subject or text):
        raise Unreadable("no sender or no words")
    content = "\n".join(each for each in (subject, text) if each)
    return {
        "complainant": _clean(name)[:MAX_HEADER] or address,
        "contact": address[:MAX_HEADER],
        "subject": subject,
        "content": content,
    }


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, ValueError) as error:  # an unknown character set, or bytes that are not of it
        raise Unreadable(str(error)) from error
    return _clean(_plain(text) if part.get_content_subtype() == "html" else text)[:MAX_TEXT]


def _plain(html: str) -> str:
    """The words of an HTML message, without markup, scripts and styles."""
    if not html.strip():
        return ""
    tree = lxml.html.document_fromstring(html)
    etree.strip_elements(tree, "script", "style", "head", with_tail=False)
    return "\n".join(each.strip() for each in map(str, tree.itertext()) if each.strip())


def _files(
    session: Session, company_id: str, receipt: str, mail: EmailMessage, now: datetime
) -> tuple[list[dict[str, Any]], list[str]]:
    """The attachments that may be taken, as file values, and the names of those that may not."""
    taken, refused = [], []
    for part in mail.iter_attachments():
        name = _clean(part.get_filename() or "")[:150]
        content = part.get_payload(decode=True)
        try:
            if not name or not isinstance(content, bytes):
                raise errors.Invalid("The file needs a name.")
            row = filing.store(session, company_id, receipt, "attachments", name, io.BytesIO(content), now=now)
            taken.append(attachments.as_value(row))
        except errors.Invalid:
            refused.append(name or "?")
    return taken, refused


def _clean(text: str) -> str:
    """Without what no database takes (NUL, lone surrogates) and without blanks around."""
    return text.replace("\0", "").encode("utf-8", "replace").decode().strip()
