"""The providers of a company: stored with their secrets sealed, changed by administrators alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.people import organisation
from engine.people.actors import Actor
from engine.records.secret import secret_proof
from engine.signing_in import declared, events
from engine.storage import keys, sealing
from engine.storage.models import SignInProvider

NOT_YOURS = "Only an administrator may change how people sign in: whoever does could sign in as anybody."
LONGEST_NAME = 40
NONE_SUCH = "There is no such way to sign in."


def speaking(kind: str) -> Any:
    """The module that speaks with providers of a kind: directory, oidc or offices; or `calls`, on which these stand.

    What it stands on (LDAP, OAuth, HTTP) takes 8 MB of a server: it is loaded when somebody comes that way.
    """
    return import_module(f"engine.signing_in.ways.{kind}")


@dataclass(frozen=True)
class Provider:
    """One of them, with its secret, as it is asked: read from the database before anything is sent."""

    key: int
    company_id: str
    id: str
    kind: str
    name: str
    settings: Mapping[str, Any]
    secret: str = field(default="", repr=False)

    def setting(self, name: str) -> Any:
        """A setting, or what it is without being set."""
        return self.settings.get(name, declared.defaults(self.kind)[name])


def provider_of(session: Session, company_id: str, id: str) -> Provider:
    """The provider of that id, if it is in use and has its secret. Raises NotFound."""
    return _opened(session, _row(session, company_id, id, is_active=True))


def directory(session: Session, company_id: str) -> Provider | None:
    """The directory that is asked when the own password does not fit; None where the company has none in use."""
    mine = (SignInProvider.company_id == company_id, SignInProvider.kind == declared.LDAP, SignInProvider.is_active.is_(True))
    row = session.execute(select(SignInProvider).where(*mine).order_by(SignInProvider.key)).scalars().first()
    return _opened(session, row) if row else None


def save(
    session: Session,
    by: Actor,
    id: str,
    kind: str,
    name: str,
    settings: Mapping[str, Any],
    *,
    secret: str = "",
    is_active: bool = True,
    now: datetime,
) -> None:
    """Stores a provider, new or again; an empty `secret` leaves the one that is there.

    Raises Forbidden, Invalid with `fields`.
    """
    require(by)
    row = _stored(session, by.company_id, id)
    company = organisation.current(session, by.company_id)
    values = declared.checked(kind, settings, company.groups)  # a former name means the group as it is called today
    faults = _faults(id, kind, name, row)
    if kind != declared.LDAP and not secret and (row is None or row.sealed is None):
        faults["secret"] = [errors.Refusal("Please fill this in.")]
    if faults:
        raise errors.Invalid(errors.ANOTHER_LOOK, fields=faults)
    if row is None:
        row = SignInProvider(key=keys.new(), company_id=by.company_id, id=id, kind=kind)
        session.add(row)
    row.name, row.settings, row.is_active = " ".join(name.split()), values, is_active
    if secret:
        secret_proof.require_unchanged(session)
        sealing.put(session, row, secret)
    session.flush()
    events.note(session, by.company_id, events.CHANGED, provider=row.name, by=by.username, now=now)


def remove(session: Session, by: Actor, id: str, *, now: datetime) -> None:
    """Takes a provider away with its secret. Raises Forbidden, NotFound."""
    require(by)
    row = _row(session, by.company_id, id)
    session.delete(row)
    events.note(session, by.company_id, events.REMOVED, provider=row.name, by=by.username, now=now)


def require(by: Actor) -> None:
    """Raises Forbidden for who may not change how people sign in."""
    if not by.is_administrator:
        raise errors.Forbidden(NOT_YOURS)


def is_ready(row: SignInProvider) -> bool:
    """Whether it has the secret that it needs: one that came from a file has none before somebody enters it."""
    return row.kind == declared.LDAP or row.sealed is not None


def _faults(id: str, kind: str, name: str, row: SignInProvider | None) -> declared.Faults:
    faults: declared.Faults = {}
    if not declared.ID.fullmatch(id):
        faults["id"] = [errors.Refusal("Small letters, digits and hyphens only.")]
    if row is not None and row.kind != kind:
        faults["id"] = [errors.Refusal("Another way to sign in has this id.")]
    if not name.strip():
        faults["name"] = [errors.Refusal("Please give a name.")]
    elif len(name) > LONGEST_NAME:
        faults["name"] = [errors.Refusal("This is longer than %(limit)s characters.", limit=LONGEST_NAME)]
    return faults


def _stored(session: Session, company_id: str, id: str) -> SignInProvider | None:
    mine = (SignInProvider.company_id == company_id, SignInProvider.id == id)
    return session.execute(select(SignInProvider).where(*mine)).scalar_one_or_none()


def _row(session: Session, company_id: str, id: str, *, is_active: bool = False) -> SignInProvider:
    row = _stored(session, company_id, id)
    if row is None or (is_active and not (row.is_active and is_ready(row))):
        raise errors.NotFound(NONE_SUCH)
    return row


def _opened(session: Session, row: SignInProvider) -> Provider:
    return Provider(row.key, row.company_id, row.id, row.kind, row.name, row.settings, sealing.opened(session, row))
