"""Polls the companies' mailboxes; one that cannot be read is an incident until it can be again."""

from __future__ import annotations

import imaplib
import logging
import smtplib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import Said
from engine.cases import incident_rows, notices
from engine.intake import acknowledging, setup, unreachable
from engine.intake.by_mail import mail
from engine.people import organisation
from engine.storage import error_log, models
from engine.storage.database import Database
from engine.storage.models import Incident

KIND = "mailbox"
BROKEN = Said("投诉邮箱收发异常", "The mailbox for complaints does not work")
BROKEN_BODY = Said(
    "客户来信可能未受理，或收不到回执。请到“监控—异常”查看原因。",
    "Customers' letters may not be taken in, or not be answered. Please look under “Status”, “Incidents” why.",
)
WELL = Said("投诉邮箱已恢复收发", "The mailbox for complaints works again")
WELL_BODY = Said("期间的来信正在受理。", "Letters that came meanwhile are being taken in.")
NO_PASSWORD = "The password of the mailbox %(mailbox)s is not set: %(variable)s."
log = logging.getLogger(__name__)

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Polled:
    """What became of one company's mailbox: how many messages were taken in, or why it could not be read."""

    company_id: str
    taken: int = 0
    refusal: errors.Refusal | None = None


def password_name(company_id: str) -> str:
    """The variable of the environment that holds the password of a company's mailbox."""
    return f"BANJIE_MAIL_PASSWORD_{company_id}".upper().replace("-", "_")


def post_password_name(company_id: str) -> str:
    """The variable for the server that sends, where it has another password than the mailbox."""
    return f"BANJIE_SMTP_PASSWORD_{company_id}".upper().replace("-", "_")


def poll(database: Database, environ: Mapping[str, str], clock: Clock) -> list[Polled]:
    """Takes in what lies in all mailboxes; one that cannot be read does not keep the others from it."""
    with database.reading() as session:
        companies = session.execute(select(models.Company.id).order_by(models.Company.id)).scalars().all()
    polled = [each for company in companies if (each := _poll(database, company, environ, clock())) is not None]
    for each in polled:
        _noted(database, each, clock())
    return polled


def poll_forever(database: Database, environ: Mapping[str, str], clock: Clock, seconds: float, stop: threading.Event) -> None:
    """Polls every so many seconds until `stop` is set; a database that does not answer is tried again."""
    while not stop.is_set():
        try:
            poll(database, environ, clock)
        except Exception as error:
            log.error("the mailboxes could not be polled; trying again: %s", error_log.told(error))
        stop.wait(seconds)


def _noted(database: Database, polled: Polled, now: datetime) -> None:
    """Makes trouble with a mailbox visible, once; a mailbox that can be read again settles it."""
    with database.reading(polled.company_id) as session:
        is_known = bool(session.execute(_open(polled.company_id).limit(1)).first())
    if is_known == (polled.refusal is not None):
        return  # nothing has changed, so nothing is written
    with database.transaction(polled.company_id) as session:
        if polled.refusal is not None:
            _raise(session, polled.company_id, polled.refusal, now)
        else:
            for each in session.execute(_open(polled.company_id).with_for_update()).scalars():
                each.state, each.resolved_at = "resolved", now
            company = organisation.current(session, polled.company_id)
            notices.of_installation(session, company, company.administrators, WELL, WELL_BODY, now=now, is_over=True)
        session.flush()


def _open(company_id: str) -> Select[Any]:
    return select(Incident).where(Incident.company_id == company_id, Incident.kind == KIND, Incident.state == "open")


def _raise(session: Session, company_id: str, refusal: errors.Refusal, now: datetime) -> None:
    values = {name: str(value) for name, value in refusal.values.items()}
    company, failed = organisation.current(session, company_id), errors.Refusal(refusal.text, fields=None, **values)
    words = BROKEN, BROKEN_BODY
    incident_rows.add_alone(session, company, KIND, failed, words, company.administrators, now=now)


def _poll(database: Database, company_id: str, environ: Mapping[str, str], now: datetime) -> Polled | None:
    """None for a company without a mailbox."""
    with database.reading(company_id) as session:
        settings = organisation.current(session, company_id).settings
    box: setup.Mailbox | None = None
    try:
        box = setup.mailbox(settings)
        return None if box is None else Polled(company_id, _take_all(database, company_id, box, environ, now))
    except errors.Unavailable:
        raise
    except errors.Refusal as refusal:
        return Polled(company_id, refusal=refusal)
    except Exception as error:  # whatever a server answers, the other mailboxes are read
        log.error("the mailbox of %s could not be polled: %s", company_id, error_log.told(error))
        return Polled(company_id, refusal=unreachable.worded(error, box.user if box else company_id))


def _take_all(database: Database, company_id: str, box: setup.Mailbox, environ: Mapping[str, str], now: datetime) -> int:
    password = environ.get(password_name(company_id))
    if password is None:
        raise errors.Invalid(NO_PASSWORD, mailbox=box.user, variable=password_name(company_id))
    try:
        taken = mail.poll(database, company_id, box, password, now=now)
    except (OSError, imaplib.IMAP4.error) as error:
        raise _refusal(error, box.user) from error
    if box.reply is not None:
        _acknowledge(database, company_id, box.reply, environ.get(post_password_name(company_id), password), now)
    return taken


def _acknowledge(database: Database, company_id: str, post: setup.Post, password: str, now: datetime) -> None:
    try:
        acknowledging.send_due(database, company_id, post, password, now=now)
    except (OSError, smtplib.SMTPException) as error:
        raise _refusal(error, post.host) from error


def _refusal(error: Exception, name: str) -> errors.Refusal:
    why = unreachable.worded(error, name)
    return errors.Invalid(why.text, fields=None, **why.values)
