"""What all commands share: the opened database, the project's folders, the clock of the machine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from engine import environment, errors
from engine.background import anchors
from engine.storage import database, migrations
from engine.storage.database import Database
from engine.storage.vault import Vault

ROOT = Path(__file__).resolve().parent.parent.parent
BPMN = ROOT / "bpmn"
WORKFLOWS = ROOT / "workflows"


def clock() -> datetime:
    """The moment, from the machine's clock."""
    return datetime.now(UTC)


def opened(settings: environment.Settings) -> Database:
    """The database of the settings; refuses one whose tables are not of this version."""
    found = database.open(settings.database_url, vault=Vault(settings.secret_key), data=settings.data)
    found.surroundings["anchors"] = anchors.opened(settings.data, path=settings.anchors, key=settings.anchor_key)
    if not migrations.is_current(found):
        raise errors.Invalid("The database does not have the tables of this version. Run: banjie migrate")
    return found


def companies() -> list[str]:
    """The ids of the companies that have a folder under workflows/."""
    return sorted(path.parent.name for path in WORKFLOWS.glob("*/company.toml"))
