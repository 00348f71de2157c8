"""`banjie migrate`."""

from __future__ import annotations

import argparse

from engine import database, environment, migrations


def migrate(_arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Brings the database to this version's tables."""
    changed = migrations.upgrade(database.connect(settings.database_url))
    print("The database was brought to this version." if changed else "The database is of this version already.")
    return 0
