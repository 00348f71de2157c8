"""The ways in, whole: what was typed is held against the own password and then the directory; an answer of a provider's page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine import errors
from engine.people import actors, organisation
from engine.people.actors import Actor
from engine.people.credentials import passwords
from engine.signing_in import declared, events, matching, providers, states
from engine.signing_in.providers import Provider
from engine.signing_in.states import Begun
from engine.storage.database import Database
from engine.storage.models import Company, Person
from engine.verbs.organisation import changing
from engine.verbs.organisation.people_files import importing


def by_password(
    database: Database, company: str, username: str, password: str, address: str, *, now: datetime, seconds: float
) -> tuple[Actor, Provider | None]:
    """The person behind what was typed, and the directory if that knew the password.

    The own password comes first, so that an administrator who has one gets in while the directory is down. `seconds` is how
    long the directory may take to each of three questions. Raises as `passwords.sign_in`, Unavailable when the directory
    does not answer. What is refused is noted.
    """
    try:
        return passwords.sign_in(database, company, username, password, address, now=now), None
    except (errors.Forbidden, errors.TooMany) as refusal:
        with database.reading() as session:
            provider = providers.directory(session, company)
        if provider is None or isinstance(refusal, errors.TooMany):
            _refused(database, company, "", refusal, address, now, username)
            raise
    try:
        claims = providers.speaking("directory").who(provider, username, password, seconds=seconds)
    except errors.Unavailable as refusal:
        _refused(database, provider.company_id, provider.name, refusal, address, now, username)
        passwords.forgive(database, passwords.account_of(company, username), address)  # it was not looked at
        raise
    if claims is None:
        wrong = errors.Forbidden(passwords.WRONG)
        _refused(database, provider.company_id, provider.name, wrong, address, now, username)
        raise wrong
    actor = _let_in(database, provider, claims, address, now)
    passwords.forgive(database, passwords.account_of(company, username), address)
    return actor, provider


def begin(
    database: Database, provider: Provider, begun: Begun, back: str, address: str, *, now: datetime, seconds: float
) -> str:
    """The address of the provider's page that the browser is sent to; `address` is the browser's own.

    Raises Unavailable, which is noted, and NotFound for a directory.
    """
    if provider.kind not in declared.BY_BROWSER:
        raise errors.NotFound(providers.NONE_SUCH)
    if provider.kind != declared.OIDC:
        return providers.speaking("offices").address(provider, begun, back)
    try:
        return providers.speaking("oidc").address(provider, begun, back, seconds=seconds)
    except errors.Unavailable as refusal:
        _refused(database, provider.company_id, provider.name, refusal, address, now)
        raise


def by_answer(
    database: Database,
    provider: Provider,
    kept: Any,
    answer: Mapping[str, str],
    back: str,
    address: str,
    *,
    now: datetime,
    seconds: float,
) -> tuple[Actor, Begun]:
    """The person whom the provider's answer names; `kept` is what the browser kept of this sign-in.

    A state is taken once. Every refusal is noted. Raises Forbidden, Unavailable when the provider does not answer.
    """
    try:
        begun = states.returned(kept, provider.company_id, provider.id, now=now)
        with database.transaction(provider.company_id) as session:
            states.use(session, begun, now=now)
        if provider.kind == declared.OIDC:
            claims = providers.speaking("oidc").claims(provider, begun, back, answer, now=now, seconds=seconds)
        else:
            claims = providers.speaking("offices").claims(provider, begun, back, answer, seconds=seconds)
    except (errors.Forbidden, errors.Unavailable) as refusal:
        _refused(database, provider.company_id, provider.name, refusal, address, now)
        raise
    return _let_in(database, provider, claims, address, now), begun


def sync(database: Database, by: Actor, id: str, *, now: datetime, seconds: float) -> int:
    """The people of the directory as a table to look at, as if a file had been handed in; its key.

    Raises Forbidden, NotFound, Unavailable, Invalid for a directory with nobody in it.
    """
    changing.require(by)
    with database.reading(by.company_id) as session:
        provider = providers.provider_of(session, by.company_id, id)
        company = organisation.current(session, by.company_id)
    if provider.kind != declared.LDAP:
        raise errors.NotFound(providers.NONE_SUCH)
    rows = providers.speaking("directory").rows(provider, company, seconds=seconds)
    if len(rows) == 1:
        raise errors.Invalid("%(provider)s has nobody under %(base)s.", provider=provider.name, base=provider.setting("base"))
    with database.transaction(by.company_id) as session:
        return importing.keep(session, by, provider.name, rows, now=now)


def _let_in(database: Database, provider: Provider, claims: Mapping[str, Any], address: str, now: datetime) -> Actor:
    """The person whom the claims name. Raises Forbidden, which is noted."""
    try:
        with database.transaction(provider.company_id) as session:
            username = matching.username(session, provider, claims, now=now, address=address)
            actor = actors.load(session, provider.company_id, username, now=now)
            if actor is None:
                raise errors.Forbidden(matching.DISABLED)
            return actor
    except errors.Forbidden as refusal:
        _refused(database, provider.company_id, provider.name, refusal, address, now)
        raise


def _refused(
    database: Database, company: str, way: str, refusal: errors.Refusal, address: str, now: datetime, username: str = ""
) -> None:
    """Notes a refusal by a way, "" for the own password; a name that was typed only where somebody is called so, as a password
    may stand in the wrong field. Of a company that there is not nothing is noted.
    """
    with database.transaction(company) as session:
        if session.get(Company, company) is None:
            return
        mine = (Person.company_id == company, Person.username == username)
        known = session.execute(select(Person.username).where(*mine)).scalar() or ""
        events.note(
            session,
            company,
            events.REFUSED,
            provider=way,
            username=known,
            address=address,
            refusal=refusal,
            now=now,
        )
