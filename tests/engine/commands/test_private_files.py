"""Nobody but the owner reads the database, the uploads and what lies beside them; what was open before is closed."""

from __future__ import annotations

import contextlib
import io
import sqlite3
import subprocess
import sys
from pathlib import Path

from engine.basics import private_files
from engine.files.files import Folder
from tests.engine.commands.office import Place


def loose(root: Path) -> list[str]:
    """What others have any right to."""
    return [str(path) for path in [root, *root.rglob("*")] if path.stat().st_mode & 0o077]


def test_a_new_installation_is_readable_by_its_owner_only(place: Place) -> None:
    assert place.run("init") == 0
    Folder(place.data / "files").put(io.BytesIO(b"content"))
    database = place.database()
    with database.transaction() as session:
        assert session.connection() is not None
        assert (place.data / "banjie.sqlite-wal").exists()
        assert loose(place.data) == []
    database.close()


def test_an_installation_of_before_is_tightened_when_it_is_opened(place: Place) -> None:
    assert place.run("init") == 0
    Folder(place.data / "files").put(io.BytesIO(b"content"))
    database = place.database()
    for path in [place.data, *place.data.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    place.database().close()
    assert loose(place.data) == []
    database.close()


def test_what_is_not_ours_in_the_data_folder_keeps_its_rights(place: Place) -> None:
    place.data.mkdir()
    program = place.data / "backup.sh"
    program.write_text("")
    program.chmod(0o755)
    assert place.run("init") == 0
    assert program.stat().st_mode & 0o777 == 0o755


def test_a_database_outside_the_data_folder_is_tightened_and_its_folder_left_alone(place: Place, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    place.set(BANJIE_DATABASE_URL=f"sqlite:///{shared / 'real.sqlite'}")
    assert place.run("init") == 0
    (shared / "real.sqlite").chmod(0o644)
    place.database().close()
    assert (shared / "real.sqlite").stat().st_mode & 0o777 == 0o600
    assert shared.stat().st_mode & 0o777 == 0o755


def test_opening_a_database_twice_keeps_the_locks_of_the_first(tmp_path: Path) -> None:
    file = tmp_path / "banjie.sqlite"
    trying = "import sqlite3, sys; sqlite3.connect(sys.argv[1], 0, isolation_level=None).execute('BEGIN IMMEDIATE')"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as writing:
        writing.execute("BEGIN IMMEDIATE")
        private_files.tighten_database(file)
        other = subprocess.run([sys.executable, "-c", trying, str(file)], capture_output=True, text=True, check=False)
    assert "database is locked" in other.stderr
