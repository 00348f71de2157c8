"""A company with a small process, deployed into a fresh database, for measuring."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event, update

from engine.people.credentials import passwords
from engine.storage import database as databases
from engine.storage import models
from engine.storage.migrations import upgrading
from engine.storage.vault import Vault
from engine.verbs.running import process_instances
from tests import cast as casting
from tests import postgres
from tests.engine import kit

PASSWORD = "measure measure"
SECRET = "a secret for measuring, long enough to be one"
_servers: list[str] = []


def clock() -> datetime:
    return datetime.now(UTC)


def fresh_postgres() -> databases.Database:
    """A migrated database in a PostgreSQL that syncs every commit to disk."""
    if not _servers:
        _servers.append(postgres.start(relaxed=False))
    url = postgres.create_database(_servers[0])
    upgrading.upgrade(databases.connect(url))
    return databases.open(url, vault=Vault(SECRET), data=Path(tempfile.mkdtemp(prefix="banjie-bench-")))


def furnished() -> tuple[databases.Database, casting.Cast]:
    """A fresh database with the cast, who can sign in, and the processes `plain` and `rounds`."""
    database = fresh_postgres()
    cast = casting.assemble(database)
    with database.transaction() as session:
        session.execute(update(models.Person).values(password_hash=passwords.hash(PASSWORD)))
    kit.deploy(database, cast.owner, *plain(), *rounds(), now=clock())
    return database, cast


def plain() -> Iterator[Any]:
    """start → A → B → gateway → C → end; each task has a form with a required field."""
    yield kit.form("note", kit.text_field("note", required=True), {"type": "number", "key": "amount", "label": "金额"})
    groups = {"groups": "客服专员", "form": "note"}
    gateway = kit.node("exclusiveGateway", "enough", attributes=' default="enough_refused"')
    yield kit.diagram(
        "plain",
        kit.start(form="note"),
        *(kit.task(name, **groups) for name in ("a", "b", "c")),
        gateway,
        kit.end(),
        kit.end("refused"),
        kit.chain("started", "a", "b", "enough"),
        kit.flow("enough", "c", "=amount > 10"),
        kit.flow("enough", "refused"),
        kit.chain("c", "done"),
        title="样例",
    )


def rounds() -> Iterator[Any]:
    """A process that goes round one user task until somebody says enough."""
    gateway = kit.node("exclusiveGateway", "again", attributes=' default="again_turn"')
    yield kit.diagram(
        "rounds",
        kit.start(),
        kit.task("turn", groups="客服专员", form="note"),
        gateway,
        kit.end(),
        kit.chain("started", "turn", "again"),
        kit.flow("again", "turn"),
        kit.flow("again", "done", '=note = "enough"'),
        title="循环",
    )


def begin(database: databases.Database, cast: casting.Cast, process_id: str, count: int) -> list[int]:
    """Starts cases and gives their keys."""
    keys = []
    values = {"note": "开始", "amount": 20} if process_id == "plain" else {}
    for _ in range(count):
        with database.transaction(casting.COMPANY) as session:
            keys.append(process_instances.start(session, cast.clerk, process_id, values, now=clock()).key)
    return keys


class Statements:
    """Counts the SQL statements and commits of a database while it is entered."""

    def __init__(self, database: databases.Database) -> None:
        self.database = database
        self.texts: list[str] = []
        self.commits = 0

    def __enter__(self) -> Statements:
        event.listen(self.database.engine, "before_cursor_execute", self._executed)
        event.listen(self.database.engine, "commit", self._committed)
        return self

    def __exit__(self, *_error: object) -> None:
        event.remove(self.database.engine, "before_cursor_execute", self._executed)
        event.remove(self.database.engine, "commit", self._committed)

    def _executed(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        self.texts.append(statement)

    def _committed(self, _connection: Any) -> None:
        self.commits += 1


def median(figures: list[float]) -> float:
    """The middle of some figures."""
    ordered = sorted(figures)
    return ordered[len(ordered) // 2]


def batched(items: list[Any], size: int) -> Iterator[list[Any]]:
    """Slices of a list."""
    source = iter(items)
    while part := list(itertools.islice(source, size)):
        yield part
