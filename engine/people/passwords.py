"""Passwords and signing in: argon2, the same answer for every kind of failure, growing waits against guessing."""

from __future__ import annotations

from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.people import actors
from engine.people.actors import Actor
from engine.storage.models import LoginFailure, Person

MIN_LENGTH = 8
MAX_LENGTH = 200
ALLOWED_FAILURES = 5  # of one account from one address
ALLOWED_BY_ACCOUNT = 20  # from anywhere: a guesser with many addresses
ALLOWED_BY_ADDRESS = 100  # a whole office may sit behind one address
REMEMBERED = timedelta(hours=24)
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=15)
MAX_FAILURES_READ = 500
LENGTH = "A password needs %(least)s to %(most)s characters."
WRONG = "The company, the username or the password is wrong."
WAIT = "Too many attempts have failed. Please try again in %(seconds)s seconds."

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's small profile: threads share memory
_NOBODY = _hasher.hash("a password that nobody has")


def hash(password: str) -> str:
    """The argon2id hash to store."""
    return _hasher.hash(password)


def verify(stored: str | None, password: str) -> bool:
    """Whether the password is right; without a stored hash it takes as long and is wrong."""
    try:
        return _hasher.verify(stored or _NOBODY, password[:MAX_LENGTH]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(stored)


def sign_in(session: Session, company_id: str, username: str, password: str, address: str, *, now: datetime) -> Actor:
    """The person as an actor.

    Raises Forbidden, the same for a wrong company, username, password and a disabled account, after the same work. The
    failure is counted by a row: catch the refusal INSIDE the transaction, or the count is undone with it. After
    five failures of an account from one address (20 from all, 100 of an address) each
    further one doubles the wait, up to a quarter of an hour.
    """
    account = f"{company_id}/{username}"[:200].lower()
    wait = _wait(session, account, address, now)
    if wait > timedelta(0):
        raise errors.Forbidden(WAIT, seconds=int(wait.total_seconds()) + 1)
    mine = (Person.company_id == company_id, Person.username == username)
    stored = session.execute(select(Person.password_hash).where(*mine, Person.is_disabled.is_(False))).scalar()
    actor = actors.load(session, company_id, username) if verify(stored, password) else None
    if actor is None:
        session.add(LoginFailure(account=account, address=address, at=now))
        session.flush()
        raise errors.Forbidden(WRONG)
    session.execute(delete(LoginFailure).where(LoginFailure.account == account, LoginFailure.address == address))
    if stored and needs_rehash(stored):
        session.execute(update(Person).where(*mine).values(password_hash=hash(password)))
    return actor


def change(session: Session, by: Actor, username: str, password: str, *, current: str | None = None) -> None:
    """Sets a password: one's own with the current one, another's as an administrator; ends all their sessions.

    Raises Forbidden, NotFound, Invalid for one that is too short.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise errors.Invalid(LENGTH, least=MIN_LENGTH, most=MAX_LENGTH)
    mine = (Person.company_id == by.company_id, Person.username == username)
    person = session.execute(select(Person.password_hash).where(*mine)).one_or_none()
    if username != by.username and not by.is_administrator:
        raise errors.Forbidden("Only an administrator may set somebody else's password.")
    if person is None:
        raise errors.NotFound("There is no person %(username)s.", username=username)
    if username == by.username and not verify(person.password_hash, current or ""):
        raise errors.Forbidden("The current password is wrong.")
    session.execute(update(Person).where(*mine).values(password_hash=hash(password), session_epoch=Person.session_epoch + 1))


def forget_failures(session: Session, *, now: datetime) -> None:
    """Removes failures that no longer count."""
    session.execute(delete(LoginFailure).where(LoginFailure.at < now - REMEMBERED))


def _wait(session: Session, account: str, address: str, now: datetime) -> timedelta:
    """How long this account and address must wait still."""
    statement = (
        select(LoginFailure.account, LoginFailure.address, LoginFailure.at)
        .where(or_(LoginFailure.account == account, LoginFailure.address == address), LoginFailure.at > now - REMEMBERED)
        .order_by(LoginFailure.at.desc())
        .limit(MAX_FAILURES_READ)
    )
    rows = session.execute(statement).all()
    both = [row.at for row in rows if row.account == account and row.address == address]
    of_account = [row.at for row in rows if row.account == account]
    of_address = [row.at for row in rows if row.address == address]
    counted = ((both, ALLOWED_FAILURES), (of_account, ALLOWED_BY_ACCOUNT), (of_address, ALLOWED_BY_ADDRESS))
    return max(_left(failures, allowed, now) for failures, allowed in counted)


def _left(failures: list[datetime], allowed: int, now: datetime) -> timedelta:
    if len(failures) < allowed:
        return timedelta(0)
    wait = min(FIRST_WAIT * 2 ** min(len(failures) - allowed, 16), LONGEST_WAIT)
    return max(failures[0] + wait - now, timedelta(0))
