"""Secrets of machine accounts: made at random, kept as digests, and whom one belongs to.

A secret has 256 random bits, so nothing slow is needed against guessing, and a call costs no password's time.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from engine.people import roles
from engine.people.actors import Actor
from engine.people.machines import scopes
from engine.people.machines.scopes import Giver, Machine
from engine.storage.models import Company, MachineAccount, Person, RoleGrant

MARK = "banjie_"
KEY_DIGITS = 19  # shorter than that is a number that every database takes
MARKED = 16


@dataclass(frozen=True)
class Recognised:
    """Whom a secret belongs to. `mark` is another one as soon as the secret is; `is_first` says that it is the day's first call."""

    actor: Actor
    mark: str
    is_first: bool


def new(key: int) -> str:
    """A new secret for the account, as its program sends it."""
    return f"{MARK}{key}_{secrets.token_urlsafe(32)}"


def digest(token: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def key_of(token: str) -> int | None:
    """The account that a text names, if it looks like a secret."""
    key, _line, rest = token.removeprefix(MARK).partition("_")
    is_one = token.startswith(MARK) and key.isascii() and key.isdecimal() and len(key) < KEY_DIGITS and rest
    return int(key) if is_one else None


def by_secret(session: Session, token: str, *, now: datetime) -> Recognised | None:
    """Whose secret it is; None for an unknown one, and for accounts that are revoked or over."""
    key = key_of(token)
    row = _row(session, key) if key is not None else None
    if row is None or not hmac.compare_digest(row.digest, digest(token)):
        return None
    return _recognised(session, row, now)


def by_mark(session: Session, key: int, mark: str, *, now: datetime) -> Recognised | None:
    """Whose account it is, as long as its secret is the one that `mark` was of; None otherwise."""
    row = _row(session, key)
    if row is None or not hmac.compare_digest(row.digest[:MARKED], mark):
        return None
    return _recognised(session, row, now)


def givers(session: Session, company_id: str, usernames: Iterable[str]) -> dict[str, Giver]:
    """What each of these people may give an account now, in one statement; somebody who left is not among them."""
    person, grant = Person, RoleGrant
    his = (grant.company_id == person.company_id) & (grant.username == person.username)
    mine = (person.company_id == company_id, person.username.in_(set(usernames)), person.is_disabled.is_(False))
    columns = select(person.username, person.is_administrator, grant.role, grant.scope)
    givers_by_name: dict[str, Giver] = {}
    for username, is_administrator, role, scope in session.execute(columns.outerjoin(grant, his).where(*mine)):
        before = givers_by_name.get(username, Giver(is_administrator))
        givers_by_name[username] = Giver(is_administrator, before.roles | {(role, scope)}) if role else before
    return givers_by_name


def lost(giver: Giver | None, given: Iterable[str], processes: Iterable[str] | None) -> frozenset[str]:
    """Those of an account's scopes that who answers for it may no longer give."""
    of = giver or Giver()
    return frozenset(each for each in scopes.known(given) if not of.may_give(each, processes))


def used(session: Session, actor: Actor, *, now: datetime) -> None:
    """Notes the day of a call, for whoever looks which accounts are still used."""
    row = MachineAccount
    mine = (row.company_id == actor.company_id, row.key == (actor.machine.key if actor.machine else 0))
    session.execute(update(row).where(*mine).values(last_used_on=now.astimezone(ZoneInfo(actor.time_zone)).date()))


def _row(session: Session, key: int) -> Row[Any] | None:
    account, company = MachineAccount, Company
    columns = (account.key, account.company_id, account.name, account.digest, account.scopes, account.processes)
    state = (account.expires_at, account.revoked_at, account.made_by, account.last_used_on)
    statement = select(*columns, *state, company.time_zone, company.organisation_version)
    return session.execute(statement.join(company, company.id == account.company_id).where(account.key == key)).one_or_none()


def _recognised(session: Session, row: Row[Any], now: datetime) -> Recognised | None:
    if row.revoked_at is not None or row.expires_at <= now:
        return None
    processes = None if row.processes is None else frozenset(row.processes)
    giver = givers(session, row.company_id, [row.made_by]).get(row.made_by)
    gone = lost(giver, row.scopes, processes)
    is_of_administrator = giver is not None and giver.is_administrator
    machine = Machine(row.key, scopes.known(row.scopes) - gone, processes, row.made_by, gone, is_of_administrator)
    actor = Actor(
        row.company_id,
        scopes.username(row.key),
        row.name,
        time_zone=row.time_zone,
        organisation_version=row.organisation_version,
        roles=frozenset(_roles(machine)),
        machine=machine,
    )
    return Recognised(actor, row.digest[:MARKED], row.last_used_on != now.astimezone(ZoneInfo(row.time_zone)).date())


def _roles(machine: Machine) -> set[tuple[str, str]]:
    """By which roles the engine lets the account do what its scopes ask for; what it asks for, the API has checked before."""
    held: set[tuple[str, str]] = set()
    if machine.is_about_processes:
        of = (roles.EVERYTHING,) if machine.processes is None else machine.processes
        held |= {(roles.OWNER, each) for each in of}
    if scopes.SEND_MESSAGES in machine.scopes or machine.has_all_of(scopes.WORK_JOBS):
        held.add((roles.OPERATOR, roles.EVERYTHING))
    if machine.scopes & scopes.PEOPLE:
        held.add((roles.ORGANISATION, roles.EVERYTHING))
    return held
