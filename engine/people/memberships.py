"""Who belongs to which group by its rules, written out as rows, so that whoever asks for a person's groups reads rows alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import delete as remove
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from engine.people.roles import AUDITOR
from engine.storage import keys
from engine.storage.models import CandidateGroup, Department, FormerName, GroupRule, Membership, Person, PostHolder, RoleGrant

POST, DEPARTMENT, BELOW, HEADS = "post", "department", "below", "heads"
RULES = (DEPARTMENT, BELOW, POST, HEADS)
CHUNK = 500
Pair = tuple[str, str]


def recompute(session: Session, company_id: str) -> None:
    """Writes anew which places in groups follow from rules and former names; places that were entered stay.

    Only differences are written. A company without rules and former names costs three statements.
    """
    session.flush()
    rows = _rows(session, company_id)
    wanted = _wanted(session, company_id, rows)
    there = {(row.group_name, row.username): row for row in rows}
    _mark(session, [there[pair].key for pair in there.keys() & wanted if not there[pair].is_derived], is_derived=True)
    lost = [row for pair, row in there.items() if row.is_derived and pair not in wanted]
    _mark(session, [row.key for row in lost if row.is_named], is_derived=False)
    _delete(session, [row.key for row in lost if not row.is_named])
    of = {"company_id": company_id, "is_named": False, "is_derived": True}
    fresh = [{"key": keys.new(), "group_name": group, "username": name, **of} for group, name in sorted(wanted - there.keys())]
    if fresh:
        session.execute(insert(Membership), fresh)


def name(session: Session, company_id: str, group: str, wanted: Iterable[str]) -> tuple[list[str], list[str]]:
    """Makes these people, and nobody else, the ones who were entered in the group by name; who came and who went."""
    row = Membership
    mine = (row.company_id == company_id, row.group_name == group)
    there = {each.username: each for each in session.execute(select(row).where(*mine).order_by(row.key)).scalars()}
    wanted = list(dict.fromkeys(wanted))
    gone = [username for username, each in there.items() if each.is_named and username not in wanted]
    come = [username for username in wanted if username not in there or not there[username].is_named]
    for username in gone:
        if there[username].is_derived:
            there[username].is_named = False
        else:
            session.delete(there[username])
    for username in come:
        if username in there:
            there[username].is_named = True
        else:
            session.add(row(key=keys.new(), company_id=company_id, group_name=group, username=username))
    session.flush()
    return come, gone


def named(session: Session, company_id: str) -> dict[str, list[str]]:
    """Who was entered in each group by name, in order."""
    row, found = Membership, dict[str, list[str]]()
    mine = select(row.group_name, row.username).where(row.company_id == company_id, row.is_named.is_(True))
    for group, username in session.execute(mine.order_by(row.key)):
        found.setdefault(group, []).append(username)
    return found


def ensure_group(session: Session, company_id: str, group: str, note: str = "") -> None:
    """The group's own row, if it has none yet."""
    row = CandidateGroup
    if session.execute(select(row.key).where(row.company_id == company_id, row.name == group)).first() is None:
        session.add(row(key=keys.new(), company_id=company_id, name=group, note=note))
        session.flush()


def set_rules(session: Session, company_id: str, group: str, wanted: Iterable[Pair]) -> bool:
    """Makes these the group's rules, as (kind, value); whether anything changed."""
    row, wanted = GroupRule, set(wanted)
    mine = select(row).where(row.company_id == company_id, row.group_name == group)
    there = {(each.kind, each.value): each for each in session.execute(mine).scalars()}
    for pair in there.keys() - wanted:
        session.delete(there[pair])
    for kind, value in sorted(wanted - there.keys()):
        session.add(row(key=keys.new(), company_id=company_id, group_name=group, kind=kind, value=value))
    session.flush()
    return there.keys() != wanted


def _wanted(session: Session, company_id: str, rows: Iterable[Any]) -> set[Pair]:
    rules = session.execute(_of(GroupRule, company_id, "group_name", "kind", "value")).all()
    former = session.execute(_of(FormerName, company_id, "name", "group_name")).all()
    ruled = set(_ruled(session, company_id, rules)) if rules else set()
    if not former:
        return ruled
    members: dict[str, set[str]] = {}
    for group, username in [*ruled, *((row.group_name, row.username) for row in rows if row.is_named)]:
        members.setdefault(group, set()).add(username)
    return ruled | {(old, username) for old, group in former for username in members.get(group, ())}


def _ruled(session: Session, company_id: str, rules: Iterable[Any]) -> Iterator[Pair]:
    auditors = select(RoleGrant.username).where(RoleGrant.company_id == company_id, RoleGrant.role == AUDITOR)
    people = _of(Person, company_id, "username", "department").where(
        Person.is_disabled.is_(False), Person.username.not_in(auditors)
    )
    at: dict[str, str | None] = dict(session.execute(people).all())
    units = session.execute(_of(Department, company_id, "id", "parent", "head").where(Department.is_closed.is_(False))).all()
    holders = session.execute(_of(PostHolder, company_id, "post", "username")).all()
    rule = _Rules(at, units, holders)
    for group, kind, value in rules:
        yield from ((group, str(name)) for name in rule.found(kind, value) if name in at)


class _Rules:
    """Whom each rule finds, from what was read once for all of them; `at` gives each person's department."""

    def __init__(self, at: Mapping[str, str | None], units: Sequence[Any], holders: Sequence[Any]) -> None:
        self.heads = {unit.id: unit.head for unit in units}
        self.children: dict[str | None, list[str]] = {}
        for unit in units:
            self.children.setdefault(unit.parent, []).append(unit.id)
        self.people: dict[str | None, list[str]] = {}
        for username, department in at.items():
            self.people.setdefault(department, []).append(username)
        self.holders: dict[str, list[str]] = {}
        for post, username in holders:
            self.holders.setdefault(post, []).append(username)

    def found(self, kind: str, value: str) -> Iterable[str | None]:
        """The usernames, perhaps with some who may not act."""
        if kind == POST:
            return self.holders.get(value, [])
        if kind == HEADS:
            return [self.heads.get(id) for id in (_all_below(value, self.children) if value else self.heads)]
        among = _all_below(value, self.children) if kind == BELOW else {value}
        return [username for id in among for username in self.people.get(id, ())]


def below(top: str, units: Iterable[tuple[str, str | None]]) -> set[str]:
    """The department and all below it, from (id, parent) of all; each once, whatever circle was stored."""
    children: dict[str | None, list[str]] = {}
    for id, parent in units:
        children.setdefault(parent, []).append(id)
    return _all_below(top, children)


def _all_below(top: str, children: Mapping[str | None, list[str]]) -> set[str]:
    found, waiting = {top}, [top]
    while waiting:
        fresh = [id for id in children.get(waiting.pop(), ()) if id not in found]
        found.update(fresh)
        waiting.extend(fresh)
    return found


def _of(model: Any, company_id: str, *names: str) -> Any:
    return select(*(getattr(model, name) for name in names)).where(model.company_id == company_id).order_by(model.key)


def _rows(session: Session, company_id: str) -> list[Any]:
    names = ("key", "group_name", "username", "is_named", "is_derived")
    return list(session.execute(_of(Membership, company_id, *names)))


def _mark(session: Session, found: list[int], *, is_derived: bool) -> None:
    for at in range(0, len(found), CHUNK):
        these = Membership.key.in_(found[at : at + CHUNK])
        session.execute(update(Membership).where(these).values(is_derived=is_derived))


def _delete(session: Session, found: list[int]) -> None:
    for at in range(0, len(found), CHUNK):
        session.execute(remove(Membership).where(Membership.key.in_(found[at : at + CHUNK])))
