"""Runs the migrations; apart from the check whether they ran, so that servers need not load Alembic."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from engine.storage import migrations
from engine.storage.database import Database


def configuration() -> Config:
    """Alembic's configuration, without a file of its own."""
    config = Config()
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
    command.upgrade(config, to)
