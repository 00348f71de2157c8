"""Sight: what lets somebody see cases or records beyond his own work, and is therefore an administrator's alone to give.

It comes by administering, by a role, by a group that a process or the record policy gives sight to (whatever puts
somebody there: a name, a rule, a post, a department, a headship), and by a clearance above what everybody has. Whoever
only administers the organisation gives none of it, to nobody, and opens no account that has it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.basics.sayings import Said
from engine.people.organisation import SECRECY, Organisation, level_of
from engine.people.rights import secrecy
from engine.people.roles import ADMINISTRATOR, ROLES
from engine.storage.models import Company, Membership, Person, ProcessDefinition, RoleGrant

# Settings whose groups see more than their own work: of a process, and of [settings.records].
OF_PROCESS = ("managers", "owners", "visible_to")
OF_RECORDS = ("readers", "keepers")
EVERYBODY_S = "内部"  # the clearance that everybody has
ROLE, GROUP, CLEARANCE = "role", "group", "clearance"
Sight = tuple[str, str, str]  # a username, one of these kinds, and what it is: a role with its scope, a group, a level


def groups(session: Session, company_id: str) -> frozenset[str]:
    """The names, present or former, by which processes and the record policy give groups sight; two statements."""
    own = session.execute(select(Company.settings).where(Company.id == company_id)).scalar()
    return of_processes(session, company_id) | of_records(own or {})


def of_processes(session: Session, company_id: str) -> frozenset[str]:
    """Those that the newest versions of processes name."""
    row = ProcessDefinition
    newest = (
        select(row.process_id, func.max(row.version).label("version"))
        .where(row.company_id == company_id)
        .group_by(row.process_id)
        .subquery()
    )
    same = (row.process_id == newest.c.process_id) & (row.version == newest.c.version)
    settings = session.execute(select(row.settings).join(newest, same).where(row.company_id == company_id)).scalars()
    return frozenset(name for each in settings for name in _named(each, OF_PROCESS))


def of_records(settings: Mapping[str, Any]) -> frozenset[str]:
    """Those that the record policy among a company's settings names."""
    return frozenset(_named(settings.get("records", {}), OF_RECORDS))


def held(session: Session, company: Organisation, named: Collection[str]) -> frozenset[Sight]:
    """All sight that there is in a company as it stands; one statement. `named` are the groups `of_processes`."""
    grants = select(RoleGrant.username, RoleGrant.role, RoleGrant.scope).where(RoleGrant.company_id == company.id)
    sights = {(username, ROLE, f"{role}:{scope}") for username, role, scope in session.execute(grants)}
    for each in company.people.values():
        if each.is_administrator and not each.is_disabled:
            sights.add((each.username, ROLE, f"{ADMINISTRATOR}:"))
        if each.clearance != EVERYBODY_S:
            sights.update((each.username, CLEARANCE, level) for level in _above(each.clearance))
    for name in {*named, *of_records(company.settings)}:
        sights.update((username, GROUP, company.present_name(name)) for username in company.groups.get(name, ()))
    return frozenset(sights)


def called(given: Sight) -> str | Said:
    """What somebody has by it, as people call it: a role, a level of secrecy, a group."""
    _username, kind, what = given
    if kind == ROLE:
        return ROLES[what.partition(":")[0]].called
    return secrecy.called(what) if kind == CLEARANCE else what


def has(session: Session, company_id: str, username: str) -> bool:
    """Whether the person has any: his account opens more than his own work."""
    mine = (Person.company_id == company_id, Person.username == username)
    person = session.execute(select(Person.is_administrator, Person.clearance).where(*mine)).one_or_none()
    if person is None:
        return False
    if person.is_administrator or any(_above(person.clearance)):
        return True
    grants = select(RoleGrant.key).where(RoleGrant.company_id == company_id, RoleGrant.username == username)
    if session.execute(grants.limit(1)).first() is not None:
        return True
    belongs = select(Membership.group_name).where(Membership.company_id == company_id, Membership.username == username)
    return not groups(session, company_id).isdisjoint(session.execute(belongs).scalars())


def _named(settings: object, names: Iterable[str]) -> Iterator[str]:
    """The group names of these settings, as they were deployed."""
    if isinstance(settings, dict):
        yield from (str(each) for name in names for each in settings.get(name) or ())


def _above(clearance: str) -> tuple[str, ...]:
    """The levels beyond everybody's that a clearance takes in."""
    return SECRECY[level_of(EVERYBODY_S) + 1 : level_of(clearance) + 1]
