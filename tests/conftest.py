"""What every test shares: both databases, a pinned clock and the fixed cast of people."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter
from hypothesis import settings

from engine.people.credentials import passwords
from engine.records.secret import secret_proof
from engine.storage import database as databases
from engine.storage import models
from tests import cast as casting
from tests import cheap_passwords, postgres, untested

POSTGRES = "BANJIE_TEST_POSTGRES"
# What decides over a landing tries the same examples each time; everybody else tries new ones. A busy machine is no fault.
settings.register_profile("ours", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("ours")
PRODUCTS_NOBODY = passwords._NOBODY
PRODUCTS_HASHER = cheap_passwords.install(passwords)
SECRETS_HASHER = cheap_passwords.install(secret_proof)  # a third of a second for each command that starts
# Tests leave few rows: deleting them costs a fifth of what TRUNCATE does, which gives each table a new file.
EMPTY = "".join(
    ["SET LOCAL session_replication_role = replica;"]  # no foreign key is checked: all of them go
    + [f'DELETE FROM "{table}";' for table in models.metadata.tables]
)
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday 09:00 in Shanghai
# Tests make thousands of small databases, and a disk takes milliseconds to say that a file is safe: memory says it at once.
IN_MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3
DATABASES = ("sqlite", "postgresql")
# Their tests assert what HTTP answers say. What a page asks of the database stands in verbs and queries, whose tests run on
# both; so a page is walked on one of them, one page on this and the next on that. A test that is about the database itself
# (its operators, order, walls, refusals, concurrency) is marked `both_databases`. Of a test with many examples the first is
# tried on both and each other one on one of them: they ask the database the same; where they do not, it is marked.
PAGES = ("tests/web/", "tests/workflows/")
LONG = ("slow", "browser")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--both", action="store_true", help="walk every page on both databases, not each on one of them")


def pytest_configure(config: pytest.Config) -> None:
    """Starts the server once, in the process that hands tests out; workers find it by the environment, and the folder too."""
    if IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))
    if not hasattr(config, "workerinput") and POSTGRES not in os.environ and not config.option.collectonly:
        os.environ[POSTGRES] = postgres.start()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    used = {(_example(item), _database(item)) for item in items}
    alike = {name for name, _on in used if all((name, each) in used for each in DATABASES)}
    first = {_of(item): _example(item) for item in reversed(items)}
    dropped = (
        [] if config.getoption("--both") else [item for item in items if _example(item) in alike and _is_spare(item, first)]
    )
    if dropped:
        gone = set(dropped)
        items[:] = [item for item in items if item not in gone]
        config.hook.pytest_deselected(items=dropped)
    _begin_with_the_long(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was collected stays to the end: half a million objects, which took a twelfth of all time to look through for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _begin_with_the_long(items: list[pytest.Item], workers: int) -> None:
    """Each worker is dealt its part of the list in one piece, and begins it with whole files of long tests: at the end of the
    run, when work is taken from each other, there are short ones alone, and nobody waits for the last."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.partition("::")[0], []).append(item)
    long = [path for path, each in files.items() if any(item.get_closest_marker(name) for item in each for name in LONG)]
    if workers == 1 or not long:
        return
    parts = [list(itertools.chain(*map(files.pop, long[number::workers]))) for number in range(workers)]
    rest = itertools.chain(*files.values())
    for part in parts:
        part += itertools.islice(rest, max(0, len(items) // workers - len(part)))
    items[:] = [*itertools.chain(*parts), *rest]


def _is_spare(item: pytest.Item, first: dict[str, str]) -> bool:
    """Whether it stands on the other database than the one that it is for; which, only its name decides."""
    if item.get_closest_marker("both_databases"):
        return False
    is_page, used = item.nodeid.startswith(PAGES), _database(item)
    if used not in DATABASES or not (is_page or first[_of(item)] != _example(item)):
        return False
    return used != DATABASES[zlib.crc32((_of(item) if is_page else _example(item)).encode()) % 2]


def _example(item: pytest.Item) -> str:
    """The test with what it is given, but for the database."""
    name, _, given = item.nodeid.partition("[")
    return f"{name}[{given.replace(str(_database(item)), '', 1)}"


def _of(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def _database(item: pytest.Item) -> object:
    asked = getattr(item, "callspec", None)
    return asked.params.get("database") if asked else None


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    untested.tell(terminalreporter)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    made = databases.connect(f"sqlite:///{path}")
    databases.create_all(made)
    with made.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    made.close()
    return path


@pytest.fixture(scope="session")
def postgres_shared() -> Iterator[databases.Database]:
    """One migrated PostgreSQL database per test process; tests empty its tables."""
    opened = databases.connect(postgres.create_database(os.environ[POSTGRES]), pool_size=5, max_overflow=40)
    databases.create_all(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def sqlite_shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[databases.Database]:
    """One engine per test process, over a file that tests put in place: statements are compiled once for all of them."""
    opened = databases.connect(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'test.db'}")
    yield opened
    opened.close()


@pytest.fixture
def sqlite_database(sqlite_template: Path, sqlite_shared: databases.Database) -> Iterator[databases.Database]:
    path = Path(sqlite_shared.engine.url.database or "")
    for left in path.parent.glob("test.db*"):
        left.unlink()
    shutil.copy(sqlite_template, path)
    yield _of_one_test(sqlite_shared)
    sqlite_shared.close()


@pytest.fixture
def postgres_database(postgres_shared: databases.Database) -> databases.Database:
    with postgres_shared.engine.begin() as connection:
        connection.exec_driver_sql(EMPTY)
    return _of_one_test(postgres_shared)


def _of_one_test(shared: databases.Database) -> databases.Database:
    """The database as an engine of this test's own: what the test lets it tell, nobody hears after it."""
    return databases.Database(shared.engine.execution_options(), vault=None, data=None)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> databases.Database:
    """An empty database; each test that asks for it runs on both, a test of a page on one of them (see `PAGES`)."""
    opened: databases.Database = request.getfixturevalue(
        "sqlite_database" if request.param == "sqlite" else "postgres_database"
    )
    return opened


@pytest.fixture
def cast(database: databases.Database) -> casting.Cast:
    """The company `acme` with its people, and a stranger in another company."""
    return casting.assemble(database)
