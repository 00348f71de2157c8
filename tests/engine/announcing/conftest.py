"""A mail server and a receiver of web posts, both real, on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.storage import database as databases
from tests import cast as casting
from tests import smtp_server
from tests.engine.announcing import world


@pytest.fixture
def post() -> Iterator[smtp_server.Mailroom]:
    with smtp_server.running() as room:
        yield room


@pytest.fixture
def receiver() -> Iterator[world.Receiver]:
    with world.receiver() as room:
        yield room


@pytest.fixture
def here(sqlite_database: databases.Database) -> databases.Database:
    """One database, where it does not matter which."""
    return sqlite_database


@pytest.fixture
def people(here: databases.Database) -> casting.Cast:
    """The cast in it, with addresses."""
    assembled = casting.assemble(here)
    world.prepare(here, assembled)
    return assembled
