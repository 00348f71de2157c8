"""Complaints by e-mail: a mailbox is polled by IMAP, each message becomes one case; what cannot be read is kept for a person."""

from __future__ import annotations

import base64
import imaplib
import io
import logging
import re
import ssl
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import Said
from engine.cases import incident_rows
from engine.cases.personal import personal_data, personal_text
from engine.definitions import definitions
from engine.files import attachments
from engine.intake import filing, setup
from engine.intake.by_mail import letters, threads
from engine.intake.setup import Mailbox
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage import error_log
from engine.storage.database import Database
from engine.storage.models import Filing, ProcessInstance
from engine.verbs.running import incidents

SECONDS = 30
SOURCE = "mail"
NOT_TAKEN = "It could not be taken in: %(detail)s"
SET_ASIDE = Said("一封邮件未能自动受理", "A letter could not be taken in by itself")
SET_ASIDE_BODY = Said(
    "原件已保存。请到“监控—异常”查看原因，重新受理或登记处理结果。",
    "It is kept. Please look under “Status”, “Incidents” why, and take it in again or note what was done.",
)
MBOX = b"From - kept as it came\n"  # a container, so that no beginning of a message can be taken for a program's
log = logging.getLogger(__name__)


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
    """Makes a case of one message, or adds it to the running case that it goes on about.

    None when it was taken before or a program wrote it. Raises `letters.Unreadable`.
    """
    own = filing.claim(session, company_id, SOURCE, letters.id_of(raw), box.process, now=now)
    if own is None:
        return None
    mail = letters.read(raw)
    if letters.is_automatic(mail):
        return None
    running = threads.continued(session, company_id, mail)
    if running is not None:
        _add(session, own, running, mail, raw, now)
    else:
        _begin(session, own, box, mail, raw, now)
    return own


def set_aside(session: Session, company_id: str, box: Mailbox, raw: bytes, why: Exception, *, now: datetime) -> None:
    """Keeps a message that could not be taken in: an incident with the original, and a notice to the administrators."""
    own = filing.claim(session, company_id, SOURCE, letters.id_of(raw), box.process, now=now)
    if own is None:
        return
    keeper = Actor(company_id, attachments.KEPT, "")
    row = attachments.store(session, keeper, None, SOURCE, f"{own.key}.mbox", io.BytesIO(MBOX + raw), now=now)
    text, values = _worded(why)
    values |= {"file": str(row.key), "filing": str(own.key), **_cover(raw)}
    company, failed = organisation.current(session, company_id), errors.Refusal(text, fields=None, **values)
    words = SET_ASIDE, SET_ASIDE_BODY
    incident_rows.add_alone(session, company, SOURCE, failed, words, company.administrators, now=now)
    session.flush()


def take_again(session: Session, by: Actor, key: int, *, now: datetime) -> ProcessInstance:
    """Makes a case of a message that was set aside, once the reason is mended (the process, its settings).

    Raises NotFound and Conflict as `incidents.without_case`, Invalid when it still cannot be taken in.
    """
    incident = incidents.without_case(session, by, key)
    values = incident.values
    if incident.kind != SOURCE:
        raise errors.Conflict(incidents.NOTHING_TO_TRY)
    box = setup.mailbox(organisation.current(session, by.company_id).settings)
    if box is None:
        raise errors.Invalid("This company has no mailbox any more.")
    raw = attachments.open(session, by, int(values["file"])).path.read_bytes().removeprefix(MBOX)
    own = session.get_one(Filing, int(values["filing"]), with_for_update=True)
    try:
        instance = _begin(session, own, box, letters.read(raw), raw, now)
    except letters.Unreadable as error:
        raise errors.Invalid(error.text) from error
    incidents.settle(incident, by, now=now)
    session.flush()
    return instance


def _begin(session: Session, own: Filing, box: Mailbox, mail: EmailMessage, raw: bytes, now: datetime) -> ProcessInstance:
    """The case of a message, with its files and the original."""
    told: dict[str, Any] = {**letters.variables(mail)}
    definition = definitions.latest(session, own.company_id, box.process)
    files, refused = _files(session, own.company_id, own.outside_id, mail, now)
    if refused:
        told["content"] += "\n\n（未收附件：" + "、".join(refused) + "）"
    told |= {"channel": box.channel, "attachments": files}
    instance = filing.begin(session, definition, box.message, own.outside_id, told, now=now)
    filing.take_files(session, instance, [int(each["key"]) for each in files])
    attachments.make(session, instance, SOURCE, "original.eml", raw, now=now)
    own.instance_key = instance.key
    session.flush()
    return instance


def _add(session: Session, own: Filing, instance: ProcessInstance, mail: EmailMessage, raw: bytes, now: datetime) -> None:
    """A further letter about a running case: kept with it, and told to those who deal with it."""
    files, _refused = _files(session, own.company_id, own.outside_id, mail, now)
    filing.take_files(session, instance, [int(each["key"]) for each in files])
    attachments.make(session, instance, SOURCE, f"letter-{own.key}.eml", raw, now=now)
    own.instance_key = instance.key
    threads.tell(session, instance, letters.subject(mail), now=now)


def _worded(why: Exception) -> tuple[str, dict[str, Any]]:
    """Why a message could not be taken in, as a message id with its values."""
    if isinstance(why, letters.Unreadable):
        return why.text, {}
    if isinstance(why, errors.Refusal):
        return why.text, {name: str(value) for name, value in why.values.items()}
    return NOT_TAKEN, {"detail": type(why).__name__}


def _cover(raw: bytes) -> dict[str, str]:
    """What the list of incidents shows of a message, as far as it can be read: the sender masked, the subject."""
    try:
        mail = letters.read(raw[: letters.MAX_BYTES])
        return {
            "sender": str(personal_data.mask(letters.sender(mail)[1])),
            "subject": personal_text.cover(letters.subject(mail), ()),
        }
    except Exception:  # whatever a broken message does to the parser, it is kept all the same
        return {"sender": "", "subject": ""}


def _take_one(database: Database, company_id: str, box: Mailbox, raw: bytes, now: datetime) -> None:
    try:
        with database.transaction(company_id) as session:
            take(session, company_id, box, raw, now=now)
    except errors.Unavailable:
        raise
    except Exception as error:
        log.error("an e-mail to %s could not be taken in: %s", company_id, error_log.told(error))
        with database.transaction(company_id) as session:
            set_aside(session, company_id, box, raw, error, now=now)


def _connected(box: Mailbox, password: str) -> imaplib.IMAP4:
    if box.tls:
        server: imaplib.IMAP4 = imaplib.IMAP4_SSL(box.host, box.port, ssl_context=ssl.create_default_context(), timeout=SECONDS)
    else:
        server = imaplib.IMAP4(box.host, box.port, timeout=SECONDS)
    server.login(box.user, password)
    if "ID" in server.capabilities:  # some Chinese providers open no folder to a program that does not name itself
        server.xatom("ID", '("name" "Banjie")')
    answer, data = server.select(_quoted(box.folder))
    if answer != "OK":
        server.logout()
        raise imaplib.IMAP4.error(f"{box.folder}: {b' '.join(each for each in data if each).decode('utf-8', 'replace')}")
    return server


def _quoted(folder: str) -> str:
    """A folder's name as the protocol writes it: quoted, what is not ASCII in modified UTF-7 (RFC 3501, 5.1.3)."""
    parts = re.split(r"([^\x20-\x7e]+)", folder.replace("&", "&-"))
    coded = "".join(_utf_7(part) if index % 2 else part for index, part in enumerate(parts))
    return '"' + coded.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _utf_7(text: str) -> str:
    octets = base64.b64encode(text.encode("utf-16-be"), altchars=b"+,")
    return f"&{octets.decode().rstrip('=')}-"


def _unseen(server: imaplib.IMAP4) -> Iterator[str]:
    _answer, data = server.uid("SEARCH", "UNSEEN")
    yield from (data[0] or b"").decode("ascii").split()


def _fetched(server: imaplib.IMAP4, uid: str) -> bytes:
    """The whole message; of one that is too large only its first part, which is then set aside."""
    part = f"BODY.PEEK[]<0.{letters.MAX_BYTES + 1}>"
    _answer, data = server.uid("FETCH", uid, f"({part})")
    return next((bytes(each[1]) for each in data if isinstance(each, tuple)), b"")


def _files(
    session: Session, company_id: str, receipt: str, mail: EmailMessage, now: datetime
) -> tuple[list[dict[str, Any]], list[str]]:
    """The attachments that may be taken, as file values, and the names of those that may not."""
    taken, refused = [], []
    for name, content in letters.files(mail):
        try:
            if not name or content is None:
                raise errors.Invalid("The file needs a name.")
            row = filing.store(session, company_id, receipt, "attachments", name, io.BytesIO(content), now=now)
            taken.append(attachments.as_value(row))
        except errors.Invalid:
            refused.append(name or "?")
    return taken, refused
