"""Who is away now, as his deputies say, until when, and who stands in."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.people.organisation import Organisation
from engine.storage.models import Deputy


@dataclass(frozen=True)
class Absence:
    """Until when somebody is away, and the names of those who stand in."""

    until: datetime
    deputies: tuple[str, ...]


def now_away(session: Session, company: Organisation, usernames: Collection[str], *, now: datetime) -> dict[str, Absence]:
    """Who of these is away now, by their usernames; one statement, none for nobody."""
    theirs = arranged(session, company.id, usernames, now=now)
    return {name: _absence(company, rows) for name, rows in theirs.items()}


def arranged(session: Session, company_id: str, usernames: Collection[str], *, now: datetime) -> dict[str, list[Deputy]]:
    """Who stands in for each of these now, by their usernames, the oldest arrangement first; one statement, none for nobody."""
    if not usernames:
        return {}
    row = Deputy
    current = (row.company_id == company_id, row.ended_at.is_(None), row.begins_at <= now, row.ends_at > now)
    statement = select(row).where(*current, row.principal.in_(sorted(usernames))).order_by(row.key)
    by_principal: dict[str, list[Deputy]] = {}
    for each in session.execute(statement).scalars():
        by_principal.setdefault(each.principal, []).append(each)
    return by_principal


def _absence(company: Organisation, rows: Iterable[Deputy]) -> Absence:
    absences = list(rows)
    names = dict.fromkeys(company.name_of(each.deputy) for each in absences)
    return Absence(max(each.ends_at for each in absences), tuple(names))
