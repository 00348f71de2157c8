"""What all commands share: the opened database, the project's folders, the clock of the machine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from engine import environment, errors
from engine.background import anchors
from engine.basics import private_files
from engine.files import belonging
from engine.records.secret import secret_proof
from engine.storage import database, installation, migrations
from engine.storage.database import Database
from engine.storage.vault import Vault

ROOT = Path(__file__).resolve().parent.parent.parent
BPMN = ROOT / "bpmn"
WORKFLOWS = ROOT / "workflows"
EMPTY = "The database %(database)s is empty. `banjie init` sets up a new installation."


def clock() -> datetime:
    """The moment, from the machine's clock."""
    return datetime.now(UTC)


def opened(settings: environment.Settings) -> Database:
    """The database of the settings.

    Raises Invalid for one that is not there, whose tables are not of this version, or a secret that is not its own; Conflict
    for a data folder that belongs to another database.
    """
    connected = joined(settings)
    require_tables(connected)
    belonging.join(connected, settings.data)
    secret = secret_of(settings, connected)
    secret_proof.require(connected, secret)
    known = installation.mark_of(connected, installation.SECRET)
    connected.close()
    store = database.open(settings.database_url, vault=Vault(secret), data=settings.data)
    store.surroundings["local_hooks"] = settings.local_hooks
    store.surroundings["case_megabytes"] = settings.case_megabytes
    store.surroundings["anchors"] = anchors.opened(settings.data, path=settings.anchors, key=settings.anchor_key)
    store.surroundings["secret_known"] = known
    return store


def joined(settings: environment.Settings, *, creates: bool = False) -> Database:
    """The database as it is, not migrated yet; readable by nobody else.

    Raises Conflict for another database's data folder, Invalid where there is none: only a new installation `creates` it.
    """
    if not creates:
        _require_place(settings)
    private_files.tighten_data(settings.data)
    connected = database.connect(settings.database_url)
    belonging.check(connected, settings.data)
    return connected


def require_tables(connected: Database) -> None:
    """Raises Invalid for a database that is empty, or whose tables are of an earlier or a later version."""
    at = migrations.revision_of(connected)
    if at is None:
        raise errors.Invalid(EMPTY, database=told(connected))
    migrations.require_known(at)
    if at != migrations.head():
        raise errors.Invalid("The database does not have the tables of this version. Run: banjie migrate")


def _require_place(settings: environment.Settings) -> None:
    url = make_url(settings.database_url)
    file = Path(url.database or "") if url.get_backend_name() == "sqlite" and url.database != ":memory:" else None
    for what, path in (("data folder", settings.data), ("database", file)):
        if path is not None and not path.exists():
            raise errors.Invalid(
                "There is no %(what)s %(path)s. `banjie init` makes a new installation there; for one that exists already,"
                " please check BANJIE_DATA and BANJIE_DATABASE_URL.",
                what=what,
                path=path,
            )


def told(connected: Database) -> str:
    """The address of a database as it may be said, without a password."""
    return connected.engine.url.render_as_string(hide_password=True)


def secret_of(settings: environment.Settings, connected: Database) -> str:
    """The secret of the settings; a new installation without one gets it in its data folder. Empty where it is lost.

    A change of the secret that broke off after the database was changed is finished.
    """
    if not settings.secret_key and not secret_proof.is_taken(connected):
        environment.make_secret(settings.data)
    secret = settings.secret_key or environment.kept_secret(settings.data)
    waiting = environment.kept_secret(settings.data, environment.NEXT_SECRET_FILE)
    if not waiting or secret != environment.kept_secret(settings.data) or secret_proof.is_right(connected, Vault(secret)):
        return secret
    if not secret_proof.is_right(connected, Vault(waiting)):
        return secret
    environment.take_next_secret(settings.data)
    return waiting


def tell(settings: environment.Settings) -> None:
    """Says which data folder and which database are used."""
    shown = make_url(settings.database_url).render_as_string(hide_password=True)
    print(f"Data folder: {settings.data}\nDatabase: {shown}", flush=True)


def companies() -> list[str]:
    """The ids of the companies that have a folder under workflows/."""
    return sorted(path.parent.name for path in WORKFLOWS.glob("*/company.toml"))
