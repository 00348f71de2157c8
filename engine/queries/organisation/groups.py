"""Groups: who is in them and why, and where each is named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.letters import pinyin
from engine.people import memberships
from engine.people.actors import Actor
from engine.people.organisation import Member, Organisation
from engine.queries import paging
from engine.queries.organisation import directory, reading
from engine.storage.models import CandidateGroup, GroupRule, Membership, WorkItem
from engine.verbs.organisation import uses

NAMED = "named"


@dataclass(frozen=True)
class MembershipRule:
    """A rule of a group; `of` is the name of its department or post."""

    kind: str
    value: str
    of: str


@dataclass(frozen=True)
class GroupLine:
    """A group in the list."""

    name: str
    note: str
    members: int
    rules: list[MembershipRule]
    waiting: int
    former: list[str]


@dataclass(frozen=True)
class Placed:
    """A member and why he is one: entered by name, or the rules that find him."""

    line: directory.PersonLine
    is_named: bool
    rules: list[MembershipRule]


@dataclass(frozen=True)
class GroupPage:
    """One group."""

    line: GroupLine
    page: paging.Page[Placed]
    uses: list[uses.GroupUse]


def groups(session: Session, by: Actor, text: str, wanted: paging.WantedPage) -> paging.Page[GroupLine]:
    """A page of the groups by name, with how many open tasks wait for each; three statements. Raises Forbidden."""
    company = reading.company(session, by)
    notes, rules, waiting = _notes(session, by), rules_of(session, company), _waiting(session, by)
    names = [name for name in company.groups if name not in company.former and pinyin.matches(name, text)]
    page = directory.walked_by(names, _order, wanted)
    return paging.Page([_line(company, name, notes, rules, waiting) for name in page.rows], page.previous, page.next)


def group(session: Session, by: Actor, name: str, text: str, wanted: paging.WantedPage) -> GroupPage:
    """One group with a page of its members. Raises Forbidden, NotFound."""
    company = reading.company(session, by)
    if name not in company.groups or name in company.former:
        raise errors.NotFound("There is no such group.")
    rules = rules_of(session, company)
    line = _line(company, name, _notes(session, by), rules, _waiting(session, by))
    named = _named(session, by, name)
    members = [company.people[each] for each in company.members_of(name) if directory.fits(company.people[each], text)]
    page = directory.walked(members, wanted)
    placed = [
        Placed(directory.line(company, each), each.username in named, matching(company, each, rules.get(name, ())))
        for each in page.rows
    ]
    return GroupPage(line, paging.Page(placed, page.previous, page.next), uses.uses(session, company, name))


def _order(name: str) -> tuple[str, str]:
    return pinyin.spelled(name), name


def rules_of(session: Session, company: Organisation) -> dict[str, list[MembershipRule]]:
    """The rules of each group."""
    row = GroupRule
    mine = select(row.group_name, row.kind, row.value).where(row.company_id == company.id).order_by(row.key)
    rules: dict[str, list[MembershipRule]] = {}
    for name, kind, value in session.execute(mine):
        of = company.posts.get(value, "") if kind == memberships.POST else company.department_name(value)
        rules.setdefault(name, []).append(MembershipRule(kind, value, of))
    return rules


def matching(company: Organisation, member: Member, rules: Iterable[MembershipRule]) -> list[MembershipRule]:
    """Those of the rules that find the person."""
    return [rule for rule in rules if _finds(company, member, rule)]


def _finds(company: Organisation, member: Member, rule: MembershipRule) -> bool:
    if rule.kind == memberships.POST:
        return rule.value in member.posts
    if rule.kind == memberships.HEADS:
        among = company.below(rule.value) if rule.value else set(company.departments)
        return any(unit.head == member.username and unit.id in among for unit in company.departments.values())
    among = company.below(rule.value) if rule.kind == memberships.BELOW else {rule.value}
    return member.department in among


def _line(
    company: Organisation, name: str, notes: dict[str, str], rules: dict[str, list[MembershipRule]], waiting: dict[str, int]
) -> GroupLine:
    former = sorted(old for old, present in company.former.items() if present == name)
    waits = sum(waiting.get(each, 0) for each in (name, *former))
    return GroupLine(name, notes.get(name, ""), len(company.members_of(name)), rules.get(name, []), waits, former)


def _notes(session: Session, by: Actor) -> dict[str, str]:
    row = CandidateGroup
    return dict(session.execute(select(row.name, row.note).where(row.company_id == by.company_id)).all())


def _waiting(session: Session, by: Actor) -> dict[str, int]:
    row = WorkItem
    mine = (row.company_id == by.company_id, row.group_name.is_not(None), row.state == "open")
    counted = session.execute(select(row.group_name, func.count()).where(*mine).group_by(row.group_name))
    return {str(name): count for name, count in counted}


def _named(session: Session, by: Actor, name: str) -> set[str]:
    row = Membership
    mine = (row.company_id == by.company_id, row.group_name == name, row.is_named.is_(True))
    return set(session.execute(select(row.username).where(*mine)).scalars())
