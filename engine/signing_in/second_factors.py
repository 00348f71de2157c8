"""A second factor: codes of an authenticator (TOTP, RFC 6238), each taken once, and recovery codes that stand in for it."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import codes
from engine.basics.sayings import Said
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.credentials import account_news, passwords, sign_ins
from engine.people.rights import sight
from engine.records.secret import secret_proof
from engine.signing_in import events, policy
from engine.storage import database as holds
from engine.storage import keys, sealing
from engine.storage.database import Database
from engine.storage.models import Company, Person, RecoveryCode, SecondFactor

STEP_SECONDS = 30
DIGITS = 6
AROUND = 1  # steps before and after this one: two clocks differ
RECOVERY_CODES = 10
WRONG = "This code is not right, or was used already. Please type the one that is shown now."
NONE_BEGUN = "Please begin with setting up the second factor."
RESET = Said("{name}重置了您的双重验证", "{name} took away your second factor, so that you set up another")
REQUIRED = "Your company asks you for a second factor, so it cannot be taken away."


@dataclass(frozen=True)
class FactorStanding:
    """How a person stands: whether the company asks for it, whether it is set up, how many recovery codes are left."""

    is_required: bool
    is_set: bool
    codes_left: int


def standing(session: Session, by: Actor) -> FactorStanding:
    """How the person stands."""
    row = _row(session, by.company_id, by.username)
    is_set = row is not None and row.confirmed_at is not None
    return FactorStanding(policy.requires(session, by), is_set, _left(session, by) if is_set else 0)


def is_asked(session: Session, by: Actor) -> bool:
    """Whether a password alone is not enough: it is set up, or the company asks for it."""
    mine = (SecondFactor.company_id == by.company_id, SecondFactor.username == by.username)
    is_set = select(SecondFactor.key).where(*mine, SecondFactor.confirmed_at.is_not(None))
    return session.execute(is_set).first() is not None or policy.requires(session, by)


def begin(session: Session, by: Actor, *, now: datetime) -> None:
    """A fresh secret, to be confirmed with a code. Raises Conflict when a second factor is set up already."""
    row = _row(session, by.company_id, by.username)
    if row is not None and row.confirmed_at is not None:
        raise errors.Conflict("The second factor is set up already.")
    if row is None:
        row = SecondFactor(key=keys.new(), company_id=by.company_id, username=by.username)
        session.add(row)
    row.begun_at, row.last_step = now, 0
    secret_proof.require_unchanged(session)
    sealing.put(session, row, pyotp.random_base32())
    session.flush()


def shown(session: Session, by: Actor) -> tuple[str, str] | None:
    """The secret and the address for authenticators (otpauth://) while it is not confirmed; None otherwise."""
    row = _row(session, by.company_id, by.username)
    if row is None or row.confirmed_at is not None:
        return None
    secret = sealing.opened(session, row)
    name = session.execute(select(Company.name).where(Company.id == by.company_id)).scalar_one()
    return secret, pyotp.TOTP(secret).provisioning_uri(name=by.username, issuer_name=f"办结 {name}")


def confirm(database: Database, by: Actor, code: str, address: str, *, now: datetime) -> list[str]:
    """Sets the second factor up with a code of it; gives the recovery codes, which nobody can show again.

    All other sessions of the person end, and remembered API credentials. Raises Forbidden for a wrong code, TooMany, Conflict.
    """
    _attempt(database, by, address, now)
    with database.transaction(by.company_id) as session:
        holds.hold(session, _account(by))
        row = _row(session, by.company_id, by.username)
        if row is None or row.confirmed_at is not None:
            raise errors.Conflict(NONE_BEGUN)
        _take(session, row, code, now)
        row.confirmed_at = now
        session.flush()
        made = _codes(session, by)
        sign_ins.end_all(session, by.company_id, by.username, but=by.sign_in)
        events.note(session, by.company_id, events.FACTOR_SET, username=by.username, address=address, now=now)
    _forgive(database, by, address)
    return made


def prove(database: Database, by: Actor, code: str, address: str, *, now: datetime) -> None:
    """Takes a code of the authenticator, or a recovery code. Raises Forbidden for a wrong one, TooMany."""
    _attempt(database, by, address, now)
    with database.transaction(by.company_id) as session:
        holds.hold(session, _account(by))
        row = _row(session, by.company_id, by.username)
        is_right = row is not None and row.confirmed_at is not None and _is_taken(session, row, code, now)
        kind = events.FACTOR_USED
        if not is_right:
            is_right, kind = _is_recovered(session, by, code, now), events.RECOVERED
        refusal = None if is_right else errors.Forbidden(WRONG)
        kind = events.REFUSED if refusal else kind
        events.note(session, by.company_id, kind, username=by.username, address=address, refusal=refusal, now=now)
    if refusal is not None:
        raise refusal
    _forgive(database, by, address)


def new_codes(session: Session, by: Actor) -> list[str]:
    """Other recovery codes; those of before are worth nothing."""
    return _codes(session, by)


def drop(session: Session, by: Actor, *, address: str, now: datetime) -> None:
    """Takes one's own second factor away. Raises Conflict where the company asks for it."""
    if policy.requires(session, by):
        raise errors.Conflict(REQUIRED)
    _remove(session, by.company_id, by.username)
    events.note(session, by.company_id, events.FACTOR_REMOVED, username=by.username, address=address, now=now)


def reset(session: Session, by: Actor, username: str, *, address: str, now: datetime) -> None:
    """Takes away the second factor of somebody who lost it; all his sessions end, he is told, and sets up another.

    Raises Forbidden for others than administrators of the organisation and for one's own, NotFound.
    """
    if not by.runs_organisation:
        raise errors.Forbidden("Only an administrator of the organisation may reset a second factor.")
    if username == by.username:
        raise errors.Forbidden("Your own second factor is another administrator's to reset.")
    mine = (Person.company_id == by.company_id, Person.username == username)
    person = session.execute(select(Person.key).where(*mine).with_for_update()).one_or_none()
    if person is None or _row(session, by.company_id, username) is None:
        raise errors.NotFound("This person has no second factor.")
    if not by.is_administrator and sight.has(session, by.company_id, username):
        raise errors.Forbidden(
            "Only an administrator may reset the second factor of somebody who may see more than work of his own."
        )
    _remove(session, by.company_id, username)
    sign_ins.end_all(session, by.company_id, username)
    events.note(session, by.company_id, events.FACTOR_RESET, username=username, by=by.username, address=address, now=now)
    company = organisation.current(session, by.company_id)
    known = account_news.addresses(session, company, username, now=now)
    account_news.tell(session, company, username, RESET.of(name=by.name), addresses=known, now=now)
    session.flush()


def _take(session: Session, row: SecondFactor, code: str, now: datetime) -> None:
    if not _is_taken(session, row, code, now):
        raise errors.Forbidden(WRONG)


def _is_taken(session: Session, row: SecondFactor, code: str, now: datetime) -> bool:
    """Whether the code is that of a step near this moment and newer than the last one taken; it is taken then."""
    typed = "".join(code.split())
    totp = pyotp.TOTP(sealing.opened(session, row), digits=DIGITS, interval=STEP_SECONDS)
    at = int(now.timestamp()) // STEP_SECONDS
    for step in range(at - AROUND, at + AROUND + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode()):
            newer = (SecondFactor.key == row.key, SecondFactor.last_step < step)
            taken = update(SecondFactor).where(*newer).values(last_step=step).returning(SecondFactor.key)
            return session.execute(taken).scalar() is not None
    return False


def _is_recovered(session: Session, by: Actor, code: str, now: datetime) -> bool:
    row = RecoveryCode
    mine = (row.company_id == by.company_id, row.username == by.username)
    is_good = (row.digest == codes.digest(code), row.used_at.is_(None))
    used = update(row).where(*mine, *is_good).values(used_at=now).returning(row.key)
    return session.execute(used).scalar() is not None


def _codes(session: Session, by: Actor) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.company_id == by.company_id, RecoveryCode.username == by.username))
    made = [codes.new() for _ in range(RECOVERY_CODES)]
    of = {"company_id": by.company_id, "username": by.username}
    session.add_all(RecoveryCode(key=keys.new(), digest=codes.digest(each), **of) for each in made)
    session.flush()
    return made


def _left(session: Session, by: Actor) -> int:
    row = RecoveryCode
    mine = (row.company_id == by.company_id, row.username == by.username, row.used_at.is_(None))
    return session.execute(select(func.count()).select_from(row).where(*mine)).scalar_one()


def _remove(session: Session, company_id: str, username: str) -> None:
    for model in (SecondFactor, RecoveryCode):
        session.execute(delete(model).where(model.company_id == company_id, model.username == username))


def _row(session: Session, company_id: str, username: str) -> SecondFactor | None:
    mine = (SecondFactor.company_id == company_id, SecondFactor.username == username)
    return session.execute(select(SecondFactor).where(*mine)).scalar_one_or_none()


def _attempt(database: Database, by: Actor, address: str, now: datetime) -> None:
    passwords.attempt(database, _account(by), address, now=now)


def _forgive(database: Database, by: Actor, address: str) -> None:
    passwords.forgive(database, _account(by), address)


def _account(by: Actor) -> str:
    """Under which wrong codes are counted: no username holds a blank."""
    return f"second factor of {by.company_id}/{by.username}"[:200].lower()
