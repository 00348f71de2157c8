"""A data folder and a database that do not belong together are never used together: the one would lose the other's files."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from engine import errors
from engine.background import housekeeping
from engine.files import belonging
from engine.files.files import Folder
from engine.storage import database as databases
from engine.storage import models
from tests import postgres
from tests.conftest import POSTGRES
from tests.engine import kit
from tests.engine.commands.office import Place, upload

COMMANDS = (
    ("migrate",),
    ("deploy",),
    ("demo",),
    ("run",),
    ("serve",),
    ("worker",),
    ("mail",),
    ("verify",),
    ("calendar", "pyproject.toml"),
    ("backup", "/nowhere"),
    ("export", "acme", "/nowhere"),
    ("secret", "rotate"),
    ("password", "acme", "clerk"),
)


def attachment(sha256: str) -> models.Attachment:
    return models.Attachment(
        company_id="acme", name="x.pdf", media_type="x", size=1, sha256=sha256, uploaded_at=kit.NOW, uploaded_by="kept"
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_no_command_takes_a_data_folder_of_another_database(
    place: Place, tmp_path: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.run("init") == 0
    place.set(BANJIE_DATABASE_URL=f"sqlite:///{tmp_path / 'other.sqlite'}", BANJIE_DATA=str(tmp_path / "other"))
    assert place.run("init") == 0
    place.set(BANJIE_DATA=str(place.data))
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("it became a server"))
    upload(place.data, b"%PDF-1.7")
    assert place.run(*command) == 1
    told = capsys.readouterr().err
    assert str(place.data) in told and "other.sqlite" in told
    assert (belonging.folder_id(place.data) or "?") in told and (belonging.folder_id(tmp_path / "other") or "?") in told
    assert len(list(place.data.glob("files/??/*"))) == 1


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_forgotten_database_url_is_noticed_before_any_table_is_made(
    place: Place, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place.set(
        BANJIE_DATABASE_URL=f"sqlite:///{tmp_path / 'real.sqlite'}"
        if kind == "sqlite"
        else postgres.create_database(os.environ[POSTGRES])
    )
    assert place.run("init") == 0
    place.set(BANJIE_DATABASE_URL="")
    assert place.run("init") == 1
    assert "BANJIE_DATABASE_URL" in capsys.readouterr().err
    with pytest.raises(errors.Conflict):
        place.database()
    fresh = databases.connect(f"sqlite:///{place.data / 'banjie.sqlite'}")
    with fresh.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0
    fresh.close()


def test_an_empty_database_leaves_the_uploads_of_before_ids_alone(place: Place) -> None:
    for number in range(11):
        upload(place.data, f"upload {number}".encode())
    for command in ("migrate", "worker", "run"):
        assert place.run(command) == 1
    assert len(list(place.data.glob("files/??/*"))) == 11


def test_the_data_folder_is_told_in_full(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert place.run("init") == 0
    assert f"Data folder: {place.data}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    "given",
    [{"BANJIE_DATA": "here"}, {"BANJIE_DATABASE_URL": "sqlite:///here.sqlite"}, {"BANJIE_ANCHORS": "here.jsonl"}],
    ids=lambda given: next(iter(given)),
)
def test_nothing_follows_the_folder_that_a_command_is_started_in(
    place: Place, given: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    place.set(**given)
    assert place.run("init") == 1
    assert next(iter(given)) in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [each for each in COMMANDS if each[0] != "run"], ids=lambda command: command[0])
def test_no_command_but_init_and_run_makes_an_installation(
    place: Place, tmp_path: Path, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.run(*command) == 1
    assert str(place.data) in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    place.data.mkdir()
    assert place.run(*command) == 1  # the folder alone is no installation
    assert list(place.data.iterdir()) == []


def test_a_folder_with_uploads_is_adopted_by_the_database_that_knows_some(database: databases.Database, tmp_path: Path) -> None:
    known, _lost = upload(tmp_path, b"known"), upload(tmp_path, b"left over")
    with pytest.raises(errors.Conflict):
        belonging.join(database, tmp_path)
    assert belonging.folder_id(tmp_path) is None
    with database.transaction() as session:
        session.add(attachment(known))
    belonging.join(database, tmp_path)
    belonging.join(database, tmp_path)
    assert belonging.folder_id(tmp_path)


def test_a_folder_without_uploads_suits_any_database(database: databases.Database, tmp_path: Path) -> None:
    for name in ("first", "second"):
        belonging.join(database, tmp_path / name)
    assert belonging.folder_id(tmp_path / "first") == belonging.folder_id(tmp_path / "second")


def test_a_folder_whose_uploads_all_lie_in_the_trash_is_not_empty(database: databases.Database, tmp_path: Path) -> None:
    upload(tmp_path, b"thrown away")
    Folder(tmp_path / "files").sweep([], now=kit.NOW.replace(year=9000))
    with pytest.raises(errors.Conflict):
        belonging.join(database, tmp_path)


def test_a_database_restored_from_before_ids_joins_its_folder_again(database: databases.Database, tmp_path: Path) -> None:
    (tmp_path / belonging.ID_FILE).write_text("of this folder")
    with pytest.raises(errors.Conflict):
        belonging.join(database, tmp_path)
    with database.transaction() as session:
        session.add(attachment(upload(tmp_path, b"known")))
    belonging.join(database, tmp_path)
    with database.reading() as session:
        assert session.query(models.Installation).one().value == "of this folder"


@pytest.mark.parametrize(("count", "is_told"), [(20, False), (21, True)])
def test_administrators_hear_of_a_sweep_that_would_take_too_much_and_it_takes_nothing(
    database: databases.Database, cast: object, tmp_path: Path, count: int, is_told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    database.surroundings["data"] = tmp_path
    for number in range(count):
        path = Folder(tmp_path / "files").path(upload(tmp_path, f"upload {number}".encode()))
        os.utime(path, ((kit.NOW - timedelta(days=2)).timestamp(),) * 2)
    for _ in range(2):
        with database.transaction() as session:
            housekeeping.daily(session, now=kit.NOW)
    incidents = kit.rows(database, models.Incident, kind="uploads")
    assert sorted(each.company_id for each in incidents) == (["acme", "elsewhere"] if is_told else [])
    assert [each.username for each in kit.rows(database, models.Notice, kind="incident")] == (["owner"] if is_told else [])
    assert len(list(tmp_path.glob("files/??/*"))) == (count if is_told else 0)
    assert (str(tmp_path) in caplog.text) == is_told
    for path in tmp_path.glob("files/??/*"):
        path.unlink()
    with database.transaction() as session:
        housekeeping.daily(session, now=kit.NOW)
    assert kit.rows(database, models.Incident, kind="uploads", state="open") == []
    database.surroundings.pop("data")
