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
from engine.people.credentials import password_rules, sign_ins
from engine.people.credentials.password_rules import MAX_LENGTH
from engine.storage.database import Database, hold
from engine.storage.models import Company, LoginFailure, Person

ALLOWED_FAILURES = 5  # of one account from one address
ALLOWED_BY_ACCOUNT = 20  # from anywhere: a guesser with many addresses
ALLOWED_BY_ADDRESS = 100  # a whole office may sit behind one address
REMEMBERED = timedelta(hours=24)
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=15)
MAX_FAILURES_READ = 500
WRONG = "The company, the username or the password is wrong."
WAIT = "Too many attempts have failed. Please try again in %(seconds)s seconds."

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's small profile: threads share memory
# What is compared where nobody is: of a random text that was thrown away, by the settings above. Made anew by each process it
# would cost every start 19 MB and its time.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$+eC7Vy+5QoXr8c6QFcI0dg$ZoPXbvZRn7Xg6Ajv/tI+ngpdwqMSp5jkqxQzkEx47XI"


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


def sign_in(
    database: Database,
    company_id: str,
    username: str,
    password: str,
    address: str,
    *,
    now: datetime,
) -> Actor:
    """The person as an actor, in no session yet (`sign_ins.begin`).

    The attempt is counted and committed before the password is looked at, and the count taken back when it was right:
    of many at the same moment no more are looked at than of as many in a row. The hash is worked out in no transaction.
    Raises Forbidden, the same for a wrong company, username, password and a disabled account, after the same work;
    TooMany after five failures of an account from one address (20 from all, 100 of an address): each further one
    doubles the wait, up to a quarter of an hour.
    """
    account = account_of(company_id, username)
    attempt(database, account, address, now=now)
    mine = (Person.company_id == company_id, Person.username == username)
    with database.reading() as session:
        stored = session.execute(select(Person.password_hash).where(*mine, Person.is_disabled.is_(False))).scalar()
    if not verify(stored, password):
        raise errors.Forbidden(WRONG)
    with database.transaction() as session:
        _forgive(session, account, address)
        if stored and needs_rehash(stored):
            session.execute(update(Person).where(*mine).values(password_hash=hash(password)))
        actor = actors.load(session, company_id, username, now=now)
        if actor is None:  # disabled this very moment
            raise errors.Forbidden(WRONG)
        return actor


def account_of(company_id: str, username: str) -> str:
    """Under which name attempts of somebody are counted."""
    return f"{company_id}/{username}"[:200].lower()


def attempt(database: Database, account: str, address: str, *, now: datetime) -> None:
    """Counts an attempt as failed, before it is looked at; `forgive` takes that back. Raises TooMany as `sign_in` does."""
    with database.transaction() as session:
        _count(session, account, address, now)


def forgive(database: Database, account: str, address: str) -> None:
    """What was counted for this account from this address counts no more: it was right."""
    with database.transaction() as session:
        _forgive(session, account, address)


def store(session: Session, company_id: str, username: str, hashed: str, *, must_change: bool = False) -> None:
    """Stores the hash of a new password and ends all sessions of the person; wrong tries of the one before count no more."""
    mine = (Person.company_id == company_id, Person.username == username)
    session.execute(update(Person).where(*mine).values(password_hash=hashed, must_change_password=must_change))
    session.execute(delete(LoginFailure).where(LoginFailure.account == account_of(company_id, username)))
    sign_ins.end_all(session, company_id, username)


def change(session: Session, by: Actor, username: str, password: str, *, current: str | None = None) -> None:
    """Sets a password: one's own with the current one, another's as an administrator, who must change it at once.

    Ends all their sessions but the one that `by` acts in. Raises Forbidden, NotFound, Invalid for one that is too short
    or too easily guessed.
    """
    mine = (Person.company_id == by.company_id, Person.username == username)
    person = session.execute(select(Person.password_hash).where(*mine)).one_or_none()
    if username != by.username and not by.is_administrator:
        raise errors.Forbidden("Only an administrator may set somebody else's password.")
    if person is None:
        raise errors.NotFound("There is no person %(username)s.", username=username)
    refusal = fault(session, by.company_id, username, password)
    if refusal is not None:
        raise refusal
    if username == by.username and not verify(person.password_hash, current or ""):
        raise errors.Forbidden("The current password is wrong.")
    is_own = username == by.username
    session.execute(update(Person).where(*mine).values(password_hash=hash(password), must_change_password=not is_own))
    sign_ins.end_all(session, by.company_id, username, but=by.sign_in if is_own else None)


def fault(session: Session, company_id: str, username: str, password: str) -> errors.Invalid | None:
    """Why the person may not have this password: its length, or that it is guessed at once; None for a good one."""
    columns = (Person.name, Person.email, Company.name.label("company"))
    mine = (Person.company_id == company_id, Person.username == username)
    row = session.execute(select(*columns).join(Company, Company.id == Person.company_id).where(*mine)).one_or_none()
    mailbox = (row.email or "").partition("@")[0] if row else ""
    names = (row.name, row.company, mailbox) if row else ()
    return password_rules.fault(password, (username, company_id, *names))


def forget_failures(session: Session, *, now: datetime) -> None:
    """Removes failures that no longer count."""
    session.execute(delete(LoginFailure).where(LoginFailure.at < now - REMEMBERED))


def _forgive(session: Session, account: str, address: str) -> None:
    session.execute(delete(LoginFailure).where(LoginFailure.account == account, LoginFailure.address == address))


def _count(session: Session, account: str, address: str, now: datetime) -> None:
    """Counts an attempt as failed until it proves right; those of one account or address come here one by one."""
    hold(session, f"account {account}")
    hold(session, f"address {address}")
    wait = _wait(session, account, address, now)
    if wait > timedelta(0):
        raise errors.TooMany(WAIT, seconds=int(wait.total_seconds()) + 1)
    session.add(LoginFailure(account=account, address=address, at=now))


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
