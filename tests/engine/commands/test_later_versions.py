"""An older program on what a later one has worked with: every command refuses it with a sentence and leaves it as it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.storage import database as databases
from engine.storage import migrations
from tests.engine.commands.office import Place

OF_A_PLACE = ("init", "run", "demo", "migrate", "serve", "worker", "mail", "deploy", "verify", "backup /nowhere")
ON_COMPANIES = ("export acme /nowhere", "secret rotate", "password acme wang_wu", "calendar pyproject.toml")


@pytest.mark.parametrize("command", [*OF_A_PLACE, *ON_COMPANIES])
def test_a_database_of_a_later_version_is_refused_with_a_sentence_and_left_as_it_is(
    place: Place, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place.make()
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("it became a server"))
    of_a_later_version(place)
    before = (place.data / "banjie.sqlite").read_bytes()
    assert place.run(*command.split()) == 1
    told = capsys.readouterr().err
    assert "9999" in told and "later version" in told and "Traceback" not in told
    assert (place.data / "banjie.sqlite").read_bytes() == before


def of_a_later_version(place: Place) -> None:
    """The database as a later program leaves it: an older one that is started then is a downgrade."""
    later = databases.connect(f"sqlite:///{place.data / 'banjie.sqlite'}")
    with later.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    later.close()


def test_a_backup_of_a_later_version_brings_nothing_back(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place.make()
    file = tmp_path / "banjie.tar"
    of_a_later_version(place)
    with monkeypatch.context() as later:
        later.setattr(migrations, "require_known", lambda _revision: None)
        later.setattr(migrations, "head", lambda: "9999")
        assert place.run("backup", str(file)) == 0, capsys.readouterr().err
    place.set(BANJIE_DATA=str(tmp_path / "older"))
    assert place.run("restore", str(file)) == 1
    told = capsys.readouterr().err
    assert "9999" in told and "later version" in told and "Traceback" not in told
    assert not (tmp_path / "older").exists()
