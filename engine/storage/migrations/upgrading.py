"""Runs the migrations; apart from the check whether they ran, so that servers need not load Alembic."""

from __future__ import annotations

from alembic import command
from alembic.config import Config

from engine.storage import migrations
from engine.storage.database import Database


def configuration() -> Config:
    """Alembic's configuration, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(migrations.FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(database: Database) -> bool:
    """Runs the steps that are missing, in one transaction; tells whether there were any."""
    config = configuration()
    with database.engine.begin() as connection:
        before = migrations.revision(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return before != migrations.head()
