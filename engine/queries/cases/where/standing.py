"""Where cases stand: with whom, or what they wait for, and until when; whether there is anybody to urge on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import runtime
from engine.cases.cases import Instance
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.definitions.rules import joint_rules
from engine.execution.assignments import NEVER
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries.cases.where import places, waits
from engine.storage.models import ProcessInstance, UserTask, WorkItem

Place = places.CurrentPlace  # a field below is called as its module
Rests = TypeVar("Rests", places.CurrentPlace, waits.CaseWait)


@dataclass(frozen=True)
class CaseStanding:
    """Open steps of a case and of all it called, and what else it waits for."""

    places: list[places.CurrentPlace] = field(default_factory=list)
    waits: list[waits.CaseWait] = field(default_factory=list)

    def limit(self, due_at: datetime | None, warn_at: datetime | None) -> tuple[datetime | None, datetime | None]:
        """Until when: the nearest of the case's own limit and those of its open steps; with its warning."""
        limits = [(due_at, warn_at), *((each.due_at, each.warn_at) for each in self.places)]
        return min((each for each in limits if each[0] is not None), key=lambda each: each[0] or NEVER, default=(None, None))

    @property
    def by_limit(self) -> list[Place]:
        """The open steps, the one that is due first before the others."""
        return sorted(self.places, key=lambda each: each.due_at or NEVER)

    def whose_limit(self, due_at: datetime | None) -> str:
        """The step among several whose limit that is; "" for that of the case, and where there is one step only."""
        several = len(self.places) > 1 and due_at is not None
        return next((each.name for each in self.places if each.due_at == due_at), "") if several else ""

    @property
    def until(self) -> datetime | None:
        """The nearest moment of what it waits for: nothing of its own is late then, but so long it goes on at the latest."""
        return min((each.due_at for each in self.waits if each.due_at), default=None)


def of_cases(
    session: Session, by: Actor, company: organisation.Organisation, roots: Mapping[int, int]
) -> dict[int, CaseStanding]:
    """By the key of each case, given with that of its first case: a called one stands where it does itself, not its caller.

    Of a called case that is kept from the person it is told alone that it was called.

    One statement for all, one more if some were called, those of `waits.of_roots` if some rest elsewhere than with people, and one
    where some wait for nothing else.
    """
    held = places.of_roots(session, company, set(roots.values()), by=by)
    waiting = waits.of_roots(session, by, company, {root for root in roots.values() if _rests(held.get(root, []))})
    called = families(session, {root for case, root in roots.items() if case != root})
    mine = {case: below(case, called) if case != root else None for case, root in roots.items()}
    standings = {
        case: _standing(_within(held.get(root, []), mine[case]), _within(waiting.get(root, []), mine[case]))
        for case, root in roots.items()
    }
    silent = {case for case, each in standings.items() if not (each.places or each.waits)}
    joining = waits.at_joins(session, by, {roots[case] for case in silent})
    return standings | {case: CaseStanding([], _within(joining.get(roots[case], []), mine[case])) for case in silent}


def _standing(here: list[places.CurrentPlace], waiting: list[waits.CaseWait]) -> CaseStanding:
    return CaseStanding([each for each in here if not each.is_kept], _with_kept(waiting, here))


def _with_kept(waiting: list[waits.CaseWait], here: Iterable[places.CurrentPlace]) -> list[waits.CaseWait]:
    """What is waited for, with those called cases that are kept from the reader, each once."""
    kept = {each.instance_key: each for each in waiting if each.kind == "kept"}
    kept |= {each.instance_key: waits.kept(each.instance_key, each.name) for each in here if each.is_kept}
    return [*(each for each in waiting if each.kind != "kept"), *kept.values()]


def waits_of(
    session: Session,
    by: Actor,
    company: organisation.Organisation,
    instance: ProcessInstance,
    definition: Definition,
    run: runtime.Run | None,
    *,
    here: list[places.CurrentPlace],
) -> list[waits.CaseWait]:
    """What a case and those that it called wait for beside the people who have it `here`, and its branches that wait for others.

    Where it lies with a case that it called, and there with no person, also those of that one.
    """
    if run is None or instance.state != "active":
        return []
    root = instance.root_key
    mine = below(instance.key, families(session, [root])) if instance.key != root else None
    told = _within(waits.of_roots(session, by, company, [root] if _rests(here) else []).get(root, []), mine)
    told += _untold(waits.joins(definition, run), {*(each.name for each in here), *(each.name for each in told)})
    if told or here:
        return _with_kept(told, here)
    return _within(waits.at_joins(session, by, [root]).get(root, []), mine)


def _untold(joins: Iterable[waits.CaseWait], told: set[str]) -> list[waits.CaseWait]:
    """Those joins that wait for more than what is told of the case already, by name."""
    return [each for each in joins if not each.others or not told.issuperset(each.others)]


def _rests(held: list[places.CurrentPlace]) -> bool:
    """Whether a tree may wait for something that nobody has: nobody has anything, or something more is known of it."""
    return not held or any(place.has_more for place in held)


def _within(all_of_tree: list[Rests], cases: Collection[int] | None) -> list[Rests]:
    return [each for each in all_of_tree if cases is None or each.instance_key in cases]


def families(session: Session, roots: Collection[int]) -> dict[int, list[int]]:
    """What each case of these trees has called, by the caller's key; one statement, none for none."""
    case = ProcessInstance
    statement = select(case.key, case.parent_key).where(case.root_key.in_(roots), case.parent_key.is_not(None))
    members: dict[int, list[int]] = {}
    for row in session.execute(statement) if roots else ():
        members.setdefault(row.parent_key, []).append(row.key)
    return members


def below(case: int, called: Mapping[int, list[int]]) -> set[int]:
    """A case and all that it called, at any depth."""
    keys, more = set(), [case]
    while more:
        key = more.pop()
        keys.add(key)
        more += called.get(key, [])
    return keys


@dataclass(frozen=True)
class InHand:
    """`has_others`: somebody else than the person has to act on the case or one it called. Of the whole tree: `has_steps`
    that lie with people or could, and steps that several decide and nobody was found for (`lacks_voters`)."""

    has_others: bool = False
    has_steps: bool = False
    lacks_voters: bool = False


def hands(session: Session, by: Actor, cases: Collection[Instance]) -> dict[int, InHand]:
    """By the key of each case; one statement for all, one more where some were called."""
    roots = {case.root_key for case in cases}
    by_root: dict[int, list[Any]] = {}
    for row in session.execute(_open(roots)) if roots else ():
        by_root.setdefault(row.root_key, []).append(row)
    called = families(session, {case.root_key for case in cases if case.key != case.root_key})
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return {case.key: _of(session, by, company, case, by_root.get(case.root_key, []), called) for case in cases}


def without_voters(session: Session, case: Instance) -> frozenset[int]:
    """The open tasks of a case's tree that several should decide together, and that nobody was found for."""
    return frozenset(row.key for row in session.execute(_open({case.root_key})) if _lacks_voters(session, row))


def _lacks_voters(session: Session, row: Any) -> bool:
    settings = definitions.by_key(session, row.definition_key).tasks[row.element_id]
    return row.rule == joint_rules.ANY and settings.joint_rule.is_joint


def hand_of_task(session: Session, by: Actor, task: UserTask, items: Collection[WorkItem]) -> InHand | None:
    """What one open task tells of its case by itself; None where somebody else may have to act on another one."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    is_with_others = any(
        _is_with_others(by, company, each.username, each.group_name, task.excluded) for each in items if each.state == "open"
    )
    return InHand(has_others=True, has_steps=True) if is_with_others and not _lacks_voters(session, task) else None


def _open(roots: Collection[int]) -> Any:
    task, item, case = UserTask, WorkItem, Instance
    where = (task.key, case.root_key, task.instance_key, task.definition_key, task.element_id, task.rule, task.excluded)
    return (
        select(*where, item.username, item.group_name)
        .join(task, task.instance_key == case.key)
        .join(item, (item.user_task_key == task.key) & (item.state == "open"), isouter=True)
        .where(case.root_key.in_(roots), task.state == "open")
    )


def _of(
    session: Session, by: Actor, company: Organisation, case: Instance, rows: list[Any], called: dict[int, list[int]]
) -> InHand:
    mine = below(case.key, called) if case.key != case.root_key else None
    lacking = [_lacks_voters(session, row) for row in rows]
    return InHand(
        any(
            _is_with_others(by, company, row.username, row.group_name, row.excluded)
            for row in rows
            if mine is None or row.instance_key in mine
        ),
        not all(lacking),
        any(lacking),
    )


def _is_with_others(
    by: Actor, company: Organisation, username: str | None, group: str | None, excluded: Collection[str]
) -> bool:
    names = [username] if username else company.members_of(group or "")
    return any(name != by.username and name not in excluded for name in company.active(names))
