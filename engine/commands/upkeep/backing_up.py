"""`banjie backup` and `banjie restore`: all of an installation in one file, and back into an empty place."""

from __future__ import annotations

import argparse
import contextlib
import os
import uuid
from pathlib import Path

from sqlalchemy.engine import make_url

from engine import environment, errors
from engine.background import backups
from engine.basics import private_files
from engine.commands import opening
from engine.records.secret import secret_proof
from engine.storage import database as databases
from engine.storage import migrations
from engine.storage.copies import dumps
from engine.storage.database import Database
from engine.storage.vault import Vault

ELSEWHERE = "There is something in %(place)s already; a backup is only brought back into an empty place."


def backup(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Writes a backup; people may go on working meanwhile. With `--with-secret` it holds the secret too."""
    store = opening.opened(settings)
    target = Path(arguments.file).absolute()
    if not target.parent.is_dir():
        raise errors.Invalid("There is no folder %(folder)s.", folder=target.parent)
    anchors = store.surroundings["anchors"]
    made = backups.take(store, settings.data, anchors, target, with_secret=arguments.with_secret, now=opening.clock())
    store.close()
    print(f"{target}: database at step {made.revision}, {made.uploads} uploads, {target.stat().st_size:,} bytes.")
    for sha256 in made.missing:
        print(f"  the upload {sha256} was not there")
    if not made.has_secret:
        print("It does not hold the secret. Keep secret-key and anchor-key of the data folder apart from it, and safe.")
    return 0


def restore(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Brings a backup back into the data folder and the database of the settings, which must both be empty.

    What comes of it is another installation than the one it was taken of, which may go on: it gets an id of its own, so that
    the folder of the one is never taken for that of the other.
    """
    file = Path(arguments.file).absolute()
    opening.tell(settings)
    store = databases.connect(settings.database_url) if not _sqlite_file(settings) else None
    _require_empty(settings, store)
    id = uuid.uuid4().hex
    with backups.opened(file, settings.data.parent) as (manifest, root):
        _require_kind(settings, manifest)
        if store is None:
            backups.name_sqlite(root, manifest, id)
            _place(settings, root)
            backups.settle(root, id, settings.data)
        else:
            with dumps.load(store, root / backups.DATABASE, manifest.revision, manifest.tables) as connection:
                backups.name(connection, manifest, id)
                backups.settle(root, id, settings.data)
    print(f"Restored what {file.name} held on {manifest.taken_at[:16]}: {manifest.uploads} uploads.")
    print(f"It is an installation of its own now ({id}), come from {manifest.id}.")
    _advise(settings, manifest)
    return 0


def _place(settings: environment.Settings, root: Path) -> None:
    """The file of SQLite comes into what becomes the data folder, or to where the settings have it."""
    target = _sqlite_file(settings) or Path()
    if target.is_relative_to(settings.data):
        within = private_files.folder((root / target.relative_to(settings.data)).parent) / target.name
        os.replace(root / backups.DATABASE / dumps.SQLITE_FILE, within)
    else:
        dumps.place(settings.database_url, root / backups.DATABASE)


def _sqlite_file(settings: environment.Settings) -> Path | None:
    url = make_url(settings.database_url)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def _require_empty(settings: environment.Settings, store: Database | None) -> None:
    file = _sqlite_file(settings)
    if settings.data.exists() and (not settings.data.is_dir() or any(settings.data.iterdir())):
        raise errors.Conflict(ELSEWHERE, place=settings.data)
    if file is not None and file.exists():
        raise errors.Conflict(ELSEWHERE, place=file)
    if store is not None and not dumps.is_empty(store):
        raise errors.Conflict(ELSEWHERE, place=opening.told(store))


def _require_kind(settings: environment.Settings, manifest: backups.Manifest) -> None:
    own = "sqlite" if _sqlite_file(settings) else "postgresql"
    if own != manifest.kind:
        raise errors.Invalid(
            "The backup is of a database of the kind %(kind)s, and BANJIE_DATABASE_URL names one of the kind %(own)s.",
            kind=manifest.kind,
            own=own,
        )


def _advise(settings: environment.Settings, manifest: backups.Manifest) -> None:
    if manifest.revision != migrations.head():
        print("It is of an earlier version. Run: banjie migrate")
    secret = settings.secret_key or environment.kept_secret(settings.data)
    with contextlib.closing(databases.connect(settings.database_url)) as store:
        if not secret:
            print(
                f"The secret was not in it. Put {' and '.join(backups.SECRETS)} of the former data folder here before you start."
            )
        elif not secret_proof.is_right(store, Vault(secret)):
            print(secret_proof.WRONG)
    print("Check it with: banjie verify --files")
    os.sync()
