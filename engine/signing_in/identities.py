"""Whom a provider means by an id of its own: bound at the first sign-in, and followed by it from then on, whatever names change.

OpenID Connect Core 1.0, clause 5.7: `sub` with `iss` are the only claims that stay with a person and are given to nobody
else; a mail address or a username may be given anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine import errors
from engine.people.actors import Actor
from engine.signing_in import declared, events, providers
from engine.signing_in.providers import Provider
from engine.storage import database, keys
from engine.storage.models import Person, SignInIdentity

LONGEST = 255  # OpenID Connect Core 1.0, clause 2
ANOTHER = (
    "%(provider)s gave the name %(value)s to another account than the one that signed in here before. "
    "Please ask your administrator."
)
ODD = "The answer of %(provider)s is not what was asked for (%(claim)s). You are not signed in."


def subject(provider: Provider, claims: Mapping[str, Any]) -> str:
    """The provider's own id of who signed in; "" of one whose answers hold none that stays. Raises Forbidden for an odd one."""
    if provider.kind != declared.OIDC:
        return ""
    subject_claim = claims.get("sub")
    if not isinstance(subject_claim, str) or not 0 < len(subject_claim) <= LONGEST or not subject_claim.isprintable():
        raise errors.Forbidden(ODD, provider=provider.name, claim="sub")
    return subject_claim


def bound(session: Session, provider: Provider, subject: str) -> str | None:
    """The username that the id was bound to; None for one that never came."""
    if not subject:
        return None
    row = SignInIdentity
    mine = (*_of(provider), row.subject == subject)
    return session.execute(select(row.username).where(*mine)).scalar_one_or_none()


def bind(session: Session, provider: Provider, subject: str, username: str, value: str, *, now: datetime) -> None:
    """Binds the id to the person who was found by `value`. Raises Forbidden when another account is bound to him already."""
    if not subject:
        return
    database.hold(session, f"sign-in identities {provider.company_id}")
    row = SignInIdentity
    mine = (*_of(provider), row.username == username)
    before = session.execute(select(row.subject).where(*mine)).scalar_one_or_none()
    if before not in (None, subject):
        raise errors.Forbidden(ANOTHER, provider=provider.name, value=value)
    if before is None:
        values = {"issuer": str(provider.setting("issuer")), "subject": subject, "username": username, "at": now}
        session.add(SignInIdentity(key=keys.new(), company_id=provider.company_id, **values))
        session.flush()


def has(session: Session, company_id: str, username: str) -> bool:
    """Whether an account at a provider is bound to the person."""
    row = SignInIdentity
    mine = select(row.key).where(row.company_id == company_id, row.username == username).limit(1)
    return session.execute(mine).first() is not None


def forget(session: Session, by: Actor, username: str, *, address: str, now: datetime) -> None:
    """Loosens a person from his accounts at providers: the next one that is found to be his is bound.

    For whoever got a new account there. Raises Forbidden for others than administrators, NotFound.
    """
    providers.require(by)
    database.hold(session, f"sign-in identities {by.company_id}")
    mine = (Person.company_id == by.company_id, Person.username == username)
    if session.execute(select(Person.key).where(*mine)).first() is None or not has(session, by.company_id, username):
        raise errors.NotFound("No account at a provider belongs to this person.")
    row = SignInIdentity
    session.execute(delete(row).where(row.company_id == by.company_id, row.username == username))
    events.note(session, by.company_id, events.LOOSENED, username=username, by=by.username, address=address, now=now)


def _of(provider: Provider) -> tuple[Any, ...]:
    return SignInIdentity.company_id == provider.company_id, SignInIdentity.issuer == str(provider.setting("issuer"))
