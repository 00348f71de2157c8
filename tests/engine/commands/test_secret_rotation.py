"""`banjie secret rotate`: whatever ends it, one secret fits, every record can be read, and nobody is signed in any more."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import environment, errors
from engine.announcing import channels, configuring
from engine.commands.upkeep import secret_commands
from engine.people import actors
from engine.people.credentials import sign_ins
from engine.records import records, versions
from engine.records.records import NewRecord
from engine.records.secret import secret_proof, secret_rotation
from engine.signing_in import providers, second_factors
from engine.storage import database as databases
from engine.storage import models
from engine.storage.vault import Vault
from tests import cast as casting
from tests.engine import kit
from tests.engine.commands.office import SECRET, Place

OTHER = "another secret, also long enough to be one"
CONTENT = {"地址": "机密的"}


def record(database: databases.Database, name: str) -> int:
    with database.transaction("acme") as session:
        return records.create(session, actors.SYSTEM("acme"), NewRecord(name, "内部", CONTENT), now=kit.NOW).key


def read(database: databases.Database) -> list[object]:
    with database.reading() as session:
        rows = session.execute(select(models.CustomerRecord)).scalars().all()
        return [versions.open(session, each, 1)[1] for each in rows]


def wrapped(database: databases.Database) -> list[bytes]:
    with database.reading() as session:
        return list(session.execute(select(models.RecordKey.wrapped).order_by(models.RecordKey.record_key)).scalars())


@pytest.fixture
def filled(place: Place) -> casting.Cast:
    """An installation with two records, and somebody signed in."""
    assert place.run("init") == 0
    database = place.database()
    cast = casting.assemble(database)
    for name in ("甲", "乙"):
        record(database, name)
    with database.transaction() as session:
        sign_ins.begin(session, "acme", "clerk", now=kit.NOW)
        told = {"issuer": "https://login.acme.example", "client_id": "banjie"}
        providers.save(session, cast.owner, "way", "oidc", "统一登录", told, secret="the client's", now=kit.NOW)
        second_factors.begin(session, cast.clerk, now=kit.NOW)
    database.close()
    return cast


def test_all_records_can_be_read_with_the_new_secret_and_nobody_is_signed_in(place: Place, filled: casting.Cast) -> None:
    before = (place.data / "secret-key").read_text()
    assert place.run("secret", "rotate") == 0
    assert (place.data / "secret-key").read_text() != before and not (place.data / "secret-key.next").exists()
    assert (place.data / "secret-key").stat().st_mode & 0o777 == 0o600
    database = place.database()
    assert read(database) == [CONTENT] * 2
    with database.reading() as session:
        assert providers.provider_of(session, "acme", "way").secret == "the client's"
        assert second_factors.shown(session, filled.clerk) is not None
    assert kit.rows(database, models.SignIn) == [] and {each.session_epoch for each in kit.rows(database, models.Person)} == {1}
    database.close()
    place.set(BANJIE_SECRET_KEY=before)
    assert place.run("verify") == 1


@pytest.mark.parametrize("end", ["before the database is changed", "after the database is changed"])
def test_one_that_was_killed_leaves_an_installation_that_starts_and_can_be_taken_up_again(
    place: Place, filled: casting.Cast, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_given: object) -> None:
        raise Killed

    broken = (secret_rotation, "rotate") if end.startswith("before") else (environment, "take_next_secret")
    with monkeypatch.context() as patch:
        patch.setattr(*broken, killed)
        with pytest.raises(Killed):
            place.run("secret", "rotate")
    for _ in range(2):
        database = place.database()
        assert read(database) == [CONTENT] * 2
        database.close()
        assert place.run("secret", "rotate") == 0


def test_a_secret_of_the_environment_is_changed_to_one_that_is_given_too(
    place: Place, filled: casting.Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = (place.data / "secret-key").read_text()
    (place.data / "secret-key").unlink()
    place.set(BANJIE_SECRET_KEY=kept)
    assert place.run("secret", "rotate") == 1
    assert secret_commands.NEW in capsys.readouterr().err
    for wrong in ("weak", kept):
        place.set(BANJIE_NEW_SECRET_KEY=wrong)
        assert place.run("secret", "rotate") == 1
    place.set(BANJIE_NEW_SECRET_KEY=OTHER)
    assert place.run("secret", "rotate") == 0
    assert not list(place.data.glob("secret-key*"))
    place.set(BANJIE_SECRET_KEY=OTHER)
    database = place.database()
    assert read(database) == [CONTENT] * 2
    database.close()


def test_a_server_with_the_secret_of_before_wraps_no_record_that_nobody_could_read(
    database: databases.Database, cast: casting.Cast
) -> None:
    secret_proof.require(database, SECRET)
    with database.reading() as session:
        known = session.execute(select(models.Installation.value).where(models.Installation.name == "secret")).scalar()
    database.surroundings.update(vault=Vault(SECRET), secret_known=known)
    record(database, "甲")
    assert secret_rotation.rotate(database, Vault(SECRET), Vault(OTHER)) == 1
    with pytest.raises(errors.Unavailable, match="started again"):
        record(database, "乙")
    database.surroundings.update(vault=Vault(OTHER))
    assert read(database) == [CONTENT]


def test_the_secrets_of_channels_of_notices_are_wrapped_anew_too(database: databases.Database, cast: casting.Cast) -> None:
    database.surroundings.update(vault=Vault(SECRET))
    entered = channels.Entered("wecom", "群", True, (), {}, {"url": "https://chat.example/?key=1"})
    with database.transaction("acme") as session:
        key = configuring.save_channel(session, cast.owner, None, entered, now=kit.NOW)
    secret_rotation.rotate(database, Vault(SECRET), Vault(OTHER))
    database.surroundings.update(vault=Vault(OTHER))
    with database.reading("acme") as session:
        (row,) = channels.rows(session, "acme")
        assert (row.key, channels.opened(session, row).secrets["url"]) == (key, "https://chat.example/?key=1")


def test_a_key_that_the_old_secret_does_not_open_stops_it_and_nothing_has_changed(
    database: databases.Database, cast: casting.Cast
) -> None:
    secret_proof.require(database, SECRET)
    database.surroundings["vault"] = Vault(SECRET)
    record(database, "甲")
    database.surroundings["vault"] = Vault(OTHER)
    record(database, "乙")
    before = wrapped(database)
    with pytest.raises(errors.Unavailable):
        secret_rotation.rotate(database, Vault(SECRET), Vault("a third one, long enough to be a secret"))
    assert wrapped(database) == before
    secret_proof.require(database, SECRET)
