"""A company that takes complaints in by e-mail, its mailbox, and the server that sends its letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.intake.by_mail import polling
from engine.people import organisation
from engine.storage import database as databases
from engine.storage import models
from engine.storage.vault import Vault
from tests import imap_server, smtp_server
from tests.cast import Cast
from tests.engine import kit
from tests.imap_server import Mailstore
from tests.smtp_server import Mailroom
from tests.web import complaints

PASSWORDS = {"BANJIE_MAIL_PASSWORD_ACME": imap_server.PASSWORD}


@dataclass
class Intake:
    """`acme` with a mailbox, and the letters of receipt that it sends."""

    database: databases.Database
    mailbox: Mailstore
    post: Mailroom
    now: datetime = kit.NOW

    def settle(self, **box: object) -> None:
        """Gives the company a mailbox of these settings."""
        with self.database.transaction("acme") as session:
            row = session.get_one(models.Company, "acme")
            given = {"process": "complaint", "message": "complaint_filed", **box}
            row.settings = {**row.settings, "intake": {"mail": given}}
            organisation.changed(session, "acme")

    def poll(self, environ: dict[str, str] = PASSWORDS) -> polling.Polled:
        """Polls once, a minute after the last time."""
        self.now += timedelta(minutes=1)
        (polled,) = polling.poll(self.database, environ, lambda: self.now)
        return polled

    def cases(self) -> list[models.ProcessInstance]:
        """The cases that letters became."""
        return kit.rows(self.database, models.ProcessInstance)

    def incidents(self) -> list[models.Incident]:
        """What stands in the list of incidents."""
        return kit.rows(self.database, models.Incident)


@pytest.fixture
def mailbox() -> Iterator[Mailstore]:
    with imap_server.running() as store:
        yield store


@pytest.fixture
def post() -> Iterator[Mailroom]:
    with smtp_server.running() as room:
        yield room


@pytest.fixture
def intake(database: databases.Database, cast: Cast, mailbox: Mailstore, post: Mailroom, tmp_path: Path) -> Intake:
    database.surroundings.update(data=tmp_path, vault=Vault("a secret of tests"))
    kit.deploy(database, cast.owner, *complaints.resources())
    made = Intake(database, mailbox, post)
    reply = {
        "host": "127.0.0.1",
        "port": post.port,
        "security": "none",
        "sender": imap_server.USER,
        "address": "https://banjie.acme.example/",
    }
    made.settle(host="127.0.0.1", user=imap_server.USER, port=mailbox.port, tls=False, reply=reply)
    return made
