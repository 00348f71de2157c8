"""An installation in a temporary folder on which commands are run in this process, as by the command line."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from engine import cli, environment
from engine.commands import opening
from engine.commands.upkeep import database_commands
from engine.storage.database import Database

SECRET = "only for tests, and long enough to be one"


class Place:
    """Settings by environment, changed as an operator would."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.data = folder / "data"
        self._monkeypatch = monkeypatch
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


def upload(data: Path, content: bytes) -> str:
    """Puts a content into the data folder as an upload of long ago; gives its digest."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = data / "files" / sha256[:2] / sha256[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return sha256
