"""Real companies standing in a database of the tests: deployed, walked through by their scenarios, seen through the pages."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import flask
from sqlalchemy import select, update

from engine import environment
from engine.background.worker import Worker
from engine.files import attachments
from engine.people.credentials import passwords
from engine.scenarios import Stage, play
from engine.scenarios.stage import DEPLOYED
from engine.storage import database as databases
from engine.storage import models
from engine.storage.vault import Vault
from tests.web import application
from tests.web.pages import PASSWORD

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "only for tests, and long enough to be one"
PASSWORD_HASH = passwords.hash(PASSWORD)


class Standing(Stage):
    """A company in a given database. Walks follow each other there, and all that they leave stays."""

    def __init__(self, database: databases.Database, company: str) -> None:
        self.company, self.now, self.database = company, DEPLOYED, database
        self.references: dict[str, str] = {}
        self.problems = self._deploy(ROOT / "bpmn", ROOT / "workflows")
        self.worker = Worker(database, lambda: self.now, "walk")
        with database.transaction() as session:
            session.execute(update(models.Person).values(password_hash=PASSWORD_HASH))

    def reset(self, now: datetime, scheduled: Collection[str]) -> None:
        self.now, self.references = max(now, self.now), {}

    def walk(self, process_id: str, name: str, *, steps: int | None = None, **start: Any) -> int:
        """Plays a scenario, or its first steps, without what it expects and tries in vain in an otherwise empty company."""
        path = ROOT / f"workflows/{self.company}/{process_id}/scenarios/{name}.toml"
        scenario = _unasked(tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal))
        scenario["step"] = [step for step in scenario.get("step", []) if "refused" not in step][:steps]
        scenario["start"] = {**scenario["start"], "form": {**scenario["start"].get("form", {}), **start}}
        return play(self, process_id, scenario) or 0

    def file(self, username: str, name: str, content: bytes) -> dict[str, Any]:
        """A file that the person has handed in, as a form's value."""
        with self.database.transaction(self.company) as session:
            by = self.actor(session, username)
            return attachments.as_value(
                attachments.store(session, by, None, "attachments", name, BytesIO(content), now=self.now)
            )

    def open_task(self, element_id: str, case: int | None = None) -> int:
        """The key of the open task at the element."""
        row = models.UserTask
        wanted = select(row.key).where(row.company_id == self.company, row.element_id == element_id, row.state == "open")
        with self.database.reading() as session:
            return session.execute(wanted if case is None else wanted.where(row.instance_key == case)).scalars().all()[-1]


def prepared(database: databases.Database, folder: Path) -> databases.Database:
    """The database with what seals records and with a folder of files."""
    database.surroundings.update(vault=Vault(SECRET), data=folder)
    return database


def pages(database: databases.Database, folder: Path, clock: Callable[[], datetime]) -> flask.Flask:
    """The application over the database; the public pages let everybody in as often as he likes."""
    settings = environment.Settings("localhost", 0, "", folder, SECRET, 1, public_limits=False)
    app = application.over(settings, database, clock)
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def _unasked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _unasked(inner) for name, inner in value.items() if name != "expect"}
    return [_unasked(inner) for inner in value] if isinstance(value, list) else value
