"""`banjie migrate`."""

from __future__ import annotations

import argparse

from engine import environment
from engine.storage import database
from engine.storage.migrations import upgrading


def migrate(_arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Brings the database to this version's tables."""
    bring_up(settings)
    return 0


def bring_up(settings: environment.Settings) -> bool:
    """Migrates; says and tells whether there was anything to do."""
    changed = upgrading.upgrade(database.connect(settings.database_url))
    print("The database was brought to this version." if changed else "The database is of this version already.")
    return changed
