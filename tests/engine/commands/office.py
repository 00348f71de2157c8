"""An installation in a temporary folder on which commands are run in this process, as by the command line."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.pool import StaticPool

from engine import cli, environment
from engine.commands import opening
from engine.commands.upkeep import database_commands
from engine.storage import database as databases
from engine.storage import migrations
from engine.storage.database import Database
from engine.storage.migrations import upgrading

SECRET = "only for tests, and long enough to be one"


class Place:
    """Settings by environment, changed as an operator would."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.data = folder / "data"
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(upgrading, "upgrade", upgraded)
        for name in ("BANJIE_DATABASE_URL", "BANJIE_SECRET_KEY"):
            monkeypatch.delenv(name, raising=False)
        self.set(BANJIE_DATA=str(self.data), BANJIE_PORT="0", BANJIE_MAIL_EVERY="0")

    def set(self, **environ: str) -> None:
        """Sets variables of the environment."""
        for name, value in environ.items():
            self._monkeypatch.setenv(name, value)

    def run(self, *command: str) -> int:
        """The exit status of a command."""
        return cli.main(command)

    def make(self) -> None:
        """Makes the installation for nothing in particular yet: neither the demo nor for real use."""
        database_commands.bring_up(environment.from_environment(), creates=True)

    def database(self) -> Database:
        """The opened database, as commands get it."""
        return opening.opened(environment.from_environment())


_really_upgrade = upgrading.upgrade


def upgraded(database: Database) -> bool:
    """As the migrations do it; an empty file of SQLite gets the tables that they made once for this process."""
    if database.engine.dialect.name != "sqlite" or migrations.revision_of(database) is not None:
        return _really_upgrade(database)
    with contextlib.closing(sqlite3.connect(":memory:")) as made, contextlib.closing(database.engine.raw_connection()) as raw:
        made.deserialize(_migrated())
        made.backup(raw.dbapi_connection)  # type: ignore[arg-type]
    return True


@functools.cache
def _migrated() -> bytes:
    """An empty database of this version, made by all migrations."""
    made = databases.connect("sqlite://", poolclass=StaticPool)
    _really_upgrade(made)
    with contextlib.closing(made.engine.raw_connection()) as raw:
        image: bytes = raw.dbapi_connection.serialize()  # type: ignore[union-attr]
    made.close()
    return image


def upload(data: Path, content: bytes) -> str:
    """Puts a content into the data folder as an upload of long ago; gives its digest."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = data / "files" / sha256[:2] / sha256[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return sha256
