"""Candidate groups: made, renamed without losing a lane, filled by name and by rule, taken away."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.basics.sayings import Said
from engine.people import memberships
from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import CandidateGroup, FormerName, GroupRule, Membership, PlannedChange, WorkItem
from engine.verbs.organisation import changing
from engine.verbs.organisation.changing import OrganisationChange, fault
from engine.verbs.organisation.uses import GroupUse, uses

# Assignments, lists of people and the designer's panel part groups by these signs, name them with group: and in quotation
# marks; * is everybody.
FORBIDDEN = set(',，、;；:："*')
ODD_NAME = "A group's name holds no comma, semicolon, 、, colon, asterisk or quotation mark: diagrams could not name it."
STILL_RUNNING = (
    "Running cases still need the group: %(where)s. They go on by the version with which they were begun. Please end or move "
    "these cases first, or leave the group and rename it."
)
NAMED_AT = Said("{process}（{place}）", "{process} ({place})")
RUNNING_BY = Said("“{process}”第{version}版，在办{cases}件", "“{process}” version {version}, {cases} running")
Rule = tuple[str, str]
MOST_TOLD = 5


class Emptied(errors.Conflict):
    """Nobody would be left in a group that is named; asked again, it is done."""

    def __init__(self, named: Collection[GroupUse]) -> None:
        processes = list(dict.fromkeys(each.process for each in named if each.process))
        more = ["…"] if len(processes) > MOST_TOLD else []
        super().__init__(
            "Nobody would be left in the group. It is named by: %(names)s. What goes to it then goes to the administrators.",
            names=sayings.joined([*processes[:MOST_TOLD], *more] or ["—"]),
        )


Amendment = Callable[[list[str], list[Rule]], tuple[list[str], list[Rule]]]


def add(session: Session, by: Actor, name: str, note: str = "", *, now: datetime) -> str:
    """A new group without members; gives its name as it is kept. Raises Forbidden, Invalid with `fields`."""
    with changing.change(session, by, now=now) as change:
        return open(change, name, note)


def open(change: OrganisationChange, name: str, note: str = "") -> str:
    """The same within a change that is under way."""
    name = _free(change, name)
    memberships.ensure_group(change.session, change.company_id, name, " ".join(note.split())[:500])
    change.note("group_added", f"group:{name}", name=name)
    return name


def rename(session: Session, by: Actor, name: str, to: str, *, now: datetime) -> str:
    """Gives a group another name; gives it as it is kept.

    Diagrams, settings and work that name the group as before still mean it: the old name stays as one by which the group
    is reached, until the group takes it again. Raises NotFound, Forbidden, Invalid with `fields`.
    """
    with changing.change(session, by, now=now) as change:
        return call(change, name, to)


def call(change: OrganisationChange, name: str, to: str) -> str:
    """The same within a change that is under way."""
    _require(change, name)
    to = changing.plain(to)
    if to == name:
        return name
    is_back = change.company.former.get(to) == name
    to = to if is_back else _free(change, to)
    memberships.ensure_group(change.session, change.company_id, name)
    if is_back:
        change.session.delete(
            change.session.execute(select(FormerName).where(_own(FormerName, change), FormerName.name == to)).scalar_one()
        )
    _drop_derived(change, name, to)
    change.session.flush()
    for model, column in (
        (CandidateGroup, "name"),
        (GroupRule, "group_name"),
        (Membership, "group_name"),
        (FormerName, "group_name"),
    ):
        mine = (_own(model, change), getattr(model, column) == name)
        change.session.execute(update(model).where(*mine).values({column: to}))
    change.session.add(FormerName(key=keys.new(), company_id=change.company_id, name=name, group_name=to))
    change.note("group_renamed", f"group:{to}", changed={"name": [name, to]}, name=to)
    return to


def describe(session: Session, by: Actor, name: str, note: str, *, now: datetime) -> None:
    """A sentence on what the group is for. Raises NotFound, Forbidden."""
    with changing.change(session, by, now=now) as change:
        _require(change, name)
        memberships.ensure_group(session, by.company_id, name)
        values = {"note": " ".join(note.split())[:500]}
        session.execute(update(CandidateGroup).where(_own(CandidateGroup, change), CandidateGroup.name == name).values(values))


def put_in(session: Session, by: Actor, name: str, *usernames: str, now: datetime) -> None:
    """Enters people in the group by name. Raises as `fill`."""
    _amend(session, by, name, now, lambda members, rules: ([*members, *usernames], rules))


def take_out(session: Session, by: Actor, name: str, username: str, *, is_sure: bool = False, now: datetime) -> None:
    """Strikes a person who was entered by name; a rule may still find him.

    Raises as `fill`, and Emptied unless `is_sure`.
    """
    _amend(session, by, name, now, lambda members, rules: ([each for each in members if each != username], rules), is_sure)


def add_rule(session: Session, by: Actor, name: str, rule: Rule, *, now: datetime) -> None:
    """Another rule for the group. Raises as `fill`."""
    _amend(session, by, name, now, lambda members, rules: (members, [*rules, rule]))


def drop_rule(session: Session, by: Actor, name: str, rule: Rule, *, is_sure: bool = False, now: datetime) -> None:
    """A rule less. Raises as `fill`, and Emptied unless `is_sure`."""
    _amend(session, by, name, now, lambda members, rules: (members, [each for each in rules if each != rule]), is_sure)


def _amend(session: Session, by: Actor, name: str, now: datetime, amend: Amendment, is_sure: bool = True) -> None:
    with changing.change(session, by, now=now) as change:
        _require(change, name)
        put(change, name, *amend(sorted(_named(change, name)), _rules(change, name)))
        if not is_sure:
            _require_somebody(change, name)


def _require_somebody(change: OrganisationChange, name: str) -> None:
    """Refuses (Emptied) where a group that had members has none any more and something names it."""
    mine = (_own(Membership, change), Membership.group_name == name)
    is_empty = change.session.execute(select(Membership.key).where(*mine).limit(1)).first() is None
    if is_empty and change.company.groups.get(name):
        named = uses(change.session, change.company, name)
        if named:
            raise Emptied(named)


def fill(session: Session, by: Actor, name: str, usernames: Iterable[str], rules: Iterable[Rule], *, now: datetime) -> None:
    """Makes these people, and those whom these rules find, the members. Raises NotFound, Forbidden, Invalid with `fields`."""
    with changing.change(session, by, now=now) as change:
        _require(change, name)
        put(change, name, usernames, rules)


def put(change: OrganisationChange, name: str, usernames: Iterable[str], rules: Iterable[Rule]) -> None:
    """The same within a change that is under way."""
    session, by = change.session, change.by
    wanted, rules = list(dict.fromkeys(usernames)), list(dict.fromkeys(rules))
    named_before = _named(change, name)
    for username in wanted:
        is_there = change.company.is_active(username) or _joins_later(change, username)
        if username not in named_before and not is_there:
            raise fault("members", "There is no person “%(name)s” who could act.", name=change.company.name_of(username))
    for rule in rules:
        _check(change, rule)
    memberships.ensure_group(session, by.company_id, name)
    come, gone = memberships.name(session, by.company_id, name, wanted)
    ruled_before = _rules(change, name)
    memberships.set_rules(session, by.company_id, name, rules)
    told = {
        "come": come,
        "gone": gone,
        "rules_come": [_told(change, rule) for rule in rules if rule not in ruled_before],
        "rules_gone": [_told(change, rule) for rule in ruled_before if rule not in rules],
    }
    if any(told.values()):
        change.note("group_filled", f"group:{name}", name=name, **told)


def _rules(change: OrganisationChange, name: str) -> list[Rule]:
    row = GroupRule
    mine = select(row.kind, row.value).where(_own(row, change), row.group_name == name).order_by(row.key)
    return [(kind, value) for kind, value in change.session.execute(mine)]


def _told(change: OrganisationChange, rule: Rule) -> list[str]:
    """A rule as the log keeps it: also what its department or post is called on that day."""
    kind, value = rule
    called = change.company.posts.get(value, value) if kind == memberships.POST else change.company.department_name(value)
    return [kind, value, called]


def remove(session: Session, by: Actor, name: str, *, now: datetime) -> None:
    """Takes away a group. Raises NotFound, Forbidden, Conflict while work waits for it or a process or setting names it."""
    with changing.change(session, by, now=now) as change:
        _require(change, name)
        names = {name, *(old for old, present in change.company.former.items() if present == name)}
        _require_unnamed(uses(session, change.company, name))
        if _waits(change, names):
            raise errors.Conflict("Open tasks still wait for the group.")
        for model, column in (
            (CandidateGroup, "name"),
            (GroupRule, "group_name"),
            (Membership, "group_name"),
            (FormerName, "group_name"),
        ):
            for row in session.execute(select(model).where(_own(model, change), getattr(model, column).in_(names))).scalars():
                session.delete(row)
        change.note("group_removed", f"group:{name}", name=name)


def _joins_later(change: OrganisationChange, username: str) -> bool:
    """Whether the person begins on a day that is entered: his groups wait for him, and he gets nothing before."""
    waits = (_own(PlannedChange, change), PlannedChange.username == username, PlannedChange.kind == "join")
    statement = select(PlannedChange.key).where(*waits, PlannedChange.state == "planned").limit(1)
    return change.session.execute(statement).first() is not None


def _require_unnamed(named: Collection[GroupUse]) -> None:
    """Refuses as long as something names the group; what only older versions name is told with the cases that run by them."""
    now = [
        NAMED_AT.of(process=each.process, place=each.said) if each.process else each.said for each in named if not each.version
    ]
    if now:
        raise errors.Conflict("The group is still named: %(where)s.", where=sayings.joined(now[:MOST_TOLD]))
    older = {(each.process_id, each.version): each for each in named}
    if older:
        told = [RUNNING_BY.of(process=each.process, version=each.version, cases=each.cases) for each in older.values()]
        raise errors.Conflict(STILL_RUNNING, where=sayings.joined(told[:MOST_TOLD]))


def name_fault(name: str) -> errors.Refusal | None:
    """Why no group may be called so, whoever names it: a page, a file, a program, a template that is taken."""
    if not name.strip():
        return errors.Refusal("Please give a name.")
    if len(name) > changing.MOST_LETTERS:
        return errors.Refusal("This is longer than %(limit)s characters.", limit=changing.MOST_LETTERS)
    return errors.Refusal(ODD_NAME) if FORBIDDEN & set(name) else None


def _free(change: OrganisationChange, name: str) -> str:
    name = changing.plain(name)
    refusal = name_fault(name)
    if refusal is not None:
        raise fault("name", refusal.text, **refusal.values)
    if name in change.company.groups or name in change.company.former:
        raise fault("name", "There is a group of this name already, or there was one.")
    return name


def _require(change: OrganisationChange, name: str) -> None:
    if name not in change.company.groups or name in change.company.former:
        raise errors.NotFound("There is no such group.")


def _check(change: OrganisationChange, rule: Rule) -> None:
    kind, value = rule
    unit = change.company.departments.get(value)
    if kind == memberships.POST:
        is_known = value in change.company.posts
    else:
        is_known = kind in memberships.RULES and (unit is not None or (kind == memberships.HEADS and not value))
    if not is_known:
        raise fault("rules", "There is no department or post of this name.")


def _named(change: OrganisationChange, name: str) -> set[str]:
    mine = (_own(Membership, change), Membership.group_name == name, Membership.is_named.is_(True))
    return set(change.session.execute(select(Membership.username).where(*mine)).scalars())


def _drop_derived(change: OrganisationChange, *names: str) -> None:
    """Places that follow from names are written out anew at the end; they would stand in the way of the renamed."""
    derived = (_own(Membership, change), Membership.group_name.in_(names), Membership.is_derived.is_(True))
    for row in change.session.execute(select(Membership).where(*derived)).scalars():
        row.is_derived = False
        if not row.is_named:
            change.session.delete(row)


def _waits(change: OrganisationChange, names: Collection[str]) -> bool:
    mine = (_own(WorkItem, change), WorkItem.group_name.in_(names), WorkItem.state == "open")
    return change.session.execute(select(WorkItem.key).where(*mine).limit(1)).first() is not None


def _own(model: Any, change: OrganisationChange) -> Any:
    return model.company_id == change.company_id
