"""`banjie migrate`."""

from __future__ import annotations

import argparse

from engine import environment
from engine.commands import opening
from engine.files import belonging
from engine.storage.migrations import upgrading


def migrate(_arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Brings the database to this version's tables."""
    bring_up(settings)
    return 0


def bring_up(settings: environment.Settings) -> bool:
    """Migrates; says and tells whether there was anything to do.

    A new installation without a secret gets one in its data folder. Raises Conflict for another database's data folder.
    """
    opening.tell(settings)
    found = opening.joined(settings)
    changed = upgrading.upgrade(found)
    belonging.join(found, settings.data)
    opening.secret_of(settings, found)
    found.close()
    print("The database was brought to this version." if changed else "The database is of this version already.")
    return changed
