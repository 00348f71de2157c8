"""The folder of uploads: each content once, under its SHA-256, written so that a crash leaves all of it or nothing.

What nobody refers to any more goes to the trash within it first, and comes back when somebody asks for it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from sqlalchemy.orm import Session

from engine import errors
from engine.basics import private_files

MAX_BYTES = 50 * 1024 * 1024
CHUNK = 1024 * 1024
HEAD = 512
YOUNG = timedelta(days=1)
GRACE = timedelta(days=30)
FEW = 20  # so many may go at once, however few there are
SHARE = 10  # and never more than one in so many: else it is the wrong database that asks
TRASH = "trash"


class TooMany(errors.Conflict):
    """A sweep would have taken so much that it took nothing."""


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)  # nothing more can be written
NO_ROOM = "There is no room left to keep this file, or its folder cannot be written. Please try again later."


@dataclass(frozen=True)
class Stored:
    """A content in the folder; `head` is its beginning, for looking at its type."""

    sha256: str
    size: int
    head: bytes


@dataclass(frozen=True)
class Folder:
    """The uploads under `root`."""

    root: Path

    def path(self, sha256: str) -> Path:
        """Where a content lies."""
        if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
            raise ValueError("not a digest")
        return self.root / sha256[:2] / sha256[2:]

    def put(self, stream: IO[bytes], *, limit: int = MAX_BYTES) -> Stored:
        """Stores what the stream holds.

        Raises Invalid when it is empty or longer than `limit` bytes, Unavailable when the disk is full or not to be written.
        """
        try:
            return self._put(stream, limit)
        except OSError as error:
            if error.errno in FULL:
                raise errors.Unavailable(NO_ROOM) from error
            raise

    def _put(self, stream: IO[bytes], limit: int) -> Stored:
        waiting = private_files.folder(self.root / "incoming")
        with tempfile.NamedTemporaryFile(dir=waiting, delete=False) as file:
            try:
                stored = _copy(stream, file, limit)
                file.flush()
                os.fsync(file.fileno())
                self._place(Path(file.name), stored.sha256)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        self._trashed(stored.sha256).unlink(missing_ok=True)
        return stored

    def open(self, sha256: str) -> Path:
        """The path of a content that must be there, back from the trash if need be. Raises NotFound."""
        path = self.path(sha256)
        if not path.is_file() and not self._restore(sha256):
            raise errors.NotFound("The content of this file is not there any more.")
        return path

    def holds(self, sha256: str) -> bool:
        """Whether a content is there, be it in the trash."""
        return self.path(sha256).is_file() or self._trashed(sha256).is_file()

    def where(self, sha256: str) -> Path:
        """Where a content lies just now, be it in the trash."""
        path = self.path(sha256)
        return path if path.is_file() else self._trashed(sha256)

    def has_contents(self) -> bool:
        """Whether there is any content at all, be it in the trash."""
        return any(True for _ in self._contents()) or any((self.root / TRASH).glob("*"))

    def remove(self, sha256: str) -> None:
        """Takes a content away for good, from the trash too."""
        self.path(sha256).unlink(missing_ok=True)
        self._trashed(sha256).unlink(missing_ok=True)

    def sweep(self, wanted: Iterable[str], *, now: datetime) -> int:
        """Moves contents that are in nobody's list and older than a day to the trash, for `GRACE`; gives how many.

        A younger one may belong to a transaction that has not committed yet. What is wanted again comes back; what has
        lain in the trash for `GRACE` goes for good, and so do uploads that broke off. Raises TooMany when more than
        `FEW` and more than one in `SHARE` would go, and moves none then: no office forgets so much in a day.
        """
        kept = set(wanted)
        self._empty_trash(kept, now)
        _remove_old(self.root.glob("incoming/*"), now - YOUNG)
        contents = list(self._contents())
        loose = [path for path in contents if path.parent.name + path.name not in kept and _is_older(path, now - YOUNG)]
        if len(loose) > FEW and len(loose) * SHARE > len(contents):
            raise TooMany(
                "%(count)s of %(total)s uploaded files belong to no case any more. None was removed, as so many at once point"
                " to a mistake. Please have the data folder and the database checked.",
                count=len(loose),
                total=len(contents),
            )
        for path in loose:
            self._throw_away(path, now)
        return len(loose)

    def _contents(self) -> Iterator[Path]:
        return self.root.glob("??/*")

    def _trashed(self, sha256: str) -> Path:
        path = self.path(sha256)
        return self.root / TRASH / (path.parent.name + path.name)

    def _throw_away(self, path: Path, now: datetime) -> None:
        target = private_files.folder(self.root / TRASH) / (path.parent.name + path.name)
        os.utime(path, (now.timestamp(),) * 2)  # its grace begins
        os.replace(path, target)

    def _empty_trash(self, kept: Collection[str], now: datetime) -> None:
        for path in (self.root / TRASH).glob("*"):
            if path.name in kept:
                self._restore(path.name)
            elif _is_older(path, now - GRACE):
                path.unlink(missing_ok=True)

    def _restore(self, sha256: str) -> bool:
        trashed = self._trashed(sha256)
        if not trashed.is_file():
            return False
        self._place(trashed, sha256)
        return True

    def _place(self, source: Path, sha256: str) -> None:
        target = self.path(sha256)
        private_files.folder(target.parent)
        os.replace(source, target)  # also over the same content, whose age begins anew
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def folder_of(session: Session) -> Folder:
    """The folder of the installation. Raises Unavailable where the database was opened without one."""
    data = session.info.get("data")
    if data is None:
        raise errors.Unavailable("There is no folder for files here.")
    return Folder(Path(data) / "files")


def _is_older(path: Path, than: datetime) -> bool:
    return path.stat().st_mtime < than.timestamp()


def _remove_old(paths: Iterable[Path], than: datetime) -> None:
    for path in paths:
        if _is_older(path, than):
            path.unlink(missing_ok=True)


def _copy(stream: IO[bytes], target: IO[bytes], limit: int) -> Stored:
    digest, size, head = hashlib.sha256(), 0, b""
    while chunk := stream.read(CHUNK):
        head = head or chunk[:HEAD]
        size += len(chunk)
        if size > limit:
            raise errors.Invalid("The file is larger than %(most)s MB.", most=limit // (1024 * 1024))
        digest.update(chunk)
        target.write(chunk)
    if not size:
        raise errors.Invalid("The file is empty.")
    return Stored(digest.hexdigest(), size, head)
