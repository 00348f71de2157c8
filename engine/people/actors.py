"""The person on whose behalf a verb acts, with everything that rights are decided by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    literal,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from engine.people import roles
from engine.people.machines.scopes import Machine
from engine.people.organisation import higher
from engine.storage.models import Company, Deputy, Json, Membership, Moment, Person, RoleGrant, SignIn

SYSTEM_USERNAME = "system"


@dataclass(frozen=True)
class Principal:
    """Somebody who is away and for whom the actor acts now [被代理人], with the groups that he belongs to.

    `processes` are those that it is about, None for all; `since`: only what came since then, None for older tasks too.
    """

    username: str
    groups: frozenset[str] = frozenset()
    processes: frozenset[str] | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class Actor:
    """A signed-in person of a company; `groups` are the candidate groups he or she belongs to, by present and former names.

    `principals` are those whose deputy he or she is at this moment, never those of a principal in turn.
    `roles` are what he or she was given, as (code, scope) of `people.roles`. `clearance` takes in what a keeper of records
    may see. An auditor belongs to no group and administers nothing, whatever else is stored.
    `sign_in` is the key of the session that the pages know him or her by; None for the API and for one that ended. With
    `must_change_password` somebody else knows the password, and nothing may be done but change it. `machine` says that this
    is no person but the account of a program, and what it may do.
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
    principals: tuple[Principal, ...] = ()
    must_change_password: bool = False
    machine: Machine | None = None

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
    def answerable(self) -> str:
        """The username of the person who answers for what the actor does: himself, and of a machine account who made or took it over."""
        return self.machine.made_by if self.machine is not None else self.username

    @property
    def is_unbarred(self) -> bool:
        """Whether no case is kept from the actor for being about him (回避): administrators, and a program that one answers for."""
        return self.is_administrator or (self.machine is not None and self.machine.is_of_administrator)

    @property
    def is_system(self) -> bool:
        """Whether this is the engine itself (timers, jobs), not a person."""
        return self.username == SYSTEM_USERNAME


def load(
    session: Session, company_id: str, username: str, sign_in: int | None = None, *, now: datetime | None = None
) -> Actor | None:
    """The person as an actor, in ONE statement; None if there is no such person or the account is disabled.

    `sign_in` is the key of a session: the actor has it if that session is this person's and has not ended. `now` is the
    moment at which he acts, which says for whom he is a deputy; without it he acts for himself alone.
    """
    if session.info.get("company") not in (None, company_id):
        return None  # a session of one company loads nobody of another
    given = {"company_id": company_id, "username": username, "sign_in": sign_in, "now": now}
    rows = session.execute(_STATEMENT if now is None else _WITH_PRINCIPALS, given).all()
    own = [each for each in rows if each.arrangement is None]
    if not own:
        return None
    row = own[0]
    groups = frozenset(each.scope for each in own if each.code == _MEMBER)
    held = frozenset((each.code, each.scope) for each in own if each.code not in (None, _MEMBER))
    is_auditor = (roles.AUDITOR, roles.EVERYTHING) in held
    return Actor(
        company_id,
        username,
        row.name,
        row.department,
        frozenset() if is_auditor else groups,
        row.is_administrator and not is_auditor,
        higher(row.clearance, *(scope for code, scope in held if code == roles.KEEPER)),
        row.language,
        row.theme,
        row.time_zone,
        row.organisation_version,
        row.session_epoch,
        row.sign_in,
        frozenset(each for each in held if each[0] == roles.AUDITOR) if is_auditor else held,
        () if is_auditor else tuple(_principals(each for each in rows if each.arrangement is not None)),
        row.must_change_password,
    )


def _principals(rows: Iterable[Row[Any]]) -> Iterator[Principal]:
    """One for each arrangement; its rows differ by the principal's groups."""
    by_person: dict[int, list[Row[Any]]] = {}
    for row in rows:
        by_person.setdefault(row.arrangement, []).append(row)
    for same in by_person.values():
        groups = frozenset(each.scope for each in same if each.scope)
        processes = None if same[0].processes is None else frozenset(same[0].processes)
        yield Principal(same[0].principal, groups, processes, same[0].since)


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


def _about(person: Any, company: Any) -> list[Any]:
    """What is asked of a person in both parts of the statement."""
    return [
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
    ]


def _of_person(table: Any) -> tuple[ColumnElement[bool], ...]:
    return table.c.company_id == bindparam("company_id"), table.c.username == bindparam("username")


def _statement() -> Select[Any]:
    """Over the bare tables and made once: it runs with every request and names its company itself."""
    person, company, begun = (table.__table__ for table in (Person, Company, SignIn))
    is_theirs = and_(begun.c.company_id == person.c.company_id, begun.c.username == person.c.username)
    is_named = and_(begun.c.key == bindparam("sign_in", type_=BigInteger()), is_theirs)
    held = _held()
    nobody = (cast(null(), BigInteger).label("arrangement"), cast(null(), String).label("principal"))
    limits = (cast(null(), Json).label("processes"), cast(null(), Moment).label("since"))
    return (
        select(*_about(person, company), held.c.code, held.c.scope, begun.c.key.label("sign_in"), *nobody, *limits)
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


def _with_principals() -> CompoundSelect[Any]:
    """The same, and a row for each group of those whose deputy the person is; who has left stands in for nobody."""
    person, company, member = (table.__table__ for table in (Person, Company, Membership))
    deputy: Any = Deputy.__table__
    away: Any = person.alias("away")
    stands_in = and_(deputy.c.company_id == person.c.company_id, deputy.c.deputy == person.c.username)
    is_away = and_(
        away.c.company_id == person.c.company_id, away.c.username == deputy.c.principal, away.c.is_disabled.is_(False)
    )
    belongs = and_(member.c.company_id == person.c.company_id, member.c.username == deputy.c.principal)
    now: Any = bindparam("now", type_=Moment())
    since = case((deputy.c.covers_existing.is_(False), deputy.c.begins_at), else_=cast(null(), Moment))
    arrangement = (deputy.c.key, deputy.c.principal, deputy.c.processes, since)
    joined = person.join(company, company.c.id == person.c.company_id).join(deputy, stands_in).join(away, is_away)
    theirs = (
        select(*_about(person, company), literal(_MEMBER), member.c.group_name, cast(null(), BigInteger), *arrangement)
        .select_from(joined.outerjoin(member, belongs))
        .where(
            *_of_person(person),
            person.c.is_disabled.is_(False),
            deputy.c.begins_at <= now,
            deputy.c.ends_at > now,
            deputy.c.ended_at.is_(None),
        )
    )
    return union_all(_statement(), theirs)


_STATEMENT = _statement()
_WITH_PRINCIPALS = _with_principals()
