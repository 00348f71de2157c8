"""The person on whose behalf a verb acts, with everything that rights are decided by."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from engine.models import Company, Membership, Person

SYSTEM_USERNAME = "system"


@dataclass(frozen=True)
class Actor:
    """A signed-in person of a company; `groups` are the candidate groups he or she belongs to."""

    company_id: str
    username: str
    name: str
    department: str | None = None
    groups: frozenset[str] = frozenset()
    is_administrator: bool = False
    clearance: str = "内部"
    language: str | None = None
    theme: str | None = None
    time_zone: str = "Asia/Shanghai"
    organisation_version: int = 0
    session_epoch: int = 0

    @property
    def is_system(self) -> bool:
        """Whether this is the engine itself (timers, jobs), not a person."""
        return self.username == SYSTEM_USERNAME


def load(session: Session, company_id: str, username: str) -> Actor | None:
    """The person as an actor, in ONE statement; None if there is no such person or the account is disabled."""
    member = and_(Membership.company_id == Person.company_id, Membership.username == Person.username)
    statement = (
        select(Person.name, Person.department, Person.is_administrator, Person.clearance, Person.language,
               Person.theme, Person.session_epoch, Company.time_zone, Company.organisation_version,
               Membership.group_name)
        .join(Company, Company.id == Person.company_id)
        .outerjoin(Membership, member)
        .where(Person.company_id == company_id, Person.username == username, Person.is_disabled.is_(False))
    )
    rows = session.execute(statement).all()
    if not rows:
        return None
    row, groups = rows[0], frozenset(each.group_name for each in rows if each.group_name)
    return Actor(company_id, username, row.name, row.department, groups, row.is_administrator, row.clearance,
                 row.language, row.theme, row.time_zone, row.organisation_version, row.session_epoch)


def SYSTEM(company_id: str, organisation_version: int = 0) -> Actor:
    """The engine acting by itself in a company: timers, jobs, messages."""
    return Actor(company_id, SYSTEM_USERNAME, SYSTEM_USERNAME, is_administrator=True, clearance="绝密",
                 organisation_version=organisation_version)
