"""What the sign-in page shows of the companies that work here: as much as the operator allows strangers to know."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from engine import environment
from engine.signing_in import declared
from engine.storage.models import Company, SignInProvider


@dataclass(frozen=True)
class SignInWay:
    """A button: the company's and the provider's id, and what stands on it; `company_name` where several companies are shown."""

    company: str
    id: str
    name: str
    kind: str
    company_name: str = ""


@dataclass(frozen=True)
class SignInOffer:
    """The companies to choose from, or the one that the host's name stands for; none of both: it is typed."""

    companies: tuple[tuple[str, str], ...] = ()
    fixed: tuple[str, str] | None = None
    ways: tuple[SignInWay, ...] = ()
    has_others: bool = False


def offer(session: Session, how: str, host: str, chosen: str = "") -> SignInOffer:
    """What a stranger at `host` is shown; `how` is listed, host or typed (`BANJIE_SIGN_IN`).

    By host name the first part decides: acme.example.com is the company acme. `chosen` is the company that was typed, or
    that this browser was signed in to: its other ways to sign in are offered.
    """
    companies = _companies(session, how, host)
    if companies.companies:
        ways = _ways(session, [id for id, _name in companies.companies])
        named = dict(companies.companies)
        several = len({way.company for way in ways}) > 1 or len(companies.companies) > 1
        return replace(companies, ways=tuple(replace(way, company_name=named[way.company] if several else "") for way in ways))
    company = companies.fixed[0] if companies.fixed else company_of(session, chosen) if chosen else ""
    ways = _ways(session, [company]) if company else []
    others = select(SignInProvider.key).where(*_in_use()).limit(1)
    return replace(companies, ways=tuple(ways), has_others=not companies.fixed and session.execute(others).first() is not None)


def _ways(session: Session, companies: list[str]) -> list[SignInWay]:
    row = SignInProvider
    statement = select(row.company_id, row.id, row.name, row.kind).where(*_in_use(), row.company_id.in_(companies))
    return [SignInWay(*way) for way in session.execute(statement.order_by(row.company_id, row.key))]


def _in_use() -> tuple[ColumnElement[bool], ...]:
    row = SignInProvider
    return row.is_active.is_(True), row.kind.in_(declared.BY_BROWSER), row.sealed.is_not(None)


def _companies(session: Session, how: str, host: str) -> SignInOffer:
    columns = select(Company.id, Company.name).order_by(Company.name)
    if how == environment.LISTED:
        return SignInOffer(tuple((row.id, row.name) for row in session.execute(columns)))
    if how == environment.BY_HOST:
        row = session.execute(columns.where(Company.id == host.partition(":")[0].partition(".")[0].lower())).one_or_none()
        return SignInOffer(fixed=(row.id, row.name) if row else None)
    return SignInOffer()


def company_of(session: Session, text: str) -> str:
    """The id of the company that somebody typed by id or name; the text itself for one that is not there."""
    by_id = select(Company.id).where(or_(Company.id == text, Company.id == text.lower(), Company.name == text))
    ids = session.execute(by_id.order_by(Company.id)).scalars().all()
    return text if text in ids or len(ids) != 1 else ids[0]
