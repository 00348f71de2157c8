"""Whether the database and the data folder can be written, tried rather than asked."""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from pathlib import Path

from sqlalchemy.dialects import postgresql, sqlite

from engine.basics import private_files
from engine.storage import database, heartbeats
from engine.storage.database import Database
from engine.storage.models import Installation

TRIED = "tried"
BYTES = 4096  # a block: a full disk refuses it


def write_database(opened: Database, *, now: datetime) -> heartbeats.Silence | None:
    """Writes one row and commits; tells too whether the background workers are silent. Raises Unavailable."""
    with opened.transaction() as session:
        insert = sqlite.insert if database.is_sqlite(session) else postgresql.insert
        row = insert(Installation).values(name=TRIED, value=now.isoformat())
        session.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value}))
        return heartbeats.silence(session, now=now)


def write_disk(data: Path) -> None:
    """Writes a block into the folder of uploads and removes it. Raises OSError."""
    with tempfile.TemporaryFile(dir=private_files.folder(data / "files" / "incoming")) as file:
        file.write(bytes(BYTES))
        file.flush()
        os.fsync(file.fileno())
