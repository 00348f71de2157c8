"""What must outlive everything: a picture of all that is stored, and what of it is gone or changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine.cases import cases
from engine.records import versions
from engine.storage import database as databases
from engine.storage import models

# Work of the moment, of which nothing is to be kept: it is done, or it is a person's own.
PASSING = {
    "timer",
    "job",
    "subscription",
    "message",
    "start_draft",
    "rate_count",
    "scheduled_start",
    "work_item",
    "login_failure",
    "heartbeat",
    "sign_in",
}
# What may change in a row that stays; of a table that is not named, the whole row stays as it is.
CHANGING = {
    "process_instance": {"history_length", "history_digest"},  # looking at personal data is noted after the end too
    "customer_record": {
        *("current_version", "name", "initials", "last_business_on", "keeper", "copies", "secrecy"),
        *("known_until", "known_until_of", "end_told"),
    },
    "record_hold": {"lifted_at"},
    "filing": {"rating", "rated_at"},
    "attachment": {"instance_key", "user_task_key"},
    "notice": {"read_at"},
    "user_task": {"parts"},  # how many work items it has: one more where somebody keeps what he typed too late
}
RUNNING = {"process_instance", "user_task", "incident"}  # they go on; what is over stays as it is
OVER = {"completed", "cancelled", "resolved"}
BESIDE = {"company", "department", "person", "membership", "calendar_day", "calendar_year", "number_counter"}
VOIDED = ("ended_as", "ended_reason")  # of a case that was over and is declared void: the reason is added, nothing goes


@dataclass(frozen=True)
class Picture:
    """Rows by table and key, files by path, contents of all versions, variables of all cases."""

    rows: Mapping[str, Mapping[Any, Mapping[str, Any]]]
    files: Mapping[str, bytes]
    contents: Mapping[tuple[int, int], Any]
    variables: Mapping[int, Mapping[str, Any]]


def picture(database: databases.Database, folder: Path, now: datetime) -> Picture:
    """All that is stored now."""
    return Picture(
        {name: _rows(database, name) for name in models.metadata.tables if name not in PASSING | BESIDE},
        {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()},
        dict(_contents(database)),
        dict(_variables(database, now)),
    )


def losses(before: Picture, after: Picture) -> Iterator[str]:
    """What is gone, and what of the past is no longer what it was."""
    for name, rows in before.rows.items():
        for key, row in rows.items():
            now = after.rows[name].get(key)
            if now is None:
                yield f"{name} {key} is gone"
            else:
                yield from (f"{name} {key}: {column} was {row[column]!r}" for column in _altered(name, row, now))
    yield from (f"the file {path} is not as it was" for path, data in before.files.items() if after.files.get(path) != data)
    yield from (f"version {key} reads otherwise" for key, text in before.contents.items() if after.contents.get(key) != text)
    for case, variables in before.variables.items():
        still = after.variables.get(case, {})
        yield from (f"case {case}: {name} is gone" for name in variables if name not in still)


def _altered(name: str, row: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    if name in RUNNING and row["state"] not in OVER:
        return [
            column
            for column in ("key", "company_id", "created_at", "number", "started_at")
            if row.get(column) != now.get(column)
        ]
    may = (*CHANGING.get(name, ()), *(VOIDED if name == "process_instance" and now["ended_as"] == "void" else ()))
    return [column for column, value in row.items() if now[column] != value and column not in may]


def _rows(database: databases.Database, name: str) -> dict[Any, dict[str, Any]]:
    table = models.metadata.tables[name]
    with database.reading() as session:
        found = session.execute(select(table)).mappings().all()
    return {tuple(row[column.name] for column in table.primary_key): dict(row) for row in found}


def _contents(database: databases.Database) -> Iterator[tuple[tuple[int, int], Any]]:
    with database.reading() as session:
        for version in session.execute(select(models.RecordVersion)).scalars():
            record = session.get_one(models.CustomerRecord, version.record_key)
            yield (record.key, version.version), versions.open(session, record, version.version)[1]


def _variables(database: databases.Database, now: datetime) -> Iterator[tuple[int, dict[str, Any]]]:
    with database.reading() as session:
        for instance in session.execute(select(models.ProcessInstance)).scalars():
            yield instance.key, cases.variables(session, instance, now=now)
