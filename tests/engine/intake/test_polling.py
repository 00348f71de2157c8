"""The mailboxes of all companies are polled by the worker; one that cannot be read is told to the administrators once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import alembic.command
import pytest

from engine import database as databases
from engine import models
from engine.intake import polling
from engine.migrations import upgrading
from tests import imap_server
from tests.cast import Cast
from tests.engine import kit
from tests.imap_server import Mailstore
from tests.web import complaints

LETTER = b"From: a@b.example\r\nSubject: %d\r\n\r\ntext"
PASSWORDS = {"BANJIE_MAIL_PASSWORD_ACME": imap_server.PASSWORD}


@pytest.fixture
def server() -> Iterator[Mailstore]:
    with imap_server.running() as store:
        yield store


@pytest.fixture
def company(database: databases.Database, cast: Cast, server: Mailstore, tmp_path: Path) -> databases.Database:
    """`acme` has a mailbox on the server, `elsewhere` has none."""
    database.surroundings["data"] = tmp_path
    kit.deploy(database, cast.owner, *complaints.resources())
    settle(database, host="127.0.0.1", user=imap_server.USER, port=server.port, tls=False)
    return database


def settle(database: databases.Database, **box: object) -> None:
    """Gives `acme` a mailbox of these settings."""
    with database.transaction("acme") as session:
        row = session.get_one(models.Company, "acme")
        given = {"process": "complaint", "message": "complaint_filed", **box}
        row.settings = {**row.settings, "intake": {"mail": given}}


def stamp(database: databases.Database) -> None:
    """Marks the tables as this version's, which the command asks for."""
    config = upgrading.configuration()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        alembic.command.stamp(config, "head")


def poll(database: databases.Database, environ: dict[str, str] = PASSWORDS) -> list[polling.Polled]:
    return polling.poll(database, environ, lambda: kit.NOW)


def test_all_that_lies_there_is_taken_in(company: databases.Database, server: Mailstore) -> None:
    for number in range(3):
        server.put(LETTER % number)
    assert [(each.company_id, each.taken, each.refusal) for each in poll(company)] == [("acme", 3, None)]
    assert len(kit.rows(company, models.ProcessInstance)) == 3
    assert not kit.rows(company, models.Incident)


def test_a_mailbox_that_cannot_be_read_is_one_incident_until_it_can_be(company: databases.Database, server: Mailstore) -> None:
    server.put(LETTER % 1)
    for _ in range(3):
        assert poll(company, {"BANJIE_MAIL_PASSWORD_ACME": "guess"})[0].refusal is not None
    (incident,) = kit.rows(company, models.Incident)
    assert incident.kind == "mailbox" and imap_server.USER in (incident.message % incident.values)
    assert [each.username for each in kit.rows(company, models.Notice)] == ["owner"]
    poll(company)
    (incident,) = kit.rows(company, models.Incident)
    assert incident.state == "resolved" and incident.resolved_by is None
    assert len(kit.rows(company, models.ProcessInstance)) == 1


@pytest.mark.parametrize(
    ("box", "environ"),
    [
        ({"host": "127.0.0.1", "user": "u", "port": 1, "tls": False}, PASSWORDS),
        ({"host": "127.0.0.1", "user": "u"}, {}),
        ({"hosts": "x"}, PASSWORDS),
    ],
    ids=["nobody answers", "no password", "wrong settings"],
)
def test_whatever_keeps_a_mailbox_from_being_read_is_told(
    company: databases.Database, box: dict[str, object], environ: dict[str, str]
) -> None:
    settle(company, **box)
    assert poll(company, environ)[0].refusal is not None
    assert len(kit.rows(company, models.Incident, kind="mailbox")) == 1


def test_polling_goes_on_until_it_is_stopped(company: databases.Database, server: Mailstore) -> None:
    stop = threading.Event()
    given = (company, PASSWORDS, lambda: kit.NOW, 0.01, stop)
    thread = threading.Thread(target=polling.poll_forever, args=given)
    thread.start()
    server.put(LETTER % 1)
    assert server.taken.wait(20)
    stop.set()
    thread.join(20)
    assert not thread.is_alive() and len(kit.rows(company, models.ProcessInstance)) == 1


def test_the_worker_takes_mail_in_beside_its_work(company: databases.Database, server: Mailstore, tmp_path: Path) -> None:
    """As `banjie run` and `banjie worker` start it: another process, told by the environment."""
    stamp(company)
    server.put(LETTER % 1)
    url = company.engine.url.render_as_string(hide_password=False)
    settings = {"BANJIE_DATABASE_URL": url, "BANJIE_DATA": str(tmp_path), "BANJIE_MAIL_EVERY": "1", **PASSWORDS}
    worker = subprocess.Popen([sys.executable, "-m", "engine.cli", "worker"], env={**os.environ, **settings})
    try:
        assert server.taken.wait(60)
    finally:
        worker.terminate()
        assert worker.wait(20) == 0
    assert len(kit.rows(company, models.ProcessInstance)) == 1
