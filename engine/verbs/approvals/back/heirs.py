"""Who decides in place of somebody whose part comes back to him after he has left."""

from __future__ import annotations

from dataclasses import dataclass

from engine.cases import cases
from engine.cases.rights import holding, stranded
from engine.definitions.rules import joint_rules
from engine.execution import assignments
from engine.people import leaving, resolve
from engine.storage.models import WorkItem
from engine.verbs.approvals.held_tasks import Held
from engine.verbs.approvals.voting import OWN


@dataclass(frozen=True)
class Heir:
    """A person or a group, and why; neither where a person must settle it."""

    username: str | None = None
    group: str | None = None
    reason: str = ""


def heir_of(held: Held, said: WorkItem) -> Heir | None:
    """Who has a part of an open task that comes back to its holder: himself as long as he is here.

    Else whoever took his place, as with any task of a leaver; then the group from which he had it; then who the step says
    now, at last its `empty`. None for a part that was asked of him alone (a signer's), without anybody in his place.
    """
    if said.username is None or held.company.is_active(said.username):
        return Heir(said.username, said.group_name, said.reason)
    busy = holding.acting(item for item in held.items if item is not said)
    successor = leaving.successor(held.session, held.company, said.username)
    if successor is not None and successor not in busy and held.receivers.bar(successor) is None:
        return Heir(successor, None, resolve.given_by(said.username))
    return _by_the_step(held, said, busy) if said.position == OWN else None


def _by_the_step(held: Held, said: WorkItem, busy: frozenset[str]) -> Heir:
    apart = busy | held.receivers.kept_out
    group = held.company.present_name(said.claimed_from) if said.claimed_from else ""
    if set(held.company.active(held.company.members_of(group))) - apart:
        return Heir(None, group, said.reason)
    case = cases.look_into(cases.Surroundings(held.session, held.by, held.now), held.instance)
    is_joint = held.task.rule != joint_rules.ANY
    resolved = assignments.instead_of(case, held.task, said.username if is_joint else None, apart)
    if resolved.is_empty:
        stranded.order(held.session, held.company.id, now=held.now)
    return Heir(
        next(iter(resolved.usernames), None), None if resolved.usernames else next(iter(resolved.groups), None), resolved.reason
    )
