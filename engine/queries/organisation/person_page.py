"""One person: what he is, his groups and why, what he holds, what is entered for later, what was changed, what he may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.people.actors import Actor
from engine.people.organisation import Member, Organisation, Unit
from engine.people.rights import sight
from engine.queries.organisation import groups, log, machine_list, reading, rights
from engine.signing_in import identities, policy
from engine.storage.models import Deputy, Membership, PlannedChange, RoleGrant
from engine.verbs.organisation import leaving, own_cases

LAST_CHANGES = 10


@dataclass(frozen=True)
class Belonging:
    """A group of the person, and why: entered by name, or these rules."""

    name: str
    is_named: bool
    rules: list[groups.MembershipRule]


@dataclass(frozen=True)
class PersonPage:
    """All of it; `leads` are departments, `followers` people whose superior he is, `machines` accounts that he answers for.

    `may_open`: whether the reader may hand out a code to him and reset his second factor; `may_part`: let him leave.
    `own_tasks` are the keys of those `tasks` whose cases are about the reader; who is no administrator is not told of them.
    """

    member: Member
    company: Organisation
    way: list[Unit]
    posts: list[str]
    manager: str
    groups: list[Belonging]
    leads: list[Unit]
    followers: list[Member]
    tasks: list[leaving.OpenTask]
    planned: list[PlannedChange]
    deputies: list[Deputy]
    failed: list[PlannedChange]
    rights: list[rights.Right]
    grants: list[RoleGrant]
    log: list[log.LogEntry]
    is_expected: bool
    has_second_factor: bool
    has_account_outside: bool
    machines: list[str]
    may_open: bool
    may_part: bool
    own_tasks: frozenset[int]


def person(session: Session, by: Actor, username: str, *, now: datetime) -> PersonPage:
    """The page of a person. Raises Forbidden, NotFound."""
    company = reading.company(session, by)
    member = company.people.get(username)
    if member is None:
        raise errors.NotFound("There is no such person.")
    changes = _changes(session, by, username)
    planned, tasks = [row for row in changes if row.state == "planned"], leaving.open_tasks(session, company, username)
    own = own_cases.about(session, by, tasks, by.username, now=now)
    grants = select(RoleGrant).where(RoleGrant.company_id == by.company_id, RoleGrant.username == username)
    return PersonPage(
        member,
        company,
        company.path_of(member.department),
        [company.posts[post] for post in member.posts if post in company.posts],
        company.name_of(company.manager_of(username)),
        _groups(session, company, member),
        [unit for unit in company.departments.values() if unit.head == username],
        [each for each in company.people.values() if each.superior == username and not each.is_disabled],
        [task for task in tasks if task.key not in own or by.is_administrator],
        planned,
        leaving.deputies(session, by.company_id, username, now),
        [row for row in changes if row.note and row.state in ("failed", "done")],
        rights.rights_of(session, company, username, now=now),
        list(session.execute(grants.order_by(RoleGrant.key)).scalars()),
        log.entries_of(session, by, f"person:{username}", LAST_CHANGES),
        member.is_disabled and any(row.kind == "join" for row in planned),
        username in policy.who_has(session, by.company_id),
        identities.has(session, by.company_id, username),
        machine_list.answered_for(session, by.company_id, username),
        by.is_administrator or not sight.has(session, by.company_id, username),
        by.is_administrator or not member.is_administrator,
        own,
    )


def _groups(session: Session, company: Organisation, member: Member) -> list[Belonging]:
    row = Membership
    mine = (row.company_id == company.id, row.username == member.username)
    rows = session.execute(select(row.group_name, row.is_named).where(*mine)).all()
    rules = groups.rules_of(session, company)
    return [
        Belonging(name, is_named, groups.matching(company, member, rules.get(name, ())))
        for name, is_named in sorted(rows)
        if name not in company.former
    ]


def _changes(session: Session, by: Actor, username: str) -> list[PlannedChange]:
    row = PlannedChange
    mine = (row.company_id == by.company_id, row.username == username)
    return list(session.execute(select(row).where(*mine).order_by(row.day, row.key)).scalars())
