"""The product as a new user gets it: set up by its commands, then server and worker as processes of their own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from engine import cli, environment
from engine.background.worker import Worker
from engine.commands import demonstration, opening
from engine.commands.upkeep import database_commands
from engine.storage import models
from engine.storage.database import Database
from tests import patience

PATIENCE = patience.SECONDS * 10  # tenths of a second until the server must answer
PASSWORD = demonstration.PASSWORD


class Place:
    """Where a product runs: a name for it and its address."""

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self.address = address


SIGN_INS = models.SignIn.__table__


class Office(Place):
    """A running server with its worker on a port, a database and a data folder of its own."""

    def __init__(self, name: str, database_url: str, data: Path) -> None:
        self.data = data
        self.port = _free_port()
        super().__init__(name, f"http://127.0.0.1:{self.port}")
        self._environment = {
            **os.environ,
            "BANJIE_DATA": str(data),
            "BANJIE_DATABASE_URL": database_url,
            "BANJIE_PORT": str(self.port),
            "BANJIE_WORKERS": "1",
        }
        self._processes: list[subprocess.Popen[bytes]] = []

    def furnish(self) -> None:
        """Sets up the demo, as `banjie run` does before it serves, in this process, which has loaded what that needs."""
        database_commands.bring_up(environment.from_environment(self._environment), creates=True)
        self.run("demo")

    def run(self, *command: str) -> None:
        """A command of the CLI, in this process."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self._environment.items():
                patch.setenv(name, value)
            assert cli.main(command) == 0

    def open(self) -> None:
        """Starts server and worker and waits until pages come."""
        self._processes = [self._start("serve"), self._start("worker")]
        self._wait()

    def close(self) -> None:
        """Ends both processes, whose log then lies in the data folder."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(patience.SECONDS)

    def pass_time(self, days: float) -> None:
        """Does in the background what would be due after so many days, for all companies, as if they were over."""
        then = datetime.now(UTC) + timedelta(days=days)
        with self.database() as database:
            with database.reading() as session:
                signed_in = [dict(row) for row in session.execute(select(SIGN_INS)).mappings()]
            worker = Worker(database, lambda: then)
            while worker.run_once():
                pass
            with database.transaction() as session:  # for the people at their browsers no time has passed
                there = set(session.execute(select(SIGN_INS.c.key)).scalars())
                for row in signed_in:
                    if row["key"] not in there:
                        session.execute(insert(SIGN_INS).values(**row))

    @contextlib.contextmanager
    def database(self) -> Iterator[Database]:
        """The office's own database, for what happens there without a page."""
        opened = opening.opened(environment.from_environment(self._environment))
        try:
            yield opened
        finally:
            opened.close()

    def _start(self, command: str) -> subprocess.Popen[bytes]:
        with open(self.data / f"{command}.log", "wb") as log:
            return subprocess.Popen(self._command(command), env=self._environment, stdout=log, stderr=log)

    def _command(self, *command: str) -> list[str]:
        return [sys.executable, "-m", "engine.cli", *command]

    def _wait(self) -> None:
        server = self._processes[0]
        for _ in range(PATIENCE):
            try:
                urllib.request.urlopen(f"{self.address}/sign-in", timeout=patience.SECONDS).close()
                return
            except (urllib.error.URLError, OSError):
                try:
                    server.wait(0.1)  # until the next attempt; a server that ended will never answer
                    break
                except subprocess.TimeoutExpired:
                    continue
        raise AssertionError((self.data / "serve.log").read_text())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
