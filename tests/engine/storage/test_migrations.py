"""Migrations lead to the tables that the code speaks of, on both databases, also when run twice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from engine.storage import database as databases
from engine.storage import migrations, models
from engine.storage.migrations import upgrading
from engine.verbs import register_filling
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
        dialect = empty.engine.dialect.name
        ours = {"include_object": lambda each, *_: each.info.get("only", dialect) == dialect}
        context = MigrationContext.configure(connection, opts={"compare_type": True, **ours})
        assert compare_metadata(context, models.metadata) == []
    empty.close()


def test_migrating_again_changes_nothing(empty: databases.Database) -> None:
    upgrading.upgrade(empty)
    assert not upgrading.upgrade(empty)
    empty.close()


def stand(empty: databases.Database, revision: str, *more: str) -> None:
    """The tables of an earlier revision with two running cases of a process, and what these statements add."""
    with empty.engine.begin() as connection:
        config = upgrading.configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        bare = {
            "process_id": "p",
            "version": 1,
            "process_name": "",
            "category": "",
            "title": "",
            "summary": "[]",
            "state": "active",
        }
        bare |= {"priority": 50, "incidents": 0, "tokens": "{}", "history_length": 0, "history_digest": ""}
        names = ", ".join(bare)
        marks = ", ".join(f":{name}" for name in bare)
        deployment = "INSERT INTO deployment (key, company_id, deployed_at) VALUES (1, 'acme', '2026-01-01 00:00:00')"
        definition = (
            "INSERT INTO process_definition (key, company_id, deployment_key, process_id, version, name, category, resource_name,"
            " xml, digest, settings, deployed_at) VALUES (1, 'acme', 1, 'p', 1, '', '', '', '', '', '{}', '2026-01-01 00:00:00')"
        )
        for statement in (deployment, definition):
            connection.execute(text(statement))
        for key in (1, 2):
            case = "INSERT INTO process_instance (key, root_key, company_id, number, definition_key, started_at, "
            values = f") VALUES ({key}, {key}, 'acme', '{key}', 1, '2026-01-01 00:00:00', "
            connection.execute(text(f"{case}{names}{values}{marks})"), bare)
        for statement in more:
            connection.execute(text(statement))


def test_cases_of_before_registers_were_kept_get_their_lines_from_the_worker(empty: databases.Database) -> None:
    stand(empty, "0001")
    upgrading.upgrade(empty)
    with empty.reading() as session:
        (job,) = session.query(models.Job).all()
        assert job.type == register_filling.FILL and job.state == "open"
        assert job.payload == {"company": "acme", "process": "p"} and job.unique_name == "acme:registers.fill:p"
    empty.close()


def test_a_running_case_that_destroyed_records_before_has_no_way_back_afterwards(empty: databases.Database) -> None:
    stand(
        empty,
        "0002",
        "INSERT INTO history_event (key, company_id, instance_key, sequence, at, kind, element_name, data, digest)"
        " VALUES (1, 'acme', 1, 1, '2026-01-02 00:00:00', 'operation', 'records.destroy', '{}', '')",
    )
    upgrading.upgrade(empty)
    with empty.reading() as session:
        first, second = (session.get_one(models.ProcessInstance, key).irreversible for key in (1, 2))
    assert first is not None and first["at"].startswith("2026-01-02T00:00:00") and second is None
    empty.close()


def test_versions_of_before_they_had_a_level_take_the_highest_that_history_shows(empty: databases.Database) -> None:
    moment = "'2026-01-01 00:00:00'"
    with empty.engine.begin() as connection:
        config = upgrading.configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for statement in (
            f"INSERT INTO deployment (key, company_id, deployed_at) VALUES (1, 'acme', {moment})",
            "INSERT INTO process_definition (key, company_id, deployment_key, process_id, version, name, category, resource_name,"
            f" xml, digest, settings, deployed_at) VALUES (1, 'acme', 1, 'p', 1, '', '', '', '', '', '{{}}', {moment})",
            *(
                "INSERT INTO process_instance (key, company_id, number, definition_key, process_id, version, process_name, category,"
                " title, summary, state, started_at, priority, root_key, incidents, tokens, history_length, history_digest)"
                f" VALUES ({key}, 'acme', '{key}', 1, 'p', 1, '', '', '', '[]', 'completed', {moment}, 50, {key}, 0, '{tokens}', 0, '')"
                for key, tokens in ((1, '{"variables": {"secrecy": "机密"}}'), (2, "{}"))
            ),
            "INSERT INTO history_event (key, company_id, instance_key, sequence, at, kind, data, digest)"
            f""" VALUES (1, 'acme', 2, 1, {moment}, 'started', '{{"values": {{"secrecy": ["公开", "秘密"]}}}}', '')""",
            *(
                "INSERT INTO customer_record (key, company_id, number, name, secrecy, copies, current_version, state, created_at)"
                f" VALUES ({key}, 'acme', '{key}', '', '{level}', '[]', 1, 'active', {moment})"
                for key, level in ((1, "公开"), (2, "公开"), (3, "绝密"))
            ),
            *(
                "INSERT INTO record_version (key, company_id, record_key, version, digest, reason, written_at, instance_key)"
                f" VALUES ({record}{version}, 'acme', {record}, {version}, '', '', {moment}, {case})"
                for record, version, case in ((1, 1, 1), (1, 2, "NULL"), (2, 1, 2), (3, 1, "NULL"))
            ),
        ):
            connection.exec_driver_sql(statement)
    upgrading.upgrade(empty)
    with empty.reading() as session:
        row = models.RecordVersion
        found = session.query(row.record_key, row.version, row.secrecy).order_by(row.record_key, row.version).all()
    assert [tuple(each) for each in found] == [(1, 1, "机密"), (1, 2, "机密"), (2, 1, "秘密"), (3, 1, "绝密")]
    empty.close()
