"""The tables of this version, step by step in `versions/`; whether a database has them all."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from engine import errors
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


def revision_of(database: Database) -> str | None:
    """The step that a database is at; None for an empty one."""
    with database.looking() as connection:
        return revision(connection)


def is_current(database: Database) -> bool:
    """Whether the database has the tables of this version."""
    return revision_of(database) == head()


def require_known(at: str) -> None:
    """Raises Conflict for a step that this version does not know: a later version has worked with that database."""
    if not any((FOLDER / "versions").glob(f"{at}_*.py")):
        raise errors.Conflict(
            "The database was brought to step %(at)s by a later version of Banjie, and this one knows steps up to %(head)s only."
            " There is no way back: please install the later version again, or restore the backup made before the upgrade.",
            at=at,
            head=head(),
        )
