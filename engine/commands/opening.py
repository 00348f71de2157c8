"""What all commands share: the opened database, the project's folders, the clock of the machine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from engine import environment, errors
from engine.background import anchors
from engine.basics import private_files
from engine.files import belonging
from engine.records import secret_proof
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
    """The database of the settings.

    Raises Invalid for one whose tables are not of this version, or a secret that is not its own; Conflict for a data folder
    that belongs to another database.
    """
    connected = joined(settings)
    if not migrations.is_current(connected):
        raise errors.Invalid("The database does not have the tables of this version. Run: banjie migrate")
    belonging.join(connected, settings.data)
    secret = secret_of(settings, connected)
    secret_proof.require(connected, secret)
    connected.close()
    found = database.open(settings.database_url, vault=Vault(secret), data=settings.data)
    found.surroundings["case_megabytes"] = settings.case_megabytes
    found.surroundings["anchors"] = anchors.opened(settings.data, path=settings.anchors, key=settings.anchor_key)
    return found


def joined(settings: environment.Settings) -> Database:
    """The database as it is, not migrated yet; readable by nobody else. Raises Conflict for another database's data folder."""
    private_files.tighten_data(settings.data)
    connected = database.connect(settings.database_url)
    belonging.check(connected, settings.data)
    return connected


def secret_of(settings: environment.Settings, connected: Database) -> str:
    """The secret of the settings; a new installation without one gets it in its data folder. Empty where it is lost."""
    if not settings.secret_key and not secret_proof.is_taken(connected):
        environment.make_secret(settings.data)
    return settings.secret_key or environment.kept_secret(settings.data)


def tell(settings: environment.Settings) -> None:
    """Says which data folder and which database are used."""
    shown = make_url(settings.database_url).render_as_string(hide_password=True)
    print(f"Data folder: {settings.data}\nDatabase: {shown}", flush=True)


def companies() -> list[str]:
    """The ids of the companies that have a folder under workflows/."""
    return sorted(path.parent.name for path in WORKFLOWS.glob("*/company.toml"))
