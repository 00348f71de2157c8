"""`banjie migrate`, and the set-up of a new installation's database and data folder."""

from __future__ import annotations

import argparse

from engine import environment, errors
from engine.basics import private_files
from engine.commands import opening
from engine.files import belonging
from engine.storage import migrations
from engine.storage.database import Database
from engine.storage.migrations import upgrading


def migrate(_arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Brings the database to this version's tables."""
    bring_up(settings)
    return 0


def bring_up(settings: environment.Settings, *, creates: bool = False) -> bool:
    """Migrates; says and tells whether there was anything to do.

    With `creates` a data folder and tables are made where there are none, and a secret in the data folder unless one is
    set. Raises Invalid where there is nothing to migrate, Conflict for another database's data folder, or a database that a
    later version has worked with.
    """
    opening.tell(settings)
    store = opening.joined(settings, creates=creates)
    try:
        _require_tables(store, creates)
        if creates:
            private_files.folder(settings.data)
        changed = upgrading.upgrade(store)
        belonging.join(store, settings.data)
        opening.secret_of(settings, store)
    finally:
        store.close()
    print("The database was brought to this version." if changed else "The database is of this version already.")
    return changed


def _require_tables(store: Database, creates: bool) -> None:
    if not creates and migrations.revision_of(store) is None:
        raise errors.Invalid(opening.EMPTY, database=opening.told(store))
