"""The mailboxes of all companies are polled by the worker; one that cannot be read is told to the administrators once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import alembic.command
import pytest

from engine.intake import polling
from engine.storage import database as databases
from engine.storage import models
from engine.storage.migrations import upgrading
from tests import imap_server, patience
from tests.engine import kit
from tests.engine.intake.conftest import PASSWORDS, Intake

LETTER = b"From: a@b.example\r\nSubject: %d\r\n\r\ntext"
WRONG = {"BANJIE_MAIL_PASSWORD_ACME": "guess"}


def stamp(database: databases.Database) -> None:
    """Marks the tables as this version's, which the command asks for."""
    config = upgrading.configuration()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        alembic.command.stamp(config, "head")


def test_all_that_lies_there_is_taken_in(intake: Intake) -> None:
    for number in range(3):
        intake.mailbox.put(LETTER % number)
    polled = intake.poll()
    assert (polled.company_id, polled.taken, polled.refusal) == ("acme", 3, None)
    assert len(intake.cases()) == 3 and not intake.incidents()


def test_a_mailbox_that_cannot_be_read_is_one_incident_until_it_can_be(intake: Intake) -> None:
    intake.mailbox.put(LETTER % 1)
    for _ in range(3):
        assert intake.poll(WRONG).refusal is not None
    (incident,) = intake.incidents()
    assert incident.kind == "mailbox" and imap_server.USER in (incident.message % incident.values)
    assert [each.username for each in kit.rows(intake.database, models.Notice)] == ["owner"]
    intake.poll()
    (incident,) = intake.incidents()
    assert incident.state == "resolved" and incident.resolved_by is None
    assert len(intake.cases()) == 1


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
    intake: Intake, box: dict[str, object], environ: dict[str, str]
) -> None:
    intake.settle(**box)
    assert intake.poll(environ).refusal is not None
    assert [each.kind for each in intake.incidents()] == ["mailbox"]


def test_polling_goes_on_until_it_is_stopped(intake: Intake) -> None:
    stop = threading.Event()
    given = (intake.database, PASSWORDS, lambda: kit.NOW, 0.01, stop)
    thread = threading.Thread(target=polling.poll_forever, args=given)
    thread.start()
    intake.mailbox.put(LETTER % 1)
    assert intake.mailbox.taken.wait(patience.SECONDS)
    stop.set()
    thread.join(patience.SECONDS)
    assert not thread.is_alive() and len(intake.cases()) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_worker_takes_mail_in_beside_its_work(intake: Intake, tmp_path: Path) -> None:
    """As `banjie run` and `banjie worker` start it: another process, told by the environment; browsers see it on both databases."""
    stamp(intake.database)
    intake.mailbox.put(LETTER % 1)
    url = intake.database.engine.url.render_as_string(hide_password=False)
    settings = {"BANJIE_DATABASE_URL": url, "BANJIE_DATA": str(tmp_path), "BANJIE_MAIL_EVERY": "1", **PASSWORDS}
    worker = subprocess.Popen([sys.executable, "-m", "engine.cli", "worker"], env={**os.environ, **settings})
    try:
        assert intake.mailbox.taken.wait(patience.SECONDS)
    finally:
        worker.terminate()
        assert worker.wait(patience.SECONDS) == 0
    assert len(intake.cases()) == 1
