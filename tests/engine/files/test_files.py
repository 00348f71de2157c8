"""Uploads: whole or not at all, once per content, never outside their folder."""

import io
import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import errors
from engine.files import file_types
from engine.files.files import Folder, TooMany

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path) -> Folder:
    return Folder(tmp_path / "files")


def contents(folder: Folder) -> list:
    return sorted(path for path in folder.root.rglob("*") if path.is_file())


def test_a_content_is_stored_once_under_its_digest(folder) -> None:
    first, second = (folder.put(io.BytesIO(b"content")) for _each in range(2))
    assert first == second and first.size == 7 and contents(folder) == [folder.path(first.sha256)]
    assert folder.open(first.sha256).read_bytes() == b"content"


def test_a_file_that_is_empty_or_too_large_leaves_nothing_behind(folder) -> None:
    for stream in (io.BytesIO(), io.BytesIO(b"x" * 2_000_001)):
        with pytest.raises(errors.Invalid):
            folder.put(stream, limit=2_000_000)
    assert contents(folder) == []


def test_an_upload_that_breaks_off_leaves_nothing_behind(folder) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise OSError("connection reset")
            return super().read(3)

    with pytest.raises(OSError):
        folder.put(Broken(b"content"))
    assert contents(folder) == []


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 65, "/" * 64, "g" * 64])
def test_only_a_digest_is_a_path(folder, digest: str) -> None:
    with pytest.raises(ValueError):
        folder.path(digest)


def test_a_content_that_is_gone_is_not_found(folder) -> None:
    with pytest.raises(errors.NotFound):
        folder.open("a" * 64)


def test_sweeping_removes_only_what_is_old_and_in_nobodys_list(folder) -> None:
    kept, old, young = (folder.put(io.BytesIO(text)).sha256 for text in (b"kept", b"old", b"young"))
    for digest in (kept, old):
        os.utime(folder.path(digest), ((NOW - timedelta(days=2)).timestamp(),) * 2)
    os.utime(folder.path(young), (NOW.timestamp(),) * 2)
    assert folder.sweep([kept], now=NOW) == 1
    assert {path.parent.name + path.name for path in folder.root.glob("??/*")} == {kept, young}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("报价单.pdf", "报价单.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\合同.docx", "合同.docx"),
        ("a\x00b\r\n.pdf", "ab.pdf"),
        ("fdp.\u202eexe.txt", "fdp.exe.txt"),
        (" . 名.pdf . ", "名.pdf"),
        ('a<b>:"|?*.pdf', "a_b______.pdf"),
        ("e\u0301.pdf", "\u00e9.pdf"),
        ("x" * 300 + ".pdf", "x" * 139 + ".pdf"),
    ],
)
def test_a_name_is_kept_without_what_does_not_belong_there(given: str, kept: str) -> None:
    assert file_types.clean_name(given) == kept


@pytest.mark.parametrize("name", ["", "..", "/", "\x00", "a/", "\u202e", " . "])
def test_a_name_of_which_nothing_is_left_is_refused(name: str) -> None:
    with pytest.raises(errors.Invalid):
        file_types.clean_name(name)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_no_name_is_a_path_or_too_long(name: str) -> None:
    try:
        kept = file_types.clean_name(name)
    except errors.Invalid:
        return
    assert 0 < len(kept) <= file_types.MAX_NAME and not set("/\\\0\r\n") & set(kept) and kept not in (".", "..")


@pytest.mark.parametrize(
    ("name", "head", "found"),
    [
        ("a.pdf", b"%PDF-1.7", "application/pdf"),
        ("a.PNG", b"\x89PNG\r\n", "image/png"),
        ("a.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.xlsx", b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.txt", "中文".encode("gbk"), "text/plain"),
        ("a.csv", b"\xff\xfea\0", "text/csv"),
        ("a.dwg", b"AC1027", "application/octet-stream"),
        ("a", b"x", "application/octet-stream"),
    ],
)
def test_a_type_is_known_by_name_and_content(name: str, head: bytes, found: str) -> None:
    assert file_types.media_type(name, head) == found


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("a.exe", b"x"),
        ("a.pdf", b"MZ\x90"),
        ("a.bin", b"\x7fELF"),
        ("run", b"#!/bin/sh"),
        ("a.svg", b"<svg"),
        ("a.html", b"<p>"),
        ("a.JS", b"x"),
        ("a.pdf", b"<script>"),
        ("a.png", b"%PDF-"),
        ("a.docx", b"\xd0\xcf\x11\xe0"),
        ("a.txt", b"a\0b"),
    ],
)
def test_programs_pages_and_disguises_are_refused(name: str, head: bytes) -> None:
    with pytest.raises(errors.Invalid):
        file_types.media_type(name, head)


def aged(folder: Folder, text: bytes) -> str:
    """A content that was handed in two days ago."""
    sha256 = folder.put(io.BytesIO(text)).sha256
    os.utime(folder.path(sha256), ((NOW - timedelta(days=2)).timestamp(),) * 2)
    return sha256


def test_what_is_swept_lies_in_the_trash_for_thirty_days(folder) -> None:
    old = aged(folder, b"old")
    assert folder.sweep([], now=NOW) == 1 and not folder.path(old).exists()
    folder.sweep([], now=NOW + timedelta(days=29))
    assert folder.holds(old)
    folder.sweep([], now=NOW + timedelta(days=31))
    assert not folder.holds(old) and contents(folder) == []


def test_a_content_that_is_asked_for_comes_back_from_the_trash(folder) -> None:
    old = aged(folder, b"old")
    folder.sweep([], now=NOW)
    assert folder.open(old).read_bytes() == b"old"
    assert contents(folder) == [folder.path(old)]


def test_a_content_that_is_in_a_list_again_comes_back_from_the_trash(folder) -> None:
    old = aged(folder, b"old")
    folder.sweep([], now=NOW)
    folder.sweep([old], now=NOW + timedelta(days=365))
    assert contents(folder) == [folder.path(old)]


def test_a_content_that_is_handed_in_again_is_there_once(folder) -> None:
    old = aged(folder, b"old")
    folder.sweep([], now=NOW)
    assert folder.put(io.BytesIO(b"old")).sha256 == old
    assert contents(folder) == [folder.path(old)]


def test_a_content_that_is_destroyed_is_destroyed_in_the_trash_too(folder) -> None:
    old = aged(folder, b"old")
    folder.sweep([], now=NOW)
    folder.remove(old)
    assert contents(folder) == []


@pytest.mark.parametrize(
    ("loose", "kept", "taken"), [(20, 0, 20), (21, 0, None), (21, 188, None), (21, 189, 21), (25, 225, 25)]
)
def test_a_sweep_takes_all_or_when_it_is_more_than_twenty_and_a_tenth_nothing(folder, loose: int, kept: int, taken) -> None:
    wanted = [aged(folder, f"kept {number}".encode()) for number in range(kept)]
    for number in range(loose):
        aged(folder, f"loose {number}".encode())
    if taken is None:
        with pytest.raises(TooMany):
            folder.sweep(wanted, now=NOW)
        assert len(list(folder.root.glob("??/*"))) == loose + kept
    else:
        assert folder.sweep(wanted, now=NOW) == taken


def test_uploads_that_broke_off_go_for_good(folder) -> None:
    kept = folder.put(io.BytesIO(b"kept")).sha256
    (folder.root / "incoming" / "tmp1").write_bytes(b"half")
    folder.sweep([kept], now=datetime.now(UTC) + timedelta(days=2))
    assert contents(folder) == [folder.path(kept)]
