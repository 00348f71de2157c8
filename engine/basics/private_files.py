"""Files and folders that only their owner may read: the database, the uploads, the secret."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import uuid
from pathlib import Path

FILE = 0o600
FOLDER = 0o700
OURS = ("secret-key", "secret-key.next", "installation-id", "anchor-key", "anchors.jsonl")
CHUNK = 1024 * 1024
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def folder(path: Path) -> Path:
    """Makes a folder, and those above it that are missing; one that is there already stays as it is."""
    if not path.is_dir():
        folder(path.parent)
        path.mkdir(mode=FOLDER, exist_ok=True)
    return path


def write(path: Path, text: str, *, is_new: bool = False) -> None:
    """Writes a file that only its owner reads, whole or not at all. Raises FileExistsError where it must be new and is not."""
    waiting = folder(path.parent) / f"{path.name}.{uuid.uuid4().hex}"
    try:
        with os.fdopen(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            os.link(waiting, path)
        else:
            os.replace(waiting, path)
    finally:
        waiting.unlink(missing_ok=True)


def copy(source: Path, target: Path) -> None:
    """A new file that only its owner reads, with the same content, on the disk when this ends. Raises FileExistsError."""
    with (
        source.open("rb") as given,
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE), "wb") as file,
    ):
        shutil.copyfileobj(given, file, CHUNK)
        file.flush()
        os.fsync(file.fileno())


def tighten_file(path: Path) -> None:
    """Takes the rights of everybody else from a file, if it is there and ours."""
    _tighten(path, FILE)


def tighten_database(path: Path) -> None:
    """Makes SQLite's file before SQLite does, and tightens it and those beside it; new ones get the rights of the first.

    One that is there is not opened: closing it would drop the locks that SQLite holds on it in this process (POSIX), and
    another process could then take away what this one is writing.
    """
    folder(path.parent)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL, FILE))
    for suffix in ("", "-wal", "-shm", "-journal"):
        tighten_file(path.with_name(path.name + suffix))


def tighten_data(data: Path) -> None:
    """Tightens a data folder and what is ours in it: the uploads, the secret, the id. Whatever else lies there is not touched."""
    if not data.is_dir():
        return
    _tighten(data, FOLDER)
    for name in OURS:
        _tighten(data / name, FILE)
    _tighten_tree(data / "files")


def close_tree(root: Path) -> None:
    """Takes everybody else's rights from a folder and all that lies in it."""
    _tighten(root, FOLDER)
    _close_below(root)


def _tighten_tree(root: Path) -> None:
    """What lies below a folder that is tight already was tightened with it, so this costs nothing the second time."""
    if not root.is_dir() or not _tighten(root, FOLDER):
        return
    _close_below(root)


def _close_below(root: Path) -> None:
    for path, folders, names in os.walk(root):
        for each in folders:
            _tighten(Path(path) / each, FOLDER)
        for each in names:
            _tighten(Path(path) / each, FILE)


def _tighten(path: Path, mode: int) -> bool:
    """Whether others had rights until now; a file of another owner is left to him."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        if not path.is_symlink() and path.stat().st_mode & OTHERS:
            path.chmod(mode)
            return True
    return False
