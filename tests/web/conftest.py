"""What the tests of pages share: the application on a pinned clock, browsers of the cast, a deployed process."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import flask
import pytest
from sqlalchemy import update

from engine import environment
from engine.deploying import deployment
from engine.people.credentials import passwords
from engine.storage import database as databases
from engine.storage import models
from engine.storage.vault import Vault
from tests.cast import COMPANY, Cast
from tests.web import application
from tests.web.cases import Purchases
from tests.web.pages import PASSWORD, Browser

PROCESS = Path(__file__).parent / "process"
PASSWORD_HASH = passwords.hash(PASSWORD)
VAULT = Vault("a secret of tests")


@dataclass
class Clock:
    """A clock that tests set."""

    moment: datetime

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def app(database: databases.Database, cast: Cast, clock: Clock, tmp_path: Path) -> flask.Flask:
    """The application over the cast's database; everybody's password is the same."""
    with database.transaction() as session:
        session.execute(update(models.Person).values(password_hash=PASSWORD_HASH))
    database.surroundings.update(data=tmp_path, vault=VAULT)
    settings = environment.Settings("localhost", 0, "", tmp_path, "a secret of tests", 1)
    made = application.over(settings, database, clock)
    made.testing = True
    made.config["PROPAGATE_EXCEPTIONS"] = False
    return made


@pytest.fixture
def signed_in(app: flask.Flask) -> Callable[..., Browser]:
    """A browser in which the named person of the cast is signed in; the page for it is walked by the tests of signing in."""

    def opened(username: str, company: str = COMPANY) -> Browser:
        return Browser(app).let_in(username, company)

    return opened


@pytest.fixture
def purchase(database: databases.Database, cast: Cast, now: datetime) -> None:
    """The process of tests/web/process, deployed: requested by 客服专员, checked by them, approved by 主管领导."""
    settings = tomllib.loads((PROCESS / "workflow.toml").read_text())
    resources = [
        deployment.Resource(path.name, path.read_bytes(), settings if path.suffix == ".bpmn" else None)
        for path in sorted(PROCESS.iterdir())
        if path.suffix in (".bpmn", ".form")
    ]
    with database.transaction(COMPANY) as session:
        deployment.deploy(session, cast.owner, resources, now=now)


@pytest.fixture
def purchases(purchase: None, database: databases.Database, cast: Cast, now: datetime) -> Purchases:
    """Purchases to start and take further."""
    return Purchases(database, cast, now)
