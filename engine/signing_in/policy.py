"""For whom a company asks for a second factor: people with these roles, or everybody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.people import actors, organisation, roles
from engine.people.actors import Actor
from engine.people.credentials import sign_ins
from engine.records import catalogue
from engine.signing_in import events, providers
from engine.storage import database
from engine.storage.models import Person, SecondFactor, SignInPolicy

EVERYBODY = "everybody"
WHOM = (EVERYBODY, *roles.ROLES)


def asked(session: Session, company_id: str) -> frozenset[str]:
    """For whom the company asks: codes of roles, or `EVERYBODY`."""
    statement = select(SignInPolicy.second_factor).where(SignInPolicy.company_id == company_id)
    return frozenset(session.execute(statement).scalar_one_or_none() or ())


def requires(session: Session, by: Actor) -> bool:
    """Whether the company asks this person for a second factor."""
    whom = asked(session, by.company_id)
    return bool(whom) and _is_among(session, by, whom)


def ask(session: Session, by: Actor, whom: Iterable[str], *, now: datetime) -> None:
    """Asks for a second factor from now on; sessions of those concerned who have none end, and their API credentials.

    Raises Forbidden, Invalid for an unknown role, Conflict for who would shut himself out by it.
    """
    providers.require(by)
    wanted = [each for each in WHOM if each in set(whom)]
    unknown = sorted(set(whom) - set(WHOM))
    if unknown:
        raise errors.Invalid("There is no role %(name)s.", name=unknown[0])
    database.hold(session, f"sign-in policy {by.company_id}")
    have = who_has(session, by.company_id)
    if wanted and by.username not in have and _is_among(session, by, frozenset(wanted)):
        raise errors.Conflict("Please set up your own second factor first: you would be asked for it, too.")
    put(session, by.company_id, wanted)
    events.note(session, by.company_id, events.POLICY, by=by.username, now=now)


def put(session: Session, company_id: str, whom: list[str]) -> None:
    """Stores of whom it is asked, and ends the sessions of those concerned who have none."""
    row = session.get(SignInPolicy, company_id) or SignInPolicy(company_id=company_id)
    row.second_factor = whom
    session.add(row)
    session.flush()
    have = who_has(session, company_id)
    for username in _concerned(session, company_id, frozenset(whom)):
        if username not in have:
            sign_ins.end_all(session, company_id, username)


def uphold(session: Session, company_id: str, username: str) -> None:
    """Ends the sessions of somebody of whom a second factor is asked since he got a role, and who has none."""
    actor = actors.load(session, company_id, username)
    if actor is not None and requires(session, actor) and username not in who_has(session, company_id):
        sign_ins.end_all(session, company_id, username)


def who_has(session: Session, company_id: str) -> frozenset[str]:
    """The usernames of those who have set one up."""
    mine = (SecondFactor.company_id == company_id, SecondFactor.confirmed_at.is_not(None))
    return frozenset(session.execute(select(SecondFactor.username).where(*mine)).scalars())


def _is_among(session: Session, by: Actor, whom: frozenset[str]) -> bool:
    held = {code for code, _scope in by.roles} | ({roles.ADMINISTRATOR} if by.is_administrator else set())
    if EVERYBODY in whom or held & whom:
        return True
    if roles.KEEPER not in whom:
        return False
    return catalogue.may_keep(organisation.at_version(session, by.company_id, by.organisation_version), by)


def _concerned(session: Session, company_id: str, whom: frozenset[str]) -> list[str]:
    """Those of whom it is asked, by username."""
    active = (Person.company_id == company_id, Person.is_disabled.is_(False))
    people = session.execute(select(Person.username).where(*active)).scalars().all()
    if not whom or EVERYBODY in whom:
        return list(people) if whom else []
    loaded = (actors.load(session, company_id, username) for username in people)
    return [each.username for each in loaded if each is not None and _is_among(session, each, whom)]
