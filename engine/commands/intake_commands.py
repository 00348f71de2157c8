"""`banjie mail`: takes in what customers wrote to the companies' mailboxes."""

from __future__ import annotations

import argparse
import imaplib
import os
import signal
import sys
import threading

from sqlalchemy import select

from engine import environment, models
from engine.commands import opening
from engine.database import Database
from engine.intake import mail
from engine.people import organisation


def take_mail(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Polls every company's mailbox once, or every so many seconds until it is told to stop; 1 when one cannot be reached."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    database = opening.opened(settings)
    while True:
        results = [_poll(database, company, box) for company, box in _mailboxes(database)]
        if not arguments.every or stop.wait(arguments.every):
            return 0 if all(results) else 1


def password_name(company_id: str) -> str:
    """The variable of the environment that holds the password of a company's mailbox."""
    return f"BANJIE_MAIL_PASSWORD_{company_id}".upper().replace("-", "_")


def _mailboxes(database: Database) -> list[tuple[str, mail.Mailbox]]:
    with database.reading() as session:
        companies = session.execute(select(models.Company.id).order_by(models.Company.id)).scalars().all()
        found = [(company, mail.mailbox(organisation.current(session, company).settings)) for company in companies]
    return [(company, box) for company, box in found if box is not None]


def _poll(database: Database, company: str, box: mail.Mailbox) -> bool:
    password = os.environ.get(password_name(company))
    if password is None:
        print(f"{company}: {password_name(company)} is not set", file=sys.stderr)
        return False
    try:
        taken = mail.poll(database, company, box, password, now=opening.clock())
    except (OSError, imaplib.IMAP4.error) as error:
        print(f"{company}: {box.host}: {error}", file=sys.stderr)
        return False
    print(f"{company}: {taken} messages")
    return True
