"""The drill: an installation is backed up while people work, lost, and brought back whole on both databases."""

from __future__ import annotations

import os
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine import errors
from engine.background import backups
from engine.files import belonging
from engine.files.files import Folder
from engine.people import actors
from engine.records import records
from engine.records.records import NewRecord
from engine.storage import installation, models
from tests import cast as casting
from tests import postgres
from tests.conftest import POSTGRES
from tests.engine import kit
from tests.engine.commands.office import Place, upload

Elsewhere = Callable[[], None]


ON_BOTH = pytest.mark.parametrize("elsewhere", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, place: Place, tmp_path: Path) -> Elsewhere:
    """Moves to an empty place for another installation; the first is made at once."""
    count, kind = 0, getattr(request, "param", "sqlite")

    def move() -> None:
        nonlocal count
        count += 1
        place.data = tmp_path / f"data{count}"
        url = "" if kind == "sqlite" else postgres.create_database(os.environ[POSTGRES])
        place.set(BANJIE_DATA=str(place.data), BANJIE_DATABASE_URL=url)

    move()
    assert place.run("init") == 0
    return move


def work(place: Place, count: int) -> None:
    """Cases, each with an upload, and as many records."""
    database = place.database()
    with database.reading() as session:
        clerk = actors.load(session, "acme", "clerk")
    if clerk is None:
        cast = casting.assemble(database)
        kit.deploy(database, cast.owner, *kit.two_steps())
        clerk = cast.clerk
    for number in range(count):
        key = kit.begin(database, clerk, "two_steps", {"subject": str(number)})
        about = {"company_id": "acme", "name": "x.pdf", "media_type": "x", "size": 8, "uploaded_at": kit.NOW}
        with database.transaction("acme") as session:
            sha256 = upload(place.data, os.urandom(8))
            session.add(models.Attachment(sha256=sha256, instance_key=key, uploaded_by="clerk", **about))
            records.create(session, actors.SYSTEM("acme"), NewRecord(f"客户{key}", "内部", {"n": number}), now=kit.NOW)
    database.close()


def counted(place: Place) -> list[int]:
    database = place.database()
    found = [len(kit.rows(database, each)) for each in (models.ProcessInstance, models.Attachment, models.CustomerRecord)]
    database.close()
    return found


@ON_BOTH
def test_an_installation_comes_back_whole_from_its_backup(
    place: Place, elsewhere: Elsewhere, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work(place, 3)
    upload(place.data, b"of no case")
    file = tmp_path / "banjie.tar.gz"
    assert place.run("backup", str(file), "--with-secret") == 0
    assert file.stat().st_mode & 0o777 == 0o600
    elsewhere()
    assert place.run("restore", str(file)) == 0
    assert counted(place) == [3, 3, 3]
    capsys.readouterr()
    assert place.run("verify", "--files") == 0, capsys.readouterr()
    assert len(list((place.data / "files").glob("??/*"))) == 3
    assert [str(each) for each in [place.data, *place.data.rglob("*")] if each.stat().st_mode & 0o077] == []
    assert sorted(each.name for each in tmp_path.iterdir() if each.name.startswith(".")) == []


@ON_BOTH
def test_what_is_brought_back_is_another_installation_and_neither_s_folder_passes_for_the_other_s(
    place: Place, elsewhere: Elsewhere, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work(place, 1)
    before, folder = belonging.folder_id(place.data), place.data
    file = tmp_path / "banjie.tar.gz"
    assert place.run("backup", str(file), "--with-secret") == 0
    elsewhere()
    assert place.run("restore", str(file)) == 0
    database = place.database()
    with database.reading() as session:
        own, origin = (installation.mark(session, each) for each in (installation.ID, installation.RESTORED))
    assert own == belonging.folder_id(place.data) != before and str(origin).startswith(f"{before} ")
    assert place.data != folder
    with pytest.raises(errors.Conflict):
        belonging.check(database, folder)
    database.close()


def test_what_is_in_use_is_never_overwritten_by_a_backup(
    place: Place, elsewhere: Elsewhere, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work(place, 1)
    file = tmp_path / "banjie.tar"
    assert place.run("backup", str(file)) == 0
    taken = file.read_bytes()
    assert place.run("backup", str(file)) == 1 and file.read_bytes() == taken
    assert place.run("restore", str(file)) == 1
    assert counted(place) == [1, 1, 1]
    elsewhere()
    place.data.mkdir()
    (place.data / "something").write_text("")
    assert place.run("restore", str(file)) == 1
    assert [each.name for each in place.data.iterdir()] == ["something"]
    assert str(place.data) in capsys.readouterr().err


def test_without_the_secret_a_backup_opens_no_record_until_it_is_put_back(
    place: Place, elsewhere: Elsewhere, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work(place, 1)
    file, former = tmp_path / "banjie.tar", place.data
    secret = (former / "secret-key").read_text()
    assert place.run("backup", str(file)) == 0
    assert secret.encode() not in file.read_bytes()
    elsewhere()
    assert place.run("restore", str(file)) == 0
    assert "secret-key and anchor-key" in capsys.readouterr().out
    assert place.run("verify") == 1 and "secret is missing" in capsys.readouterr().err
    for name in ("secret-key", "anchor-key"):
        (place.data / name).write_bytes((former / name).read_bytes())
    assert place.run("verify", "--files") == 0


@ON_BOTH
def test_rows_and_uploads_of_a_backup_are_of_one_moment_while_people_go_on_working(
    place: Place, elsewhere: Elsewhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the rows are being copied others write: neither waits, and what they add is in none of the tables."""
    work(place, 2)
    write_anchors = backups._write_anchors

    def meanwhile(*given: Any) -> None:
        writing = threading.Thread(target=work, args=(place, 2))
        writing.start()
        writing.join()
        write_anchors(*given)

    with monkeypatch.context() as patch:
        patch.setattr(backups, "_write_anchors", meanwhile)
        assert place.run("backup", str(tmp_path / "banjie.tar"), "--with-secret") == 0
    assert counted(place) == [4, 4, 4]
    elsewhere()
    assert place.run("restore", str(tmp_path / "banjie.tar")) == 0
    assert counted(place) == [2, 2, 2]
    assert place.run("verify", "--files") == 0


def test_a_damaged_file_brings_nothing_back(
    place: Place, elsewhere: Elsewhere, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work(place, 1)
    file = tmp_path / "banjie.tar"
    assert place.run("backup", str(file)) == 0
    with tarfile.open(file) as packed:
        places = {each.name: (each.offset_data, each.size) for each in packed if each.isfile()}
    content = file.read_bytes()
    elsewhere()
    targets = [name for name in places if name.startswith("files/")] + [name for name in places if name.startswith("database/")]
    for name in [*targets[:1], *targets[-1:]]:
        at, _size = places[name]
        file.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert place.run("restore", str(file)) == 1
        assert name in capsys.readouterr().err
    for wrong in (b"", b"no backup", content[: len(content) // 2]):
        file.write_bytes(wrong)
        assert place.run("restore", str(file)) == 1
    assert not place.data.exists()


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_an_upload_that_is_gone_or_was_changed_is_told(place: Place, harm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.run("init") == 0
    work(place, 2)
    [one, _other] = (place.data / "files").glob("??/*")
    one.unlink() if harm == "gone" else one.write_bytes(b"changed")
    assert place.run("verify") == 0
    capsys.readouterr()
    assert place.run("verify", "--files") == 1
    told = capsys.readouterr().out
    assert one.parent.name + one.name in told and "1 faults" in told


def test_what_a_backup_misses_is_told(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.run("init") == 0
    work(place, 2)
    [one, _other] = Folder(place.data / "files").root.glob("??/*")
    one.unlink()
    assert place.run("backup", str(tmp_path / "b.tar")) == 0
    assert one.parent.name + one.name in capsys.readouterr().out
