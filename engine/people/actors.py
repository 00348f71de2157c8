"""The person on whose behalf a verb acts, with everything that rights are decided by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, and_, bindparam, select
from sqlalchemy.orm import Session

from engine.storage.models import Company, Membership, Person, SignIn

SYSTEM_USERNAME = "system"


@dataclass(frozen=True)
class Actor:
    """A signed-in person of a company; `groups` are the candidate groups he or she belongs to.

    `sign_in` is the key of the session that the pages know him or her by; None for the API and for one that ended. With
    `must_change_password` somebody else knows the password, and nothing may be done but change it.
    """

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
    sign_in: int | None = None
    must_change_password: bool = False

    @property
    def is_system(self) -> bool:
        """Whether this is the engine itself (timers, jobs), not a person."""
        return self.username == SYSTEM_USERNAME


def load(session: Session, company_id: str, username: str, sign_in: int | None = None) -> Actor | None:
    """The person as an actor, in ONE statement; None if there is no such person or the account is disabled.

    `sign_in` is the key of a session: the actor has it if that session is this person's and has not ended.
    """
    if session.info.get("company") not in (None, company_id):
        return None  # a session of one company loads nobody of another
    rows = session.execute(_STATEMENT, {"company_id": company_id, "username": username, "sign_in": sign_in}).all()
    if not rows:
        return None
    row, groups = rows[0], frozenset(each.group_name for each in rows if each.group_name)
    return Actor(
        company_id,
        username,
        row.name,
        row.department,
        groups,
        row.is_administrator,
        row.clearance,
        row.language,
        row.theme,
        row.time_zone,
        row.organisation_version,
        row.session_epoch,
        row.sign_in,
        row.must_change_password,
    )


def SYSTEM(company_id: str, organisation_version: int = 0) -> Actor:
    """The engine acting by itself in a company: timers, jobs, messages."""
    return Actor(
        company_id,
        SYSTEM_USERNAME,
        SYSTEM_USERNAME,
        is_administrator=True,
        clearance="绝密",
        organisation_version=organisation_version,
    )


def _statement() -> Select[Any]:
    """Over the bare tables and made once: it runs with every request and names its company itself."""
    person, company, member, begun = (table.__table__ for table in (Person, Company, Membership, SignIn))
    belongs = and_(member.c.company_id == person.c.company_id, member.c.username == person.c.username)
    is_theirs = and_(begun.c.company_id == person.c.company_id, begun.c.username == person.c.username)
    is_named = and_(begun.c.key == bindparam("sign_in", type_=BigInteger()), is_theirs)
    return (
        select(
            person.c.name,
            person.c.department,
            person.c.is_administrator,
            person.c.clearance,
            person.c.language,
            person.c.theme,
            person.c.session_epoch,
            person.c.must_change_password,
            company.c.time_zone,
            company.c.organisation_version,
            member.c.group_name,
            begun.c.key.label("sign_in"),
        )
        .select_from(
            person.join(company, company.c.id == person.c.company_id).outerjoin(member, belongs).outerjoin(begun, is_named)
        )
        .where(
            person.c.company_id == bindparam("company_id"),
            person.c.username == bindparam("username"),
            person.c.is_disabled.is_(False),
        )
    )


_STATEMENT = _statement()
