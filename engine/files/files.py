"""The folder of uploads: each content once, under its SHA-256, written so that a crash leaves all of it or nothing."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from sqlalchemy.orm import Session

from engine import errors

MAX_BYTES = 50 * 1024 * 1024
CHUNK = 1024 * 1024
HEAD = 512
YOUNG = timedelta(days=1)
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
        waiting = self.root / "incoming"
        waiting.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=waiting, delete=False) as file:
            try:
                stored = _copy(stream, file, limit)
                file.flush()
                os.fsync(file.fileno())
                self._place(Path(file.name), stored.sha256)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        return stored

    def open(self, sha256: str) -> Path:
        """The path of a content that must be there. Raises NotFound."""
        path = self.path(sha256)
        if not path.is_file():
            raise errors.NotFound("The content of this file is not there any more.")
        return path

    def sweep(self, wanted: Iterable[str], *, now: datetime) -> int:
        """Removes contents that are in nobody's list and older than a day; gives how many.

        A younger one may belong to a transaction that has not committed yet.
        """
        kept, removed = set(wanted), 0
        for path in [*self.root.glob("??/*"), *self.root.glob("incoming/*")]:
            is_old = path.stat().st_mtime < (now - YOUNG).timestamp()
            if is_old and path.parent.name + path.name not in kept:
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    def _place(self, source: Path, sha256: str) -> None:
        target = self.path(sha256)
        target.parent.mkdir(exist_ok=True)
        os.replace(source, target)  # also over the same content, whose age begins anew
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def of(session: Session) -> Folder:
    """The folder of the installation. Raises Unavailable where the database was opened without one."""
    data = session.info.get("data")
    if data is None:
        raise errors.Unavailable("There is no folder for files here.")
    return Folder(Path(data) / "files")


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
