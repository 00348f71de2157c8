"""Codes with which a person sets a password: handed out by an administrator, good for one use and a few days.

Each row stays: it tells who handed a code out for whom, and when it was used.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import codes
from engine.basics.sayings import Said
from engine.people import actors, organisation
from engine.people.actors import Actor
from engine.people.credentials import account_news, passwords
from engine.people.rights import sight
from engine.storage import database as databases
from engine.storage import keys
from engine.storage.database import Database
from engine.storage.models import Company, OrganisationEvent, PasswordCode, Person, SignInIdentity

GOOD_FOR = timedelta(days=3)
MOST_AT_ONCE = 500  # people who get a code in one go
NOT_FOR_YOU = "Only an administrator may hand out such a code."
NOT_GOOD = "This code is not good any more, or was mistyped. Please have another one handed out."
HAS_RIGHTS = "%(name)s may see more than work of his own, so only an administrator hands out the code for a password."
FIRST = Said("{name}为您的账号发放了设置密码的验证码", "{name} handed out a code that sets a password for your account")
RESET = Said("{name}为您发放了重设密码的验证码", "{name} handed out a code for another password of yours")
SETTLES = timedelta(hours=24)  # until then no code goes to a mail address that took the place of another
NEW_ADDRESS = (
    "%(name)s has another mail address since less than %(hours)s hours: until then no code for a password goes there by mail. "
    "Please hand it out in person."
)
ACCOUNT = "a password's code"  # whose wrong ones are counted: no username may look so


@dataclass(frozen=True)
class Invited:
    """Whom a code is for."""

    company_id: str
    company: str
    username: str
    name: str


@dataclass(frozen=True)
class Lacking:
    """Somebody without a password and without an open code; `department` by its name."""

    username: str
    name: str
    department: str
    email: str | None


@dataclass(frozen=True)
class HandedOut:
    """A code that was handed out; `state` is open, used or over."""

    made_at: datetime
    made_by: str
    expires_at: datetime
    used_at: datetime | None
    state: str


def invite(session: Session, by: Actor, username: str, *, by_mail: bool = False, now: datetime) -> str:
    """A code with which that person sets a password; one handed out before is worth nothing from now on. `by_mail`: the
    caller sends it by a letter.

    An administrator of the organisation resets the password of whoever has no rights beyond his own work; with those, whose
    account opens more than his own, it is an administrator's to allow. Who had a password, or another way in, is told, in the page and by letter,
    and the log of the organisation tells everybody. Raises Forbidden for others, NotFound, Conflict for somebody whose
    account is disabled, and where the code would go to a mail address that took the place of another just now.
    """
    if not by.runs_organisation:
        raise errors.Forbidden(NOT_FOR_YOU)
    mine = (Person.company_id == by.company_id, Person.username == username)
    columns = (Person.is_disabled, Person.password_hash, Person.name)
    person = session.execute(select(*columns).where(*mine).with_for_update()).one_or_none()
    if person is None:
        raise errors.NotFound("There is no person %(username)s.", username=username)
    if not by.is_administrator and sight.has(session, by.company_id, username):
        raise errors.Forbidden(HAS_RIGHTS, name=person.name)
    if person.is_disabled:
        raise errors.Conflict("This account is disabled.")
    is_used = person.password_hash is not None or _is_known_outside(session, by.company_id, username)
    if by_mail and is_used:
        _refuse_new_address(session, by.company_id, username, person.name, now)
    withdraw(session, by.company_id, username, now=now)
    code = codes.new()
    session.add(PasswordCode(**_row(by, username, code, now)))
    kind = "password_reset" if person.password_hash is not None else "password_code"
    session.add(OrganisationEvent(**_line(by, kind, username, person.name, now)))
    if is_used:
        company = organisation.current(session, by.company_id)
        known = account_news.addresses(session, company, username, now=now)
        others = [each for each in known if not (by_mail and each == company.people[username].email)]
        subject = RESET if person.password_hash is not None else FIRST
        account_news.tell(session, company, username, subject.of(name=by.name), addresses=others, now=now)
    session.flush()
    return code


def _is_known_outside(session: Session, company_id: str, username: str) -> bool:
    """Whether the person has signed in by another way: a password would be one more to his account."""
    row = SignInIdentity
    mine = (row.company_id == company_id, row.username == username)
    return session.execute(select(row.key).where(*mine).limit(1)).first() is not None


def _refuse_new_address(session: Session, company_id: str, username: str, name: str, now: datetime) -> None:
    """First whoever reads the address of before has to have the letter that tells of it. Raises Conflict."""
    if account_news.changed_since(session, company_id, username, now - SETTLES):
        raise errors.Conflict(NEW_ADDRESS, name=name, hours=int(SETTLES.total_seconds() // 3600))


def closed_to(session: Session, by: Actor) -> frozenset[str]:
    """Whose accounts open more than their own work, where it is not for the person to hand out codes to those."""
    if by.is_administrator:
        return frozenset()
    company = organisation.current(session, by.company_id)
    held = sight.held(session, company, sight.of_processes(session, by.company_id))
    return frozenset(username for username, _kind, _of in held)


def lacking(session: Session, by: Actor, *, now: datetime) -> list[Lacking]:
    """Who can sign in by no password nor by another way, and has no open code, by department; without those whose code an
    administrator alone gives.
    """
    company, code = organisation.current(session, by.company_id), PasswordCode
    theirs = (code.company_id == Person.company_id, code.username == Person.username)
    is_open = exists().where(*theirs, code.used_at.is_(None), code.expires_at > now)
    identity = SignInIdentity
    is_known = exists().where(identity.company_id == Person.company_id, identity.username == Person.username)
    theirs_alone = (Person.password_hash.is_(None), ~is_known, ~is_open)
    without = (Person.company_id == by.company_id, Person.is_disabled.is_(False), *theirs_alone)
    names = set(session.execute(select(Person.username).where(*without)).scalars()) - closed_to(session, by)
    people = [company.people[name] for name in names if name in company.people]
    lines = (Lacking(each.username, each.name, company.department_name(each.department), each.email) for each in people)
    return sorted(lines, key=lambda each: (each.department, each.username))


def invite_all(session: Session, by: Actor, *, by_mail: bool = False, now: datetime) -> list[tuple[Lacking, str]]:
    """A code for each of those, with `by_mail` of those with a mail address, at most `MOST_AT_ONCE`. Raises Forbidden."""
    if not by.runs_organisation:
        raise errors.Forbidden(NOT_FOR_YOU)
    databases.hold(session, f"password codes/{by.company_id}")
    people = [each for each in lacking(session, by, now=now) if each.email or not by_mail]
    given = [(each, codes.new()) for each in people[:MOST_AT_ONCE]]
    if given:
        session.execute(insert(PasswordCode), [_row(by, each.username, code, now) for each, code in given])
        lines = [_line(by, "password_code", each.username, each.name, now) for each, _code in given]
        session.execute(insert(OrganisationEvent), lines)
    return given


def _row(by: Actor, username: str, code: str, now: datetime) -> dict[str, Any]:
    given = {"made_at": now, "made_by": by.username, "expires_at": now + GOOD_FOR}
    return {"key": keys.new(), "company_id": by.company_id, "username": username, "digest": codes.digest(code), **given}


def _line(by: Actor, kind: str, username: str, name: str, now: datetime) -> dict[str, Any]:
    """What the log of the organisation says of it."""
    told = {"kind": kind, "subject": f"person:{username}", "data": {"name": name}}
    return {"key": keys.new(), "company_id": by.company_id, "at": now, "actor": by.username, **told}


def withdraw(session: Session, company_id: str, username: str, *, now: datetime, but_of: Collection[str] = ()) -> None:
    """Makes the codes of a person worth nothing, except those that one of `but_of` handed out."""
    row = PasswordCode
    is_open = (row.company_id == company_id, row.username == username, row.used_at.is_(None), row.expires_at > now)
    theirs = row.made_by.not_in(but_of)
    session.execute(update(row).where(*is_open, theirs).values(expires_at=now))


def handed_out(session: Session, company_id: str, *, now: datetime) -> dict[str, HandedOut]:
    """The newest code of each person of the company, by username."""
    row = PasswordCode
    rows = session.execute(select(row).where(row.company_id == company_id).order_by(row.key)).scalars()
    return {
        each.username: HandedOut(
            each.made_at,
            each.made_by,
            each.expires_at,
            each.used_at,
            "used" if each.used_at else "open" if each.expires_at > now else "over",
        )
        for each in rows
    }


def invited(database: Database, code: str, address: str, *, now: datetime) -> Invited:
    """Whom a code is for. Raises NotFound for one that is not good, TooMany for who tried too many from that address."""
    passwords.attempt(database, ACCOUNT, address, now=now)
    with database.reading() as session:
        invitation = _invited(session, code, now)
    if invitation is None:
        raise errors.NotFound(NOT_GOOD)
    passwords.forgive(database, ACCOUNT, address)
    return invitation


def redeem(database: Database, code: str, password: str, address: str, *, now: datetime) -> Actor:
    """Sets the password of whom the code is for; all sessions of the person end, and the next is begun by `sign_ins.begin`.

    The code is used up then, and only then. Raises NotFound for one that is not good, Invalid for a password that is too
    easily guessed, TooMany for who tried too many from that address.
    """
    person = invited(database, code, address, now=now)
    with database.reading() as session:
        refusal = passwords.fault(session, person.company_id, person.username, password)
    if refusal is not None:
        raise refusal
    stored = passwords.hash(password)
    with database.transaction() as session:
        row = PasswordCode
        is_good = (row.digest == codes.digest(code), row.used_at.is_(None), row.expires_at > now)
        used = session.execute(update(row).where(*is_good).values(used_at=now).returning(row.key)).scalar()
        if used is None:
            raise errors.NotFound(NOT_GOOD)
        passwords.store(session, person.company_id, person.username, stored)
        actor = actors.load(session, person.company_id, person.username, now=now)
        if actor is None:
            raise errors.NotFound(NOT_GOOD)
        return actor


def _invited(session: Session, code: str, now: datetime) -> Invited | None:
    row = PasswordCode
    statement = (
        select(row.company_id, Company.name.label("company"), row.username, Person.name)
        .join(Company, Company.id == row.company_id)
        .join(Person, (Person.company_id == row.company_id) & (Person.username == row.username))
        .where(row.digest == codes.digest(code), row.used_at.is_(None), row.expires_at > now, Person.is_disabled.is_(False))
    )
    person = session.execute(statement).one_or_none()
    return Invited(*person) if person else None
