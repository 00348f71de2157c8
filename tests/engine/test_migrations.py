"""Migrations lead to the tables that the code speaks of, on both databases, also when run twice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from engine import database as databases
from engine import migrations, models
from engine.migrations import upgrading
from tests import postgres
from tests.conftest import POSTGRES


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> databases.Database:
    url = f"sqlite:///{tmp_path}/empty.db" if request.param == "sqlite" else postgres.create_database(os.environ[POSTGRES])
    return databases.connect(url)


def test_an_empty_database_gets_the_tables_of_the_code(empty: databases.Database) -> None:
    assert not migrations.is_current(empty)
    assert upgrading.upgrade(empty)
    assert migrations.is_current(empty)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, models.metadata) == []
    empty.close()


def test_migrating_again_changes_nothing(empty: databases.Database) -> None:
    upgrading.upgrade(empty)
    assert not upgrading.upgrade(empty)
    empty.close()
