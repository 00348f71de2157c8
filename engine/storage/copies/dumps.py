"""All rows of a database as files, as they are at one moment while people work, and back into an empty one."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, inspect
from sqlalchemy.engine import make_url

from engine.basics import private_files
from engine.storage import models
from engine.storage.database import Database
from engine.storage.migrations import TABLE, upgrading

SQLITE_FILE = "banjie.sqlite"
SUFFIX = ".copy"


@contextlib.contextmanager
def taken(database: Database, folder: Path) -> Iterator[tuple[Connection, dict[str, Any]]]:
    """Writes all rows into the folder; gives a connection that sees exactly those, and what `load` must be told.

    SQLite is copied by its online backup, PostgreSQL table by table within one snapshot; neither waits for who works, nor
    they for it.
    """
    private_files.folder(folder)
    with _sqlite(database, folder) if kind(database) == "sqlite" else _postgresql(database, folder) as snapshot:
        yield snapshot


def kind(database: Database) -> str:
    """sqlite or postgresql."""
    return database.engine.dialect.name


def is_empty(database: Database) -> bool:
    """Whether there is no table at all."""
    with database.looking() as connection:
        return not inspect(connection).get_table_names()


def place(url: str, folder: Path) -> None:
    """The file of a dump of SQLite becomes the database of that URL, where nothing may be yet. Raises FileExistsError."""
    target = Path(str(make_url(url).database))
    private_files.folder(target.parent)
    waiting = target.with_name(f"{target.name}.restoring")
    private_files.copy(folder / SQLITE_FILE, waiting)
    os.link(waiting, target)
    waiting.unlink()


@contextlib.contextmanager
def load(database: Database, folder: Path, revision: str, tables: Mapping[str, Sequence[str]]) -> Iterator[Connection]:
    """Fills an empty PostgreSQL with the rows in the folder, as tables of that revision; commits when the block ends well.

    Gives the connection on which that is done.
    """
    with database.engine.begin() as connection:
        upgrading.upgrade_on(connection, revision)
        for name in reversed(list(tables)):
            connection.exec_driver_sql(f'DELETE FROM "{name}"')
        cursor = connection.connection.cursor()
        for name, columns in tables.items():
            with (folder / f"{name}{SUFFIX}").open("rb") as file, cursor.copy(_copying(name, columns, "FROM STDIN")) as copying:
                while chunk := file.read(private_files.CHUNK):
                    copying.write(chunk)
        yield connection


@contextlib.contextmanager
def _sqlite(database: Database, folder: Path) -> Iterator[tuple[Connection, dict[str, Any]]]:
    path = folder / SQLITE_FILE
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, private_files.FILE))
    with (
        contextlib.closing(sqlite3.connect(f"file:{database.engine.url.database}?mode=ro", uri=True)) as source,
        contextlib.closing(sqlite3.connect(path)) as target,
    ):
        source.backup(target)  # in one step, so of one moment
        target.execute("PRAGMA journal_mode=DELETE")  # whole in its one file
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        yield connection, {}
    engine.dispose()


@contextlib.contextmanager
def _postgresql(database: Database, folder: Path) -> Iterator[tuple[Connection, dict[str, Any]]]:
    snapshot = database.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with snapshot.connect() as connection:
        there = set(inspect(connection).get_table_names()) - {TABLE}
        known = [table.name for table in models.metadata.sorted_tables]
        tables: dict[str, list[str]] = {}
        for name in [*(each for each in known if each in there), *sorted(there - set(known))]:
            tables[name] = [column["name"] for column in inspect(connection).get_columns(name)]
            _write(connection, folder / f"{name}{SUFFIX}", _copying(name, tables[name], "TO STDOUT"))
        yield connection, tables


def _write(connection: Connection, path: Path, statement: str) -> None:
    cursor = connection.connection.cursor()
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, private_files.FILE)
    with os.fdopen(opened, "wb") as file, cursor.copy(statement) as copying:
        for chunk in copying:
            file.write(chunk)


def _copying(table: str, columns: Sequence[str], direction: str) -> str:
    listed = ", ".join(f'"{name}"' for name in columns)
    return f'COPY "{table}" ({listed}) {direction}'
