"""A server on loopback that speaks the API, for real clients."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import update
from werkzeug.serving import make_server

from engine import environment
from engine.people.credentials import passwords
from engine.storage import database as databases
from engine.storage import models
from engine.storage.vault import Vault
from tests.cast import Cast
from tests.web import application
from web.api import waiting

PASSWORD = "correct horse battery"
SECRET = "only for tests, and long enough to be one"
PLAIN = False  # no certificates are read, which takes longer than most calls: the server speaks plain HTTP


@pytest.fixture(scope="session")
def password_hash() -> str:
    return passwords.hash(PASSWORD)


@pytest.fixture
def address(
    database: databases.Database,
    cast: Cast,
    password_hash: str,
    tmp_path: Path,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """The API's address; everybody of the cast signs in with PASSWORD. Whoever waits looks again at once."""
    monkeypatch.setattr(waiting, "pause", lambda _seconds: None)
    with database.transaction() as session:
        session.execute(update(models.Person).values(password_hash=password_hash))
    database.surroundings.update(vault=Vault(SECRET), data=tmp_path)
    settings = environment.Settings("127.0.0.1", 0, "", tmp_path, SECRET, 1)
    app = application.over(settings, database, lambda: now)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
