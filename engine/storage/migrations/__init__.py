"""The tables of this version, step by step in `versions/`; whether a database has them all."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from engine.storage.database import Database

FOLDER = Path(__file__).parent
TABLE = "alembic_version"


def head() -> str:
    """The newest step: the number that its file's name begins with."""
    return max(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def revision(connection: Connection) -> str | None:
    """The step that the database is at; None for an empty one."""
    if not inspect(connection).has_table(TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {TABLE}")).scalar()


def is_current(database: Database) -> bool:
    """Whether the database has the tables of this version."""
    with database.engine.connect() as connection:
        return revision(connection) == head()
