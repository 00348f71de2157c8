"""The person on whose behalf a verb acts, with everything that rights are decided by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, and_, bindparam, literal, select, true, union_all
from sqlalchemy.orm import Session

from engine.people import roles
from engine.people.organisation import higher
from engine.storage.models import Company, Membership, Person, RoleGrant, SignIn

SYSTEM_USERNAME = "system"


@dataclass(frozen=True)
class Actor:
    """A signed-in person of a company; `groups` are the candidate groups he or she belongs to, by present and former names.

    `roles` are what he or she was given, as (code, scope) of `people.roles`. `clearance` takes in what a keeper of records
    may see. An auditor belongs to no group and administers nothing, whatever else is stored.
    `sign_in` is the key of the session that the pages know him or her by; None for the API and for one that ended.
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
    roles: frozenset[tuple[str, str]] = frozenset()

    @property
    def is_auditor(self) -> bool:
        """Whether the person reads everything and changes nothing."""
        return (roles.AUDITOR, roles.EVERYTHING) in self.roles

    @property
    def reads_all(self) -> bool:
        """Whether every case of the company is open to the person."""
        return self.is_administrator or self.is_auditor or self.scopes(roles.MANAGER) >= {roles.EVERYTHING}

    @property
    def runs_organisation(self) -> bool:
        """Whether the person may change people, departments, posts, groups and roles."""
        return self.is_administrator or (roles.ORGANISATION, roles.EVERYTHING) in self.roles

    @property
    def operates(self) -> bool:
        """Whether the person looks after background work and incidents."""
        return self.is_administrator or (roles.OPERATOR, roles.EVERYTHING) in self.roles

    @property
    def keeps_records(self) -> bool:
        """Whether a role makes the person a keeper of customer records."""
        return bool(self.scopes(roles.KEEPER))

    def scopes(self, role: str) -> frozenset[str]:
        """Of what the person was given the role; "" is everything."""
        return frozenset(scope for code, scope in self.roles if code == role)

    def owns(self, process_id: str) -> bool:
        """Whether the person is an owner of the process."""
        return not self.scopes(roles.OWNER).isdisjoint((process_id, roles.EVERYTHING))

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
    row, groups = rows[0], frozenset(each.scope for each in rows if each.code == _MEMBER)
    given = frozenset((each.code, each.scope) for each in rows if each.code not in (None, _MEMBER))
    is_auditor = (roles.AUDITOR, roles.EVERYTHING) in given
    return Actor(
        company_id,
        username,
        row.name,
        row.department,
        frozenset() if is_auditor else groups,
        row.is_administrator and not is_auditor,
        higher(row.clearance, *(scope for code, scope in given if code == roles.KEEPER)),
        row.language,
        row.theme,
        row.time_zone,
        row.organisation_version,
        row.session_epoch,
        row.sign_in,
        frozenset(each for each in given if each[0] == roles.AUDITOR) if is_auditor else given,
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


_MEMBER = "member"


def _statement() -> Select[Any]:
    """Over the bare tables and made once: it runs with every request and names its company itself."""
    person, company, begun = (table.__table__ for table in (Person, Company, SignIn))
    is_theirs = and_(begun.c.company_id == person.c.company_id, begun.c.username == person.c.username)
    is_named = and_(begun.c.key == bindparam("sign_in", type_=BigInteger()), is_theirs)
    held = _held()
    return (
        select(
            person.c.name,
            person.c.department,
            person.c.is_administrator,
            person.c.clearance,
            person.c.language,
            person.c.theme,
            person.c.session_epoch,
            company.c.time_zone,
            company.c.organisation_version,
            held.c.code,
            held.c.scope,
            begun.c.key.label("sign_in"),
        )
        .select_from(
            person.join(company, company.c.id == person.c.company_id).outerjoin(held, true()).outerjoin(begun, is_named)
        )
        .where(*_of_person(person), person.c.is_disabled.is_(False))
    )


def _held() -> Subquery:
    """The person's groups and roles, a row each; either half is read by its own index."""
    member, grant = Membership.__table__, RoleGrant.__table__
    groups = select(literal(_MEMBER).label("code"), member.c.group_name.label("scope")).where(*_of_person(member))
    return union_all(groups, select(grant.c.role, grant.c.scope).where(*_of_person(grant))).subquery()


def _of_person(table: Any) -> tuple[ColumnElement[bool], ...]:
    return table.c.company_id == bindparam("company_id"), table.c.username == bindparam("username")


_STATEMENT = _statement()
