"""What the tests of whole companies share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import flask
import pytest

from engine.storage import database as databases
from tests.web.pages import Browser
from tests.workflows import standing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files of cases lie."""
    found = tmp_path / "files"
    found.mkdir()
    return found


@pytest.fixture
def telecom(database: databases.Database, folder: Path) -> standing.Standing:
    """金桥通信公司 with all its processes."""
    return standing.Standing(standing.prepared(database, folder), "telecom")


@pytest.fixture
def app(telecom: standing.Standing, folder: Path) -> flask.Flask:
    """The pages and the API over it, at the time of the last walk."""
    return standing.pages(telecom.database, folder, lambda: telecom.now)


@pytest.fixture
def signed_in(app: flask.Flask) -> Callable[[str], Browser]:
    """A browser in which the named person of the company is signed in."""
    return lambda username: Browser(app).let_in(username, "telecom")
