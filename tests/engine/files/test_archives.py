"""Archives are looked into at every depth, for staff and for strangers, and no archive makes the looking endless."""

from __future__ import annotations

import io
import zipfile

import pytest

from engine import errors
from engine.files import archives, attachments, file_types
from engine.intake import filing
from engine.storage import models
from tests.engine import kit

EXE = b"MZ\x90 program"


def packed(**files: bytes) -> bytes:
    """A ZIP of these files; in a name `__` stands for a point."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return stream.getvalue()


def look(name: str, content: bytes, *, is_stranger: bool = False) -> None:
    archives.look_inside(name, io.BytesIO(content), is_stranger=is_stranger)


def encrypted(content: bytes) -> bytes:
    """The archive with the mark of encryption on all its files."""
    for start, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(start)
        while at >= 0:
            content = content[: at + place] + bytes([content[at + place] | 1]) + content[at + place + 1 :]
            at = content.find(start, at + 4)
    return content


HOSTILE = {
    "a program": packed(a__exe=EXE),
    "a program by another name": packed(photo__jpg=EXE),
    "a program in a ZIP": packed(inner__zip=packed(a__exe=EXE)),
    "a program in a ZIP by another name": packed(inner__dat=packed(a__scr=b"x")),
    "a program three deep": packed(a__zip=packed(b__zip=packed(c__lnk=b"x"))),
    "more depth than is looked into": packed(a__zip=packed(b__zip=packed(c__zip=packed(d__txt=b"x")))),
    "a closed archive": packed(a__rar=b"Rar!"),
    "an encrypted ZIP in a ZIP": encrypted(packed(a__zip=packed(b__txt=b"x"))),
    "an encrypted program": encrypted(packed(a__exe=EXE)),
    "macros": packed(**{"word/vbaProject__bin": b"x"}),
    "a shortcut with points behind": packed(**{"a__lnk__ ": b"x"}),
    "too many files": packed(**{str(n): b"" for n in range(2001)}),
    "too many files together": packed(a__zip=packed(**{str(n): b"" for n in range(1500)}), b__zip=packed(**{str(n): b"" for n in range(600)})),
    "damaged": packed(a__txt=b"x" * 100)[:-30],
    "a bomb": packed(a__zip=packed(b__zip=b"PK\x03\x04" + bytes(archives.MAX_UNPACKED))),
}  # fmt: skip


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("is_stranger", [False, True])
def test_what_is_hidden_in_an_archive_is_found(content: bytes, is_stranger: bool) -> None:
    with pytest.raises(errors.Invalid):
        look("a.zip", content, is_stranger=is_stranger)


@pytest.mark.parametrize(
    "content",
    [
        packed(),
        packed(a__pdf=b"%PDF", b__dwg=b"AC1027"),
        packed(a__zip=packed(b__txt=b"x")),
        packed(report__docx=packed(**{"word/document__xml": b"<w/>", "word/embeddings/a__xlsx": packed(**{"xl/a__xml": b""})})),
        encrypted(packed(a__pdf=b"%PDF")),
    ],
)
def test_what_is_harmless_is_taken_and_left_at_its_beginning(content: bytes) -> None:
    stream = io.BytesIO(content)
    archives.look_inside("a.zip", stream, is_stranger=True)
    assert stream.tell() == 0


def test_an_old_document_with_macros_is_not_taken_from_strangers() -> None:
    content = b"\xd0\xcf\x11\xe0" + bytes(5000) + "_VBA_PROJECT".encode("utf-16-le")
    look("a.xls", content)
    with pytest.raises(errors.Invalid):
        look("a.xls", content, is_stranger=True)


@pytest.mark.parametrize("ending", ["iso", "chm", "docm", "xlsm", "url", "lnk", "ISO", "msi", "vhdx", "hta", "xll", "svgz"])
def test_staff_cannot_hand_in_what_a_system_runs_or_mounts(database, cast, now, tmp_path, ending: str) -> None:
    database.surroundings["data"] = tmp_path
    for content in (b"harmless", packed(a__txt=b"x")):
        with pytest.raises(errors.Invalid), database.transaction("acme") as session:
            attachments.store(session, cast.clerk, None, "f", f"a.{ending}", io.BytesIO(content), now=now)
    assert kit.rows(database, models.Attachment) == []


def test_staff_cannot_hand_in_an_archive_with_a_program_and_may_hand_in_one_of_drawings(database, cast, now, tmp_path) -> None:
    database.surroundings["data"] = tmp_path
    with pytest.raises(errors.Invalid), database.transaction("acme") as session:
        content = HOSTILE["a program in a ZIP"]
        attachments.store(session, cast.clerk, None, "f", "设计稿.zip", io.BytesIO(content), now=now)
    with database.transaction("acme") as session:
        attachments.store(session, cast.clerk, None, "f", "设计稿.zip", io.BytesIO(packed(a__psd=b"8BPS")), now=now)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (f"设计稿.{ending}", b"x")
        for ending in ("rar", "7z", "tar", "gz", "tgz", "bz2", "xz", "zst", "cab", "RAR", "part1.rar", "rar.")
    ]
    + [
        ("a.dat", start + bytes(20))
        for start in (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00")
    ],
)
def test_an_archive_that_cannot_be_looked_into_is_taken_from_nobody(database, cast, now, tmp_path, name, content) -> None:
    database.surroundings["data"] = tmp_path
    with pytest.raises(errors.Invalid, match="as ZIP"), database.transaction("acme") as session:
        attachments.store(session, cast.clerk, None, "f", name, io.BytesIO(content), now=now)
    with pytest.raises(errors.Invalid):
        look("a.zip", packed(**{name: content}))
    assert kit.rows(database, models.Attachment) == []


@pytest.mark.parametrize("name", ["a.rar", "a.7z", "a.dwg", "a.exe", "a", "a.tar.gz", "a.iso"])
def test_strangers_hand_in_only_known_types_that_can_be_looked_into(database, cast, now, tmp_path, name: str) -> None:
    database.surroundings["data"] = tmp_path
    assert not file_types.is_known(name)
    with pytest.raises(errors.Invalid), database.transaction("acme") as session:
        filing.store(session, "acme", "r" * 30, "f", name, io.BytesIO(b"Rar!\x1a"), now=now)
