"""Runs the migrations. Alembic is loaded when they run: it takes 7 MB of a server that has only to know that they ran."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sqlalchemy import Connection

from engine.storage import migrations
from engine.storage.database import Database


def configuration() -> Any:
    """Alembic's configuration (its `Config`), without a file of its own."""
    config = import_module("alembic.config").Config()
    config.set_main_option("script_location", str(migrations.FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(database: Database) -> bool:
    """Runs the steps that are missing, in one transaction; tells whether there were any.

    Raises Conflict for a database that a later version has worked with.
    """
    with database.engine.begin() as connection:
        before = migrations.revision(connection)
        if before is not None:
            migrations.require_known(before)
        upgrade_on(connection, "head")
    return before != migrations.head()


def upgrade_on(connection: Connection, to: str) -> None:
    """Runs the missing steps up to that one on a connection, whose transaction the caller ends."""
    config = configuration()
    config.attributes["connection"] = connection
    import_module("alembic.command").upgrade(config, to)
