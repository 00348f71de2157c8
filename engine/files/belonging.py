"""Which data folder and which database belong together: both carry the same id, else the one would lose what the other knows."""

from __future__ import annotations

import uuid
from pathlib import Path

from sqlalchemy import select

from engine import errors
from engine.basics import private_files
from engine.files.files import Folder
from engine.storage import installation
from engine.storage.database import Database
from engine.storage.models import Attachment

ID_FILE = "installation-id"


def join(database: Database, data: Path) -> None:
    """Checks that both belong together, and gives the id of the one to the other where it has none yet.

    Raises Conflict as `check` does.
    """
    check(database, data)
    of_folder = folder_id(data)
    if of_folder is not None and of_folder == installation.mark_of(database, installation.ID):
        return  # nothing is written, so that who writes just now does not hold up a start
    with database.transaction() as session:
        of_database = installation.mark(session, installation.ID)
        known = of_database or installation.keep(session, installation.ID, of_folder or uuid.uuid4().hex)
    if of_folder is None:
        write_id(data, known)
    if of_folder != known:
        check(database, data)  # another process may have been faster


def check(database: Database, data: Path) -> None:
    """Raises Conflict for a data folder that belongs to another database, saying which is which.

    Where one of the two has no id yet, they belong together when the database knows some of the folder's uploads; a folder
    without id and uploads suits any database. Works before the tables are brought to this version too.
    """
    of_folder, of_database = folder_id(data), installation.mark_of(database, installation.ID)
    if of_folder == of_database is not None:
        return
    address = database.engine.url.render_as_string(hide_password=True)
    if of_folder and of_database:
        raise errors.Conflict(
            "The data folder %(folder)s belongs to another installation (%(folder_id)s) than the database %(database)s"
            " (%(database_id)s). Please check BANJIE_DATA and BANJIE_DATABASE_URL.",
            folder=data,
            folder_id=of_folder,
            database=address,
            database_id=of_database,
        )
    if of_folder is None and not Folder(data / "files").has_contents():
        return
    if not _knows_some(database, data):
        raise errors.Conflict(
            "The data folder %(folder)s belongs to another database than %(database)s, which knows none of its uploads. Please"
            " check BANJIE_DATA and BANJIE_DATABASE_URL; a new installation needs a data folder of its own.",
            folder=data,
            database=address,
        )


def folder_id(data: Path) -> str | None:
    """The id that a data folder carries."""
    try:
        return (data / ID_FILE).read_text().strip() or None
    except FileNotFoundError:
        return None


def write_id(data: Path, value: str) -> None:
    """Gives a data folder the id of its installation."""
    private_files.write(data / ID_FILE, value)


def _knows_some(database: Database, data: Path) -> bool:
    """Whether the database refers to at least one content that lies in the folder."""
    if Attachment.__tablename__ not in installation.tables(database):
        return False
    uploads = Folder(data / "files")
    with database.reading() as session:
        known = select(Attachment.sha256).where(Attachment.sha256 != "").distinct()
        return any(uploads.holds(sha256) for sha256 in session.execute(known).scalars().yield_per(1000))
