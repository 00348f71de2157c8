"""Looks into packed files and into archives within archives, as far as it may take, for what nobody may hand in."""

from __future__ import annotations

import tempfile
import zipfile
from typing import IO

from engine import errors
from engine.basics import zips
from engine.files import file_types

MAX_PACKED = 2000  # files in all archives of an upload together
MAX_DEPTH = 3
MAX_UNPACKED = 100 * 1024 * 1024  # octets of inner archives, which alone are unpacked
HEAD = 16
READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
PROGRAMS = "%(name)s holds programs or macros, which cannot be handed in."
CLOSED = "%(name)s holds an archive that cannot be looked into."
CLOSED_ITSELF = "%(name)s is an archive that cannot be looked into. Please pack the files as ZIP."
TOO_MUCH = "%(name)s holds too many files."
NOT_AS_NAMED = "The content of %(name)s is not what its name says."
DAMAGED = "The content of %(name)s is damaged."
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLD_MACROS = "_VBA_PROJECT".encode("utf-16-le")  # an entry of the directory of a .doc, .xls or .ppt with macros
_CHUNK = 1024 * 1024


def look_inside(name: str, stream: IO[bytes], *, is_stranger: bool = False) -> None:
    """Refuses an upload that is packed and holds programs or macros, at whatever depth, or is or holds a closed archive.

    A closed one cannot be looked into (`file_types.CLOSED`). A packed document must hold what its name says; a stranger's old document no macros. Raises Invalid. The stream is
    left at its beginning.
    """
    stream.seek(0)
    head = stream.read(HEAD)
    is_packed = head.startswith(_ZIP)
    ending = _ending(name)
    try:
        if file_types.is_closed(name, head):
            raise errors.Invalid(CLOSED_ITSELF, name=name)
        if is_packed or ending in file_types.INSIDE or ending == "zip":
            _Look(name).into(name, stream, 1)
        elif is_stranger and _holds(stream, _OLD_MACROS):
            raise errors.Invalid(PROGRAMS, name=name)
    finally:
        stream.seek(0)


class _Look:
    """One upload's bounds, shared by all archives within it."""

    def __init__(self, name: str) -> None:
        self.name, self.files, self.octets = name, 0, 0

    def into(self, name: str, stream: IO[bytes], depth: int) -> None:
        """Looks into one archive, `depth` counted from the upload's own."""
        try:
            self._count(_counted(stream))
            stream.seek(0)
            with zipfile.ZipFile(stream) as archive:
                held = archive.infolist()
                needed = file_types.INSIDE.get(_ending(name))
                if needed and not any(each.filename.startswith(needed) for each in held):
                    raise self._refusal(NOT_AS_NAMED)
                for each in held:
                    self._member(archive, each, depth)
        except zips.BROKEN as error:
            raise self._refusal(DAMAGED) from error

    def _member(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, depth: int) -> None:
        is_closed = bool(member.flag_bits & 1) or member.compress_type not in READABLE
        head = b"" if is_closed or member.is_dir() else _head(archive, member)
        ending = _ending(member.filename)
        if file_types.is_program(member.filename, head):
            raise self._refusal(PROGRAMS)
        is_archive = head.startswith(_ZIP) or ending == "zip"
        if file_types.is_closed(member.filename, head) or (is_archive and (is_closed or depth == MAX_DEPTH)):
            raise self._refusal(CLOSED)
        if is_archive:
            self._unpacked(archive, member, depth)

    def _unpacked(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, depth: int) -> None:
        with tempfile.SpooledTemporaryFile(max_size=_CHUNK) as inner, archive.open(member) as packed:
            while chunk := packed.read(_CHUNK):
                self.octets += len(chunk)
                if self.octets > MAX_UNPACKED:
                    raise self._refusal(TOO_MUCH)
                inner.write(chunk)
            self.into(member.filename, inner, depth + 1)

    def _count(self, files: int) -> None:
        self.files += files
        if self.files > MAX_PACKED:
            raise self._refusal(TOO_MUCH)

    def _refusal(self, text: str) -> errors.Invalid:
        return errors.Invalid(text, name=self.name)


def _ending(name: str) -> str:
    return name.rstrip(" .").rpartition(".")[2].lower()


def _head(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as packed:
        return packed.read(HEAD)


def _holds(stream: IO[bytes], wanted: bytes) -> bool:
    stream.seek(0)
    tail = b""
    while chunk := stream.read(_CHUNK):
        if wanted in tail + chunk:
            return True
        tail = chunk[-len(wanted) :]
    return False


def _counted(stream: IO[bytes]) -> int:
    """How many entries the end record of a ZIP tells of, before any of them is read (a hostile one tells of millions)."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - 65_557))
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    return int.from_bytes(tail[at + 10 : at + 12], "little") if at >= 0 else 0
