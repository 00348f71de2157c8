"""How a company's people sign in, as its administrators see it: providers without their secrets, the policy, the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from engine import errors
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries import paging
from engine.queries.organisation import reading
from engine.signing_in import events, policy, providers
from engine.storage.models import SignInEvent, SignInProvider


@dataclass(frozen=True)
class SignInSettingsPage:
    """Providers, for whom a second factor is asked, and how many people have one."""

    providers: list[SignInProvider]
    asked: frozenset[str]
    have: int
    people: int


@dataclass(frozen=True)
class SignInLogLine:
    """A line of the log; `who` and `by` are names, or what was typed."""

    key: int
    at: datetime
    kind: str
    provider: str
    who: str
    by: str
    address: str
    refusal: errors.Refusal | None


def page(session: Session, by: Actor) -> SignInSettingsPage:
    """All of it. Raises Forbidden."""
    company = reading.company(session, by)
    mine = select(SignInProvider).where(SignInProvider.company_id == by.company_id).order_by(SignInProvider.key)
    have = policy.who_has(session, by.company_id)
    active = [each.username for each in company.people.values() if not each.is_disabled]
    rows = list(session.execute(mine).scalars())
    return SignInSettingsPage(rows, policy.asked(session, by.company_id), len(have & set(active)), len(active))


def provider(session: Session, by: Actor, id: str) -> SignInProvider:
    """One provider. Raises Forbidden, NotFound."""
    reading.company(session, by)
    mine = (SignInProvider.company_id == by.company_id, SignInProvider.id == id)
    row = session.execute(select(SignInProvider).where(*mine)).scalar_one_or_none()
    if row is None:
        raise errors.NotFound(providers.NONE_SUCH)
    return row


def require_free(session: Session, by: Actor, id: str) -> None:
    """Raises Invalid when a provider has the id already."""
    mine = (SignInProvider.company_id == by.company_id, SignInProvider.id == id)
    if session.execute(select(func.count()).select_from(SignInProvider).where(*mine)).scalar_one():
        refusal = errors.Refusal("Another way to sign in has this id.")
        raise errors.Invalid(errors.ANOTHER_LOOK, fields={"id": [refusal]})


def log(session: Session, by: Actor, text: str, wanted: paging.WantedPage) -> paging.Page[SignInLogLine]:
    """A page of the log; `text` narrows it to a person, by name or username, or a provider. Raises Forbidden."""
    company = reading.company(session, by)
    row = SignInEvent
    statement = select(row).where(row.company_id == by.company_id)
    if text:
        named = [each.username for each in company.people.values() if text in (each.name, each.username)]
        statement = statement.where(or_(row.username.in_(named), row.by.in_(named), row.provider == text))
    rows = session.execute(paging.newest_first(statement, row.key, wanted)).scalars().all()
    return paging.page([_line(company, each) for each in rows], wanted, lambda line: (line.key,))


def _line(company: Organisation, row: SignInEvent) -> SignInLogLine:
    refusal = events.refusal_of(row.text, row.values) if row.text else None
    who, by = (company.name_of(each) if each else "" for each in (row.username, row.by))
    return SignInLogLine(row.key, row.at, row.kind, row.provider, who, by, row.address, refusal)
