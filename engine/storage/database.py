"""Opening the database, reading and changing it: the one place that commits, isolates companies and knows SQLite from PostgreSQL."""

from __future__ import annotations

import contextlib
import functools
import statistics
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, MetaData, String, bindparam, create_engine, event, exc, func, select, text, util
from sqlalchemy.engine import make_url
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.pool import StaticPool

from engine import errors
from engine.basics import private_files
from engine.storage import models, nodes

BUSY_SECONDS = 5
CONNECT_SECONDS = 10  # a machine that is gone refuses nothing; without a limit a page would wait for minutes
NO_ANSWER = "The data store does not answer just now. Please try again in a moment."
NOT_TAKEN = "The data store cannot take this just now. Nothing of it was saved; please try again in a moment."
_QUIET = {"hide_parameters": True}  # messages of its errors would quote what people typed
# Pages, API and worker know some thousand statements together; of SQLAlchemy's 500 each would push out another's, and compiling
# one takes longer than running it.
_KEPT = {"query_cache_size": 3000}


class ExactSum:
    """The SQL function of SQLite that adds decimals kept as texts: its own arithmetic is binary, 0.1 + 0.2 is not 0.3."""

    def __init__(self) -> None:
        self.total = Decimal(0)

    def step(self, value: str | None) -> None:
        """Adds one value; null adds nothing."""
        if value is not None:
            self.total += Decimal(value)

    def finalize(self) -> str:
        """The sum as text."""
        return str(self.total)


class Median:
    """The SQL function of SQLite for the middle of numbers, as `percentile_cont(0.5)` of PostgreSQL gives it."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def step(self, value: int | None) -> None:
        """Adds one number; null adds nothing."""
        if value is not None:
            self.numbers.append(value)

    def finalize(self) -> float | None:
        """The middle one, between two the mean of both; null of none."""
        return float(statistics.median(self.numbers)) if self.numbers else None


def local_day(moment: str | None, zone: str) -> str | None:
    """The SQL function of SQLite for the day of a stored moment on a clock: 2026-03-02."""
    if moment is None:
        return None
    return datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date().isoformat()


class Database:
    """An open database. Sessions come only from `reading` and `transaction`."""

    def __init__(self, engine: Engine, **surroundings: Any) -> None:
        self.engine = engine
        self.surroundings = surroundings
        self._reader = engine.execution_options(reading=True)
        self._node: nodes.Loan | None = None

    @contextlib.contextmanager
    def reading(self, company: str | None = None) -> Iterator[Session]:
        """A session for a page that only shows; what it changes by mistake is thrown away.

        `company` limits every statement to that company's rows; None (worker, deployment) sees all.
        """
        with _storage_errors(NO_ANSWER), Session(self._reader, autoflush=False) as session:
            session.info.update(self.surroundings, company=company, newest={}, barred={})
            yield session

    @contextlib.contextmanager
    def looking(self) -> Iterator[Connection]:
        """A connection that only looks, also into a database without tables; who writes meanwhile does not hold it up."""
        with _storage_errors(NO_ANSWER), self._reader.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def transaction(self, company: str | None = None) -> Iterator[Session]:
        """The one transaction of a changing request: leaving commits, an exception undoes all of it."""
        if self._node is not None and self._node.is_due:
            self.take_node()
        with _storage_errors(NOT_TAKEN), Session(self.engine, autoflush=False, expire_on_commit=False) as session:
            session.info.update(self.surroundings, company=company)
            yield session
            session.commit()

    def take_node(self) -> None:
        """Takes a node's number for the keys of this process, or keeps it for longer; from then on transactions keep it.

        Raises Conflict when all are in use.
        """
        loan = self._node = self._node or nodes.Loan()
        with _storage_errors(NOT_TAKEN), Session(self.engine) as session:
            hold(session, "nodes")
            loan.renew(session)
            session.commit()

    def close(self) -> None:
        """Gives back all connections."""
        self.engine.dispose()


def open(url: str, *, vault: Any = None, data: Path | None = None, **options: Any) -> Database:
    """Opens a database by SQLAlchemy URL (`sqlite:///path`, `postgresql+psycopg://…`); the tables must be there.

    `vault` (what seals records) and `data` (the folder of uploads) are found by verbs in `session.info`.
    """
    database = connect(url, **options)
    database.surroundings.update(vault=vault, data=data)
    with contextlib.suppress(exc.OperationalError, exc.ProgrammingError, errors.Unavailable):  # not migrated yet
        database.take_node()
    return database


def connect(url: str, **options: Any) -> Database:
    """Opens without asking the tables for anything; migrations start here."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return Database(_sqlite(url, parsed.database, options))
    options.setdefault("pool_size", 20)
    options.setdefault("connect_args", {} if "connect_timeout" in parsed.query else {"connect_timeout": CONNECT_SECONDS})
    return Database(
        create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, **_QUIET, **_KEPT, **options)
    )


def is_sqlite(session: Session) -> bool:
    """Whether the session speaks to SQLite, whose one writer makes row locks needless."""
    return session.get_bind().dialect.name == "sqlite"


def hold(session: Session, name: str) -> None:
    """Waits until nobody else holds the name, and holds it until the transaction ends; SQLite has one writer anyway."""
    if not is_sqlite(session):
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def create_all(database: Database, metadata: MetaData = models.metadata) -> None:
    """Makes all tables at once, for tests and in-memory runs; a real database is migrated."""
    with database.engine.begin() as connection:
        metadata.create_all(connection)
    database.take_node()


def in_memory() -> Database:
    """A database of its own in memory, with all tables and no rows; it is gone when it is closed. It takes no node's number.

    Tables and compiled statements are made once for all of them: both take longer than a short walk through a process.
    """
    pattern, tables, statements = _pattern()
    options = {"compiled_cache": statements}  # found by dialect and statement, so that the dialect must be the same one
    engine = Engine(pattern.pool.recreate(), pattern.dialect, pattern.url, execution_options=options, hide_parameters=True)
    event.listen(engine, "begin", _begin)
    with contextlib.closing(engine.raw_connection()) as pooled:
        pooled.dbapi_connection.deserialize(tables)  # type: ignore[union-attr]
    return Database(engine)


@functools.cache
def _pattern() -> tuple[Engine, bytes, util.LRUCache[Any, Any]]:
    """What databases in memory have in common: their engine, unconnected, their tables and their statements."""
    engine = _sqlite("sqlite://", None, {"poolclass": StaticPool})
    models.metadata.create_all(engine)
    with contextlib.closing(engine.raw_connection()) as pooled:
        tables: bytes = pooled.dbapi_connection.serialize()  # type: ignore[union-attr]
    engine.dispose()
    return engine, tables, util.LRUCache(_KEPT["query_cache_size"])


# What limits reading to one company's rows, the same for all companies, which cost a third of each statement when it was made
# anew: the company comes with the statement's parameters, and a statement that lacks it is refused by SQLAlchemy.
_OWNER = bindparam("owning_company", type_=String, required=True)
_OWN_ROWS = with_loader_criteria(
    models.Owned, lambda cls: cls.company_id == _OWNER, include_aliases=True, track_closure_variables=False
)


def _own_rows(company: str) -> Any:
    """The same for changes, which SQLAlchemy also carries out in memory, where it has no parameters."""
    return with_loader_criteria(models.Owned, lambda cls: cls.company_id == company, include_aliases=True)


def _sqlite(url: str, path: str | None, options: dict[str, Any]) -> Engine:
    if path and path != ":memory:" and not path.startswith("file:"):
        private_files.tighten_database(Path(path))
    engine = create_engine(
        url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, **_QUIET, **_KEPT, **options
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver would begin only before the first change: lost updates
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.create_aggregate("exact_sum", 1, ExactSum)
        connection.create_aggregate("median", 1, Median)
        connection.create_function("local_day", 2, local_day, deterministic=True)

    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Any) -> None:
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextlib.contextmanager
def _storage_errors(told: str) -> Iterator[None]:
    """Turns into refusals: a full disk, a locked or a lost database, one that only reads (a standby) or has no connection left,
    and values that no column holds."""
    try:
        yield
    except (exc.DataError, UnicodeEncodeError, OverflowError) as error:
        raise errors.Invalid("This holds characters or numbers that cannot be stored.") from error
    except (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError) as error:
        raise errors.Unavailable(told) from error


@event.listens_for(Session, "do_orm_execute")
def _isolate(state: ORMExecuteState) -> None:
    """Adds the company to every select, update and delete of rows that belong to one.

    A statement written out (`from_statement`, in engine.locking alone) cannot be narrowed; it checks what it found.
    """
    company = state.session.info.get("company")
    if company is None or state.is_insert or state.is_from_statement:
        return
    if state.is_select:
        state.statement = state.statement.options(_OWN_ROWS)
        state.parameters = {**_given(state), _OWNER.key: company}
    else:
        state.statement = state.statement.options(_own_rows(company))


def _given(state: ORMExecuteState) -> Mapping[str, Any]:
    if isinstance(state.parameters, Sequence):
        raise ValueError("a select takes one set of parameters")
    return state.parameters or {}


@event.listens_for(Session, "before_flush")
def _refuse_strangers(session: Session, _context: object, _instances: object) -> None:
    """Refuses to store a row for another company than the session's."""
    company = session.info.get("company")
    if company is None:
        return
    for row in session.new | session.dirty:
        if isinstance(row, models.Owned) and row.company_id != company:
            raise errors.NotFound("There is nothing here under this address, or you may not view it.")


def analyze(database: Database) -> None:
    """Counts the tables' rows for the query planner; a fresh PostgreSQL would choose by guess until it does so itself."""
    unlocked = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with _storage_errors(NOT_TAKEN), unlocked.connect() as connection:
        connection.exec_driver_sql("ANALYZE")


def is_alive(database: Database) -> bool:
    """Whether the database answers; for health checks."""
    with database.reading() as session:
        return session.execute(text("SELECT 1")).scalar() == 1
