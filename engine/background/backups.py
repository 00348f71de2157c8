"""A backup: database, uploads and anchors of one moment in one file, taken while people work, and brought back from it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, create_engine, delete, func, insert, select, update

from engine import errors
from engine.background.anchors import ANCHORS_FILE, KEY_FILE, Anchors
from engine.basics import private_files
from engine.environment import SECRET_FILE
from engine.files import belonging
from engine.files.files import Folder
from engine.storage import installation, migrations, models
from engine.storage.copies import dumps
from engine.storage.database import Database

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database"
FILES = "files"
SECRETS = (SECRET_FILE, KEY_FILE)
NO_BACKUP = "%(file)s is no backup of Banjie, or it is damaged: %(what)s"


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: `sums` are SHA-256 of its files but the uploads, whose names are theirs; `missing` were not there."""

    format: int
    taken_at: str
    id: str
    kind: str
    revision: str
    tables: dict[str, list[str]]
    uploads: int
    missing: list[str] = field(default_factory=list)
    sums: dict[str, str] = field(default_factory=dict)

    @property
    def has_secret(self) -> bool:
        """Whether the secrets lie in it."""
        return SECRET_FILE in self.sums


def take(database: Database, data: Path, anchors: Anchors, target: Path, *, with_secret: bool, now: datetime) -> Manifest:
    """Writes a backup of the installation to `target`, which must not be there yet; readable by its owner only.

    The rows are of one moment; uploads are there before a row names them and stay, so they are copied afterwards. Those
    that a destruction took meanwhile are `missing`. Raises Conflict where the file is there.
    """
    if target.exists():
        raise errors.Conflict("There is a file %(file)s already; a backup never takes the place of another.", file=target)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as scratch, _new(target) as file:
        root = Path(scratch)
        with dumps.taken(database, root / DATABASE) as (connection, tables):
            wanted = sorted(connection.execute(select(models.Attachment.sha256).distinct()).scalars())
            _write_anchors(anchors, root / ANCHORS_FILE, connection)
            made = _manifest(database, connection, tables, now)
        uploads = Folder(data / FILES)
        kept_uploads = [each for each in wanted if each and uploads.holds(each)]
        _copy_secrets(data, root, with_secret)
        named = {str(path.relative_to(root)): path for path in sorted(root.rglob("*")) if path.is_file()}
        lost = [each for each in wanted if each and each not in kept_uploads]
        sums = {name: _sum(path) for name, path in named.items()}
        manifest = Manifest(**{**made, "uploads": len(kept_uploads), "missing": lost, "sums": sums})
        (root / MANIFEST).write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
        _pack(file, target.name, {MANIFEST: root / MANIFEST, **named}, uploads, kept_uploads)
    return manifest


def _plain(packed: tarfile.TarFile) -> list[tarfile.TarInfo]:
    """The files and folders in it, which lie within it. Raises ValueError for anything else: not every Python 3.11 filters."""
    members = packed.getmembers()
    for each in members:
        if not (each.isfile() or each.isdir()) or each.name.startswith("/") or ".." in each.name.split("/"):
            raise ValueError(each.name)
        each.mode = 0o700 if each.isdir() else 0o600
    return members


@contextlib.contextmanager
def opened(file: Path, beside: Path) -> Iterator[tuple[Manifest, Path]]:
    """The content of a backup, unpacked into a folder in `beside` that is removed afterwards; every digest was checked.

    Raises Invalid for a file that is no backup, or is damaged; Conflict for one of a later version.
    """
    private_files.folder(beside)
    with tempfile.TemporaryDirectory(dir=beside, prefix=".restoring-") as scratch:
        root = Path(scratch)
        try:
            with tarfile.open(file) as packed:
                packed.extractall(root, members=_plain(packed))
            manifest = Manifest(**json.loads((root / MANIFEST).read_text()))
        except (OSError, tarfile.TarError, ValueError, TypeError, EOFError) as error:
            raise errors.Invalid(NO_BACKUP, file=file, what=str(error)) from error
        migrations.require_known(manifest.revision)
        for fault in _faults(manifest, root):
            raise errors.Invalid(NO_BACKUP, file=file, what=fault)
        private_files.close_tree(root)
        yield manifest, root


def name(connection: Connection, manifest: Manifest, id: str) -> None:
    """Gives the installation that is brought back an id of its own, and notes of which it was taken, and when."""
    table = models.Installation
    connection.execute(update(table).where(table.name == installation.ID).values(value=id))
    connection.execute(delete(table).where(table.name == installation.RESTORED))
    connection.execute(insert(table).values(name=installation.RESTORED, value=f"{manifest.id} {manifest.taken_at}"))


def name_sqlite(root: Path, manifest: Manifest, id: str) -> None:
    """The same in the file of SQLite that was unpacked."""
    engine = create_engine(f"sqlite:///{root / DATABASE / dumps.SQLITE_FILE}")
    with engine.begin() as connection:
        name(connection, manifest, id)
    engine.dispose()


def settle(root: Path, id: str, data: Path) -> None:
    """What was unpacked, but the database, becomes the data folder with that id; it may not be there yet, or must be empty."""
    belonging.write_id(root, id)
    (root / MANIFEST).unlink()
    for path in (root / DATABASE).iterdir():
        path.unlink()
    (root / DATABASE).rmdir()
    waiting = data.with_name(f".{data.name}.restored")
    os.replace(root, waiting)
    root.mkdir()  # for whoever removes it
    os.replace(waiting, data)


def _manifest(database: Database, connection: Connection, tables: dict[str, list[str]], now: datetime) -> dict[str, Any]:
    table = models.Installation
    id = connection.execute(select(table.value).where(table.name == installation.ID)).scalar_one()
    return {
        "format": FORMAT,
        "taken_at": now.isoformat(),
        "id": id,
        "kind": dumps.kind(database),
        "revision": str(migrations.revision(connection)),
        "tables": tables,
    }


def _write_anchors(anchors: Anchors, target: Path, connection: Connection) -> None:
    """The signed lines as far as the database of that moment knows them; a later one would speak of what is not in it."""
    last = connection.execute(select(func.max(models.Anchor.number))).scalar() or 0
    if last and anchors.path.exists():
        target.write_bytes(b"".join(anchors.texts(last)))


def _copy_secrets(data: Path, root: Path, with_secret: bool) -> None:
    for name in SECRETS if with_secret else ():
        if (data / name).exists():
            private_files.copy(data / name, root / name)


@contextlib.contextmanager
def _new(target: Path) -> Iterator[IO[bytes]]:
    """A file that gets its name when all of it is written."""
    waiting = target.with_name(f"{target.name}.partial")
    try:
        with os.fdopen(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, private_files.FILE), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(waiting, target)
    finally:
        waiting.unlink(missing_ok=True)


def _pack(file: IO[bytes], name: str, named: dict[str, Path], uploads: Folder, contents: Iterable[str]) -> None:
    is_zipped = name.endswith((".gz", ".tgz"))
    with tarfile.open(fileobj=file, mode="w:gz" if is_zipped else "w") as packed:
        for each, path in named.items():
            packed.add(path, each, recursive=False)
        for sha256 in contents:
            with contextlib.suppress(FileNotFoundError):  # destroyed this very moment; the check of a restore tells
                packed.add(uploads.where(sha256), f"{FILES}/{sha256[:2]}/{sha256[2:]}", recursive=False)


def _faults(manifest: Manifest, root: Path) -> Iterator[str]:
    if manifest.format != FORMAT:
        yield f"format {manifest.format}"
    for name, expected in manifest.sums.items():
        if not (root / name).is_file() or _sum(root / name) != expected:
            yield name
    for path in (root / FILES).glob("??/*"):
        if _sum(path) != path.parent.name + path.name:
            yield f"{FILES}/{path.parent.name}/{path.name}"


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
