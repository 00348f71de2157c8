"""The marks of the installation: values that belong to the database as a whole, stored once by name."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.storage import database as databases
from engine.storage.database import Database
from engine.storage.models import Installation

ID = "id"  # the same as in the data folder's file
RESTORED = "restored"  # of which installation, and when, the backup was taken that this one came of
SECRET = "secret"  # a slow hash, against which the secret is checked
DEMO = "demo"  # whether this is the demo; not there before either was set up
YES, NO = "yes", "no"
SET_UP = "set-up"  # the digest of the code with which an empty installation is set up in a page
HOUSEKEEPING = "housekeeping"  # the day on which it was last done
HOUSEKEEPING_OF_CASES = "housekeeping.cases"  # the same of who does that part alone


def mark(session: Session, name: str) -> str | None:
    """The value of that name."""
    return session.execute(select(Installation.value).where(Installation.name == name)).scalar()


def hold(session: Session, name: str) -> str | None:
    """As `mark`; until the transaction ends nobody changes the value."""
    return session.execute(select(Installation.value).where(Installation.name == name).with_for_update(read=True)).scalar()


def change(session: Session, name: str, value: str) -> None:
    """Stores a value in place of the one that is there; waits for those who `hold` it."""
    session.execute(update(Installation).where(Installation.name == name).values(value=value))


def drop(session: Session, name: str, value: str) -> bool:
    """Takes a value away, if it is still this one; tells whether it was."""
    gone = delete(Installation).where(Installation.name == name, Installation.value == value)
    return session.execute(gone.returning(Installation.name)).scalar() is not None


def forget(session: Session, name: str) -> None:
    """Takes a value away, whatever it is."""
    session.execute(delete(Installation).where(Installation.name == name))


def keep(session: Session, name: str, value: str) -> str:
    """Stores a value unless there is one; gives the one that holds, also when another process was faster."""
    insert = sqlite.insert if databases.is_sqlite(session) else postgresql.insert
    session.execute(insert(Installation).values(name=name, value=value).on_conflict_do_nothing(index_elements=["name"]))
    return session.execute(select(Installation.value).where(Installation.name == name)).scalar_one()


def take_day(session: Session, name: str, day: date) -> bool:
    """Whether the caller is the first on that day to take `name`; holds once its transaction commits."""
    insert = sqlite.insert if databases.is_sqlite(session) else postgresql.insert
    row = insert(Installation).values(name=name, value=day.isoformat())
    later = row.on_conflict_do_update(
        index_elements=["name"], set_={"value": row.excluded.value}, where=Installation.value < row.excluded.value
    )
    return session.execute(later.returning(Installation.value)).scalar() is not None


def tables(database: Database) -> frozenset[str]:
    """The tables that there are; none in a database that was not migrated yet."""
    with database.looking() as connection:
        return frozenset(inspect(connection).get_table_names())


def mark_of(database: Database, name: str) -> str | None:
    """As `mark`, also of a database that has no tables yet, or those of an earlier version."""
    if Installation.__tablename__ not in tables(database):
        return None
    with database.reading() as session:
        return mark(session, name)


def is_demo(database: Database) -> bool:
    """Whether this database was marked as the demo, whose password everybody knows."""
    return mark_of(database, DEMO) == YES
