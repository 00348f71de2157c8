"""Who belongs to which group by its rules, written out as rows, so that whoever asks for a person's groups reads rows alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from sqlalchemy import delete as remove
from sqlalchemy import insert, select, union_all, update
from sqlalchemy.orm import Session

from engine.storage import keys
from engine.storage.models import CandidateGroup, FormerName, GroupRule, Membership

POST, DEPARTMENT, BELOW, HEADS = "post", "department", "below", "heads"
RULES = (DEPARTMENT, BELOW, POST, HEADS)
CHUNK = 500
Pair = tuple[str, str]


class DepartmentStanding(Protocol):
    """What rules ask of a department: the one above it, and its head."""

    @property
    def id(self) -> str: ...

    @property
    def parent(self) -> str | None: ...

    @property
    def head(self) -> str | None: ...


class MemberPlace(NamedTuple):
    """Somebody's place in a group as it is stored: entered by name, following from a rule or a former name, or both."""

    key: int
    group_name: str
    username: str
    is_named: bool
    is_derived: bool

    @property
    def pair(self) -> Pair:
        """Which group, and who."""
        return self.group_name, self.username


@dataclass(frozen=True)
class Facts:
    """What rules look at: the departments of all who may act by username, open departments, (post, username), former names."""

    people: Mapping[str, str | None]
    units: Sequence[DepartmentStanding]
    holders: Sequence[Pair]
    former: Mapping[str, str]


def names(session: Session, company_id: str) -> tuple[list[str], dict[str, str]]:
    """The groups that there are, and their names of before."""
    present = select(CandidateGroup.name, CandidateGroup.name.label("is")).where(CandidateGroup.company_id == company_id)
    former = select(FormerName.name, FormerName.group_name).where(FormerName.company_id == company_id)
    rows = session.execute(union_all(present, former)).all()
    return sorted(name for name, is_ in rows if name == is_), {name: is_ for name, is_ in rows if name != is_}


def grouped(present: Iterable[str], pairs: Iterable[Pair], known: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Who is in each group, also in those of nobody; what did not change is the same object as in `known`."""
    groups: dict[str, list[str]] = {name: [] for name in present}
    for group, username in pairs:
        groups.setdefault(group, []).append(username)
    by_group = {group: tuple(members) for group, members in groups.items()}
    return {group: known[group] if known.get(group) == members else members for group, members in by_group.items()}


def stored(session: Session, company_id: str) -> list[Pair]:
    """Who is in which group, in the order in which places were given."""
    row: Any = Membership.__table__.c  # the bare table, as there are many
    pairs = session.execute(select(row.group_name, row.username).where(row.company_id == company_id).order_by(row.key)).all()
    return [(group, username) for group, username in pairs]


def recompute(session: Session, company_id: str, facts: Facts) -> list[Pair]:
    """Writes anew which places in groups follow from rules and former names; places that were entered stay.

    Only differences are written. Gives who is in which group then, as `stored`.
    """
    there = _places(session, company_id)
    wanted = _wanted(session, company_id, there, facts)
    gained = [each.key for each in there if not each.is_derived and each.pair in wanted]
    _mark(session, gained, is_derived=True)
    lost = [each for each in there if each.is_derived and each.pair not in wanted]
    _mark(session, [each.key for each in lost if each.is_named], is_derived=False)
    gone = {each.key for each in lost if not each.is_named}
    _delete(session, sorted(gone))
    left = [each.pair for each in there if each.key not in gone]
    of = {"company_id": company_id, "is_named": False, "is_derived": True}
    fresh = sorted(wanted.difference(left))
    if fresh:
        rows = [{"key": keys.new(), "group_name": group, "username": name, **of} for group, name in fresh]
        session.execute(insert(Membership), rows)
    return left + fresh


def ruled(session: Session, company_id: str, facts: Facts) -> list[Pair]:
    """Who would be in which group by its rules, if these were the facts; one statement."""
    return list(_ruled(session.execute(_of(GroupRule, company_id, "group_name", "kind", "value")).all(), facts))


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
    row, groups = Membership, dict[str, list[str]]()
    mine = select(row.group_name, row.username).where(row.company_id == company_id, row.is_named.is_(True))
    for group, username in session.execute(mine.order_by(row.key)):
        groups.setdefault(group, []).append(username)
    return groups


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


def _places(session: Session, company_id: str) -> list[MemberPlace]:
    row: Any = Membership.__table__.c
    columns = select(row.key, row.group_name, row.username, row.is_named, row.is_derived)
    places = session.execute(columns.where(row.company_id == company_id).order_by(row.key)).all()
    return list(map(MemberPlace._make, places))


def _wanted(session: Session, company_id: str, there: Iterable[MemberPlace], facts: Facts) -> set[Pair]:
    rules = session.execute(_of(GroupRule, company_id, "group_name", "kind", "value")).all()
    ruled = set(_ruled(rules, facts)) if rules else set()
    if not facts.former:
        return ruled
    members: dict[str, set[str]] = {}
    for group, username in [*ruled, *(each.pair for each in there if each.is_named)]:
        members.setdefault(group, set()).add(username)
    return ruled | {(old, username) for old, group in facts.former.items() for username in members.get(group, ())}


def _ruled(rules: Iterable[Any], facts: Facts) -> Iterator[Pair]:
    rule = _Rules(facts.people, facts.units, facts.holders)
    for group, kind, value in rules:
        yield from ((group, str(name)) for name in rule.found(kind, value) if name in facts.people)


class _Rules:
    """Whom each rule finds, from what was read once for all of them; `at` gives each person's department."""

    def __init__(self, at: Mapping[str, str | None], units: Sequence[DepartmentStanding], holders: Sequence[Pair]) -> None:
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
    reached, waiting = {top}, [top]
    while waiting:
        fresh = [id for id in children.get(waiting.pop(), ()) if id not in reached]
        reached.update(fresh)
        waiting.extend(fresh)
    return reached


def _of(model: Any, company_id: str, *names: str) -> Any:
    return select(*(getattr(model, name) for name in names)).where(model.company_id == company_id).order_by(model.key)


def _mark(session: Session, row_keys: list[int], *, is_derived: bool) -> None:
    for at in range(0, len(row_keys), CHUNK):
        these = Membership.key.in_(row_keys[at : at + CHUNK])
        session.execute(update(Membership).where(these).values(is_derived=is_derived))


def _delete(session: Session, row_keys: list[int]) -> None:
    for at in range(0, len(row_keys), CHUNK):
        session.execute(remove(Membership).where(Membership.key.in_(row_keys[at : at + CHUNK])))
