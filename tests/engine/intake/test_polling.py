"""The mailboxes of all companies are polled by the worker; one that cannot be read is told to the administrators once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import alembic.command
import pytest

from engine import errors
from engine.intake.by_mail import polling
from engine.storage import database as databases
from engine.storage import models
from engine.storage.migrations import upgrading
from tests import imap_server, patience
from tests.engine import kit
from tests.engine.intake.conftest import PASSWORDS, Intake

LETTER = b"From: a@b.example\r\nSubject: %d\r\n\r\ntext"
EVERY = 3_600  # seconds: whoever waited for the second look would notice
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


class Pauses(threading.Event):
    """Nobody waits: between two looks into the mailboxes happens what is to happen; after the last one polling is stopped."""

    def __init__(self, *meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self.meanwhile = list(meanwhile)
        self.asked: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.asked.append(timeout or 0)
        if self.meanwhile:
            self.meanwhile.pop(0)()
        else:
            self.set()
        return self.is_set()


def test_polling_goes_on_until_it_is_stopped(intake: Intake) -> None:
    pauses = Pauses(lambda: intake.mailbox.put(LETTER % 1), lambda: intake.mailbox.put(LETTER % 2))
    polling.poll_forever(intake.database, PASSWORDS, lambda: kit.NOW, EVERY, pauses)
    assert pauses.asked == [EVERY] * 3 and len(intake.cases()) == 2


def test_polling_goes_on_after_a_round_that_broke_off(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> list[polling.Polled]:
        raise errors.Unavailable("The data store does not answer just now.")

    intake.mailbox.put(LETTER % 1)
    with monkeypatch.context() as patch:
        pauses = Pauses(patch.undo)
        patch.setattr(polling, "poll", broken)
        polling.poll_forever(intake.database, PASSWORDS, lambda: kit.NOW, EVERY, pauses)
    assert pauses.asked == [EVERY] * 2 and len(intake.cases()) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_worker_takes_mail_in_beside_its_work(intake: Intake, tmp_path: Path) -> None:
    """As `banjie run` and `banjie worker` start it: another process, told by the environment.

    Browsers see such a worker on both databases."""
    stamp(intake.database)
    intake.mailbox.put(LETTER % 1)
    url = intake.database.engine.url.render_as_string(hide_password=False)
    settings = {"BANJIE_DATABASE_URL": url, "BANJIE_DATA": str(tmp_path), "BANJIE_MAIL_EVERY": str(EVERY), **PASSWORDS}
    worker = subprocess.Popen([sys.executable, "-m", "engine.cli", "worker"], env={**os.environ, **settings})
    try:
        assert intake.mailbox.taken.wait(patience.SECONDS)
    finally:
        worker.terminate()
        assert worker.wait(patience.SECONDS) == 0
    assert len(intake.cases()) == 1
