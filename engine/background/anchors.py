"""Anchors: what histories and logs looked like on a day, signed and written outside the database, for `banjie verify` to compare."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import simplejson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from engine import errors
from engine.basics import private_files

KEY_FILE = "anchor-key"
ANCHORS_FILE = "anchors.jsonl"
SEED_BYTES = 32
BLOCK = 64 * 1024
Line = dict[str, Any]


class Anchors:
    """The file of anchors and the key that signs them.

    Each line is JSON: `n` counts them, `before` is the digest of the line before, `signature` covers all the rest. The
    file is only ever appended to, so that it may lie on a disk of its own; it never depends on the installation's secret.
    """

    def __init__(self, path: Path, key: Ed25519PrivateKey) -> None:
        self.path, self._key = path, key
        self.public_key = key.public_key().public_bytes_raw().hex()

    def append(self, content: Mapping[str, Any], *, before: Line | None) -> Line:
        """Signs one more line after `before` (None: the first) and writes it to the disk."""
        line = {
            "n": before["n"] + 1 if before else 1,
            "before": digest(before) if before else "",
            **content,
            "key": self.public_key,
        }
        line["signature"] = self._key.sign(_text(line)).hex()
        private_files.folder(self.path.parent)
        torn = self.path.exists() and not _ends_with_newline(self.path)
        with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, private_files.FILE), "ab") as file:
            file.write((b"\n" if torn else b"") + _text(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return line

    def last(self) -> Line | None:
        """The newest line, None when there is none yet; a line that a crash has torn was never one."""
        if not self.path.exists():
            return None
        return next((line for text in _backwards(self.path) if (line := _read(text)) is not None), None)

    def lines(self) -> Iterator[Line]:
        """All lines, the oldest first."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            yield from (line for text in file if (line := _read(text)) is not None)

    def texts(self, last: int) -> Iterator[bytes]:
        """The lines up to the one of that number, as they stand in the file."""
        with self.path.open("rb") as file:
            yield from (text for text in file if (line := _read(text)) is not None and line["n"] <= last)

    def is_signed(self, line: Line) -> bool:
        """Whether this installation's key has signed the line as it stands."""
        unsigned = {name: value for name, value in line.items() if name != "signature"}
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public_key)).verify(
                bytes.fromhex(str(line.get("signature"))), _text(unsigned)
            )
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Log:
    """How far a log is anchored: up to the row `through`, `count` rows in all, with their running digest."""

    through: int = 0
    count: int = 0
    digest: str = ""

    def after(self, row: Mapping[str, Any]) -> Log:
        """The log with one more row; the digest covers all that came before."""
        text = simplejson.dumps({**row, "before": self.digest}, sort_keys=True, use_decimal=True, default=_plain)
        return Log(row["key"], self.count + 1, hashlib.sha256(text.encode()).hexdigest())

    @property
    def stored(self) -> list[Any]:
        """As it stands in a line."""
        return [self.through, self.count, self.digest]


def digest(line: Line) -> str:
    """The SHA-256 of a line, its signature included."""
    return hashlib.sha256(_text(line)).hexdigest()


def opened(data: Path, *, path: Path | None = None, key: str = "") -> Anchors:
    """The anchors of an installation: `path` and `key` (base64 of 32 bytes), or the files of the data folder.

    The key file is made once, readable only by its owner. Raises Invalid for a key that is none.
    """
    text = key or _own_key(data / KEY_FILE)
    try:
        seed = base64.b64decode(text.strip(), validate=True)
        private = Ed25519PrivateKey.from_private_bytes(seed)
    except ValueError as error:
        raise errors.Invalid("The key of the anchors must be 32 bytes in base64.") from error
    return Anchors(path or data / ANCHORS_FILE, private)


def _own_key(path: Path) -> str:
    private_files.folder(path.parent)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, private_files.FILE), "w") as file:
            file.write(base64.b64encode(os.urandom(SEED_BYTES)).decode())
    except FileExistsError:
        pass
    return path.read_text()


def _text(line: Mapping[str, Any]) -> bytes:
    return simplejson.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _read(text: bytes) -> Line | None:
    try:
        line = simplejson.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and isinstance(line.get("n"), int) else None


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        return file.read(1) in (b"\n", b"")


def _backwards(path: Path) -> Iterator[bytes]:
    """The lines of a file from its end, without reading what lies before them."""
    with path.open("rb") as file:
        place, rest = file.seek(0, os.SEEK_END), b""
        while place:
            size = min(BLOCK, place)
            place -= size
            file.seek(place)
            rest, *whole = (file.read(size) + rest).split(b"\n")
            yield from reversed(whole)
        yield rest


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    raise TypeError(f"no column of a log holds a {type(value).__name__}")
