"""What the sign-in page shows of the companies that work here: as much as the operator allows strangers to know."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine import environment
from engine.storage.models import Company


@dataclass(frozen=True)
class Offer:
    """The companies to choose from, or the one that the host's name stands for; none of both: it is typed."""

    companies: tuple[tuple[str, str], ...] = ()
    fixed: tuple[str, str] | None = None


def offer(session: Session, how: str, host: str) -> Offer:
    """What a stranger at `host` is shown; `how` is listed, host or typed (`BANJIE_SIGN_IN`).

    By host name the first part decides: acme.example.com is the company acme.
    """
    columns = select(Company.id, Company.name).order_by(Company.name)
    if how == environment.LISTED:
        return Offer(tuple((row.id, row.name) for row in session.execute(columns)))
    if how == environment.BY_HOST:
        row = session.execute(columns.where(Company.id == host.partition(":")[0].partition(".")[0].lower())).one_or_none()
        return Offer(fixed=(row.id, row.name) if row else None)
    return Offer()


def company_of(session: Session, text: str) -> str:
    """The id of the company that somebody typed by id or name; the text itself for one that is not there."""
    by_id = select(Company.id).where(or_(Company.id == text, Company.id == text.lower(), Company.name == text))
    found = session.execute(by_id.order_by(Company.id)).scalars().all()
    return text if text in found or len(found) != 1 else found[0]
