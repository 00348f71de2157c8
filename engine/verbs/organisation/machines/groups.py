"""A candidate group as a program tells it: its name and its members; members by rule are not a program's to write."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.people.actors import Actor
from engine.storage.models import CandidateGroup, GroupRule
from engine.verbs.organisation import changing, groups

BY_RULE = "The members of “%(name)s” follow from rules. They are changed on the group's page."


@dataclass(frozen=True)
class WantedGroup:
    """How a group is to be; `members` are usernames, None where nothing is said of them."""

    name: str
    members: Collection[str] | None = None
    external_id: str = ""


def enter(session: Session, by: Actor, wanted: WantedGroup, *, now: datetime) -> str:
    """A new group; gives its name as it is kept. Raises Forbidden, Conflict for a name that there is, Invalid with `fields`."""
    with changing.change(session, by, now=now) as change:
        taken = change.company.groups.keys() | change.company.former.keys()
        if changing.plain(wanted.name) in taken:
            raise errors.Conflict("There is a group of this name already, or there was one.")
        name = groups.open(change, wanted.name)
        session.flush()
        _store(change, name, wanted, ())
    return name


def alter(session: Session, by: Actor, name: str, wanted: WantedGroup, *, now: datetime) -> str:
    """Renames and fills a group; gives its name. Raises NotFound, Forbidden, Invalid with `fields`, Conflict for members by rule."""
    with changing.change(session, by, now=now) as change:
        if name not in change.company.groups or name in change.company.former:
            raise errors.NotFound("There is no such group.")
        _store(change, name, wanted, change.company.groups[name])
        return groups.call(change, name, wanted.name)


def _store(change: changing.OrganisationChange, name: str, wanted: WantedGroup, before: Iterable[str]) -> None:
    if wanted.members is not None and set(wanted.members) != set(before):
        ruled = select(GroupRule.key).where(GroupRule.company_id == change.company_id, GroupRule.group_name == name)
        if change.session.execute(ruled.limit(1)).first() is not None:
            raise errors.Conflict(BY_RULE, name=name)
        groups.put(change, name, wanted.members, ())
    mine = (CandidateGroup.company_id == change.company_id, CandidateGroup.name == name)
    row = change.session.execute(select(CandidateGroup).where(*mine)).scalar_one_or_none()
    if row is not None:
        row.external_id = changing.outside_key(wanted.external_id)
