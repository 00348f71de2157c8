"""A secret that is lost, wrong or weak is noticed at start, not when the first record cannot be read."""

from __future__ import annotations

import re

import pytest

from engine import errors
from engine.records import versions
from engine.records.secret import secret_proof, secret_rotation
from engine.storage import database as databases
from engine.storage import installation, models
from engine.storage.vault import Vault
from tests.conftest import SECRETS_HASHER
from tests.engine import kit
from tests.engine.commands.office import SECRET, Place

OTHER = "another secret, also long enough to be one"


def seal(database: databases.Database, secret: str) -> None:
    with database.transaction() as session:
        record = models.CustomerRecord(key=7, company_id="acme", number="1", name="x", secrecy="内部", created_at=kit.NOW)
        session.add(record)
        session.flush()
        wrapped = Vault(secret).new_key(versions.key_about(record))
        session.add(models.RecordKey(record_key=7, company_id="acme", wrapped=wrapped))


def test_the_first_secret_is_the_one_that_counts(database: databases.Database) -> None:
    for _ in range(2):
        secret_proof.require(database, SECRET)
    for wrong in (OTHER, "", "secret"):
        with pytest.raises(errors.Invalid):
            secret_proof.require(database, wrong)


@pytest.mark.parametrize("weak", ["secret", "changeme", "a" * 64, "banjiebanjiebanjiebanjie", "1234567890123456789"])
def test_a_weak_secret_is_not_taken_over(database: databases.Database, weak: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        secret_proof.require(database, weak)
    assert refused.value.text == secret_proof.WEAK and not secret_proof.is_taken(database)
    secret_proof.require(database, SECRET)


def test_a_database_of_before_takes_over_only_the_secret_that_opens_its_records(database: databases.Database) -> None:
    seal(database, SECRET)
    with pytest.raises(errors.Invalid) as refused:
        secret_proof.require(database, OTHER)
    assert refused.value.text == secret_proof.WRONG
    secret_proof.require(database, SECRET)
    with pytest.raises(errors.Invalid):
        secret_proof.require(database, OTHER)


def test_a_weak_secret_of_before_starts_nothing_until_it_is_changed(database: databases.Database) -> None:
    seal(database, "secret")
    with pytest.raises(errors.Invalid):
        secret_proof.require(database, "secret")
    secret_proof.adopt(database, Vault("secret"))
    with pytest.raises(errors.Invalid, match="secret rotate"):
        secret_proof.require(database, "secret")
    secret_rotation.rotate(database, Vault("secret"), Vault(SECRET))
    secret_proof.require(database, SECRET)


def test_what_the_database_keeps_of_the_secret_is_slow_to_guess_and_opens_nothing(
    database: databases.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret_proof, "_hasher", SECRETS_HASHER)
    secret_proof.require(database, SECRET)
    kept = installation.mark_of(database, installation.SECRET) or ""
    memory, rounds = re.findall(r"m=(\d+),t=(\d+)", kept)[0]
    assert kept.startswith("$argon2id$") and int(memory) >= 65_536 and int(rounds) >= 3
    assert SECRET not in kept and Vault(SECRET).proof not in kept and Vault(SECRET).signing_key not in kept


@pytest.mark.parametrize("command", ["deploy", "demo", "serve", "worker", "mail"])
def test_commands_do_not_start_with_a_wrong_or_lost_secret(
    place: Place, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place.make()
    place.database().close()
    place.set(BANJIE_SECRET_KEY=OTHER)
    assert place.run(command) == 1
    assert "BANJIE_SECRET_KEY is not the secret" in capsys.readouterr().err
    place.set(BANJIE_SECRET_KEY="")
    (place.data / "secret-key").unlink()
    for _ in range(2):
        assert place.run("migrate") == 0  # it makes no second secret either
        assert place.run(command) == 1
        assert "secret is missing" in capsys.readouterr().err


def test_a_new_installation_without_a_secret_gets_one_that_only_its_owner_reads(place: Place) -> None:
    assert place.run("init") == 0
    assert (place.data / "secret-key").stat().st_mode & 0o777 == 0o600
    assert place.run("verify") == 0


def test_checking_diagrams_makes_no_folder(place: Place) -> None:
    assert place.run("check", "nothing-like-it") == 1
    assert not place.data.exists()


def test_how_much_a_case_holds_reaches_every_session(place: Place) -> None:
    place.set(BANJIE_CASE_MEGABYTES="9")
    place.make()
    database = place.database()
    with database.reading() as session:
        assert session.info["case_megabytes"] == 9
    database.close()
