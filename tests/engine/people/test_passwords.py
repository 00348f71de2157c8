"""Signing in: right passwords open, everything else gets one answer, and guessing becomes slow."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from engine import errors
from engine.people import actors
from engine.people.credentials import passwords
from engine.storage import models
from tests.conftest import PRODUCTS_HASHER, PRODUCTS_NOBODY

SECRET = "correct horse 马"


@pytest.fixture(autouse=True)
def hashed(database, cast) -> None:
    with database.transaction() as session:
        session.execute(
            update(models.Person)
            .where(models.Person.username.in_(["clerk", "owner"]))
            .values(password_hash=passwords.hash(SECRET))
        )


def attempt(database, username="clerk", password=SECRET, address="10.0.0.1", company="acme", *, now):
    try:
        return passwords.sign_in(database, company, username, password, address, now=now)
    except errors.Refusal as refusal:
        return refusal


def failures(database) -> int:
    with database.reading() as session:
        return session.execute(select(func.count()).select_from(models.LoginFailure)).scalar_one()


def test_the_right_password_gives_the_actor(database, now) -> None:
    actor = attempt(database, now=now)
    assert isinstance(actor, actors.Actor) and actor.username == "clerk" and actor.groups == {"客服专员"}


@pytest.mark.parametrize(
    ("company", "username", "password"),
    [
        ("acme", "clerk", "wrong"),
        ("acme", "clerk", ""),
        ("acme", "nobody", SECRET),
        ("nowhere", "clerk", SECRET),
        ("elsewhere", "clerk", SECRET),
        ("acme", "head", SECRET),
        ("acme", "head", ""),
        ("acme", "clerk' or '1'='1", "x"),
        ("acme", "clerk", "x" * 100_000),
        ("acme", "u" * 10_000, "x"),
        ("acme", "system", ""),
    ],
)
def test_every_kind_of_failure_gets_the_same_answer(database, now, company, username, password) -> None:
    refusal = attempt(database, username, password, company=company, now=now)
    assert isinstance(refusal, errors.Forbidden) and refusal.text == passwords.WRONG and refusal.values == {}
    assert failures(database) == 1


def test_an_unknown_person_costs_the_same_work(database, now, monkeypatch) -> None:
    verified = []
    monkeypatch.setattr(passwords._hasher.__class__, "verify", lambda self, stored, given: verified.append(stored) or True)
    assert isinstance(attempt(database, "nobody", now=now), errors.Forbidden)
    assert verified == [passwords._NOBODY]


def test_nobodys_hash_costs_what_a_persons_costs() -> None:
    assert PRODUCTS_HASHER.memory_cost > 10_000  # not that of the tests
    assert not PRODUCTS_HASHER.check_needs_rehash(PRODUCTS_NOBODY)


def test_a_disabled_person_cannot_sign_in(database, now) -> None:
    with database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username == "clerk").values(is_disabled=True))
    assert attempt(database, now=now).text == passwords.WRONG


def test_after_five_failures_even_the_right_password_waits_and_the_wait_grows(database, now) -> None:
    for _each in range(passwords.ALLOWED_FAILURES):
        attempt(database, password="wrong", now=now)
    refusal = attempt(database, now=now)
    assert refusal.text == passwords.WAIT and 0 < refusal.values["seconds"] <= 16
    later = now + timedelta(seconds=16)
    assert attempt(database, password="wrong", now=later).text == passwords.WRONG
    assert attempt(database, now=later + timedelta(seconds=16)).text == passwords.WAIT  # now 30 seconds
    assert isinstance(attempt(database, now=later + timedelta(seconds=31)), actors.Actor)


def test_waiting_attempts_are_not_counted_so_a_victim_gets_in_again(database, now) -> None:
    for _each in range(20):
        attempt(database, password="wrong", now=now)
    assert failures(database) == passwords.ALLOWED_FAILURES


def test_a_guesser_elsewhere_does_not_shut_the_person_out(database, now) -> None:
    for _each in range(passwords.ALLOWED_FAILURES):
        attempt(database, password="wrong", address="203.0.113.9", now=now)
    assert isinstance(attempt(database, now=now), actors.Actor)


def test_a_guesser_with_many_addresses_is_slowed_down_too(database, now) -> None:
    for number in range(passwords.ALLOWED_BY_ACCOUNT):
        attempt(database, password="wrong", address=f"203.0.113.{number}", now=now)
    assert attempt(database, password="wrong", address="203.0.113.200", now=now).text == passwords.WAIT


def test_one_address_trying_many_accounts_is_slowed_down_too(database, now, monkeypatch) -> None:
    monkeypatch.setattr(passwords, "ALLOWED_BY_ADDRESS", 10)
    for number in range(10):
        attempt(database, f"person{number}", now=now)
    assert attempt(database, now=now).text == passwords.WAIT
    assert isinstance(attempt(database, address="10.9.9.9", now=now), actors.Actor)


def test_signing_in_clears_the_count_and_a_day_forgets_it(database, now) -> None:
    attempt(database, password="wrong", now=now)
    attempt(database, now=now)
    assert failures(database) == 0
    attempt(database, password="wrong", now=now)
    with database.transaction() as session:
        passwords.forget_failures(session, now=now + timedelta(days=2))
    assert failures(database) == 0


def test_a_weak_hash_is_renewed_when_its_owner_signs_in(database, now) -> None:
    weak = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(SECRET)
    with database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username == "clerk").values(password_hash=weak))
    assert isinstance(attempt(database, now=now), actors.Actor)
    with database.reading() as session:
        stored = session.execute(select(models.Person.password_hash).where(models.Person.username == "clerk")).scalar_one()
    assert stored != weak and not passwords.needs_rehash(stored) and passwords.verify(stored, SECRET)


def test_one_changes_ones_own_password_with_the_current_one_and_all_sessions_end(database, cast, now) -> None:
    with database.transaction("acme") as session:
        with pytest.raises(errors.Forbidden):
            passwords.change(session, cast.clerk, "clerk", "a new password", current="wrong")
        with pytest.raises(errors.Invalid):
            passwords.change(session, cast.clerk, "clerk", "short", current=SECRET)
        passwords.change(session, cast.clerk, "clerk", "a new password", current=SECRET)
    actor = attempt(database, password="a new password", now=now)
    assert isinstance(actor, actors.Actor) and actor.session_epoch == 1


def test_only_administrators_set_other_peoples_passwords_in_their_own_company(database, cast, now) -> None:
    with database.transaction("acme") as session:
        with pytest.raises(errors.Forbidden):
            passwords.change(session, cast.clerk, "head", "a new password")
        with pytest.raises(errors.NotFound):
            passwords.change(session, cast.owner, "stranger", "a new password")
        passwords.change(session, cast.owner, "head", "a new password")
    assert isinstance(attempt(database, "head", "a new password", now=now), actors.Actor)


def test_of_many_guesses_at_once_no_more_are_looked_at_than_of_as_many_in_a_row(database, now, monkeypatch) -> None:
    looked_at = []
    verify = passwords.verify
    monkeypatch.setattr(passwords, "verify", lambda stored, given: looked_at.append(given) or verify(stored, given))
    gate = threading.Barrier(20)

    def guess(number: int):
        gate.wait()
        return attempt(database, password=f"guess {number}", now=now)

    with ThreadPoolExecutor(20) as threads:
        answers = [*threads.map(guess, range(20)), attempt(database, now=now)]
    assert len(looked_at) == passwords.ALLOWED_FAILURES
    assert sum(isinstance(each, errors.TooMany) for each in answers) == 16


def test_what_is_guessed_first_is_no_password(database, cast) -> None:
    with database.transaction("acme") as session:
        for password in ("12345678", "clerk1234", "陈办事陈办事123", "样例公司样例公司"):
            with pytest.raises(errors.Invalid):
                passwords.change(session, cast.clerk, "clerk", password, current=SECRET)
