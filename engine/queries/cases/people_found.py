"""Finding people to choose, by name, pinyin initials, username or department; who is away says so, and who stands in."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.basics import pinyin
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage.models import Deputy

MOST = 20


@dataclass(frozen=True)
class Absence:
    """Until when somebody is away, and the names of those who stand in."""

    until: datetime
    deputies: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """Somebody to choose; of a group `members` says how many it has."""

    username: str
    name: str
    department: str
    members: int = 0
    away: Absence | None = None


def find(
    session: Session, by: Actor, text: str, chosen: Collection[str] = (), *, with_groups: bool = False, now: datetime
) -> list[Found]:
    """Those who are chosen already, then at most twenty that the text fits; nobody else without one."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    names = [name for name in dict.fromkeys(chosen) if name in company.people or name in company.groups]
    if text.strip():
        names += [name for name in _fitting(company, text.strip(), with_groups) if name not in names][:MOST]
    away = absences(session, company, [name for name in names if name in company.people], now=now)
    return [_found(company, name, away.get(name)) for name in names]


def absences(session: Session, company: Organisation, usernames: Collection[str], *, now: datetime) -> dict[str, Absence]:
    """Who of these is away now, by their usernames; one statement, none for nobody."""
    if not usernames:
        return {}
    row = Deputy
    current = (row.company_id == company.id, row.ended_at.is_(None), row.begins_at <= now, row.ends_at > now)
    statement = select(row).where(*current, row.principal.in_(usernames)).order_by(row.key)
    by_principal: dict[str, list[Deputy]] = {}
    for each in session.execute(statement).scalars():
        by_principal.setdefault(each.principal, []).append(each)
    return {name: _absence(company, rows) for name, rows in by_principal.items()}


def _absence(company: Organisation, rows: Iterable[Deputy]) -> Absence:
    found = list(rows)
    names = dict.fromkeys(company.name_of(each.deputy) for each in found)
    return Absence(max(each.ends_at for each in found), tuple(names))


def _fitting(company: Organisation, text: str, with_groups: bool) -> Iterable[str]:
    for person in company.people.values():
        texts = (person.name, person.username, company.department_name(person.department))
        if not person.is_disabled and any(pinyin.matches(each, text) for each in texts if each):
            yield person.username
    for group in company.groups if with_groups else ():
        if pinyin.matches(group, text) and company.members_of(group):
            yield group


def _found(company: Organisation, name: str, away: Absence | None) -> Found:
    if name in company.people:
        person = company.people[name]
        return Found(name, person.name, company.department_name(person.department), away=away)
    return Found(name, name, "", len(company.members_of(name)))
