"""Posts [岗位]: made, renamed, taken away when nobody holds them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import GroupRule, Post, PostHolder
from engine.verbs.organisation import changing
from engine.verbs.organisation.changing import OrganisationChange, fault

NONE = "There is no such post."


def add(session: Session, by: Actor, name: str, *, now: datetime) -> int:
    """A new post; gives its key. Raises Forbidden, Invalid with `fields`."""
    with changing.change(session, by, now=now) as change:
        row = Post(key=keys.new(), company_id=by.company_id, name=_free(change, name, ""))
        session.add(row)
        change.note("post_added", f"post:{row.key}", name=row.name)
    return row.key


def rename(session: Session, by: Actor, key: int, name: str, *, now: datetime) -> None:
    """Another name for a post; its holders and the groups by it stay. Raises NotFound, Forbidden, Invalid with `fields`."""
    with changing.change(session, by, now=now) as change:
        row = _row(change, key)
        before, row.name = row.name, _free(change, name, str(key))
        change.note("post_renamed", f"post:{key}", changed={"name": [before, row.name]}, name=row.name)


def remove(session: Session, by: Actor, key: int, *, now: datetime) -> None:
    """Takes away a post. Raises NotFound, Forbidden, Conflict while somebody holds it or a group takes its members by it."""
    with changing.change(session, by, now=now) as change:
        row = _row(change, key)
        holders = [each.name for each in change.company.people.values() if str(key) in each.posts and not each.is_disabled]
        if holders:
            raise errors.Conflict("%(n)s people still hold it, %(name)s among them.", n=len(holders), name=holders[0])
        by_post = (GroupRule.company_id == by.company_id, GroupRule.kind == "post", GroupRule.value == str(key))
        group = session.execute(select(GroupRule.group_name).where(*by_post).limit(1)).scalar()
        if group is not None:
            raise errors.Conflict("The group %(name)s takes its members by it.", name=group)
        for held in session.execute(select(PostHolder).where(PostHolder.post == str(key))).scalars():
            session.delete(held)
        session.delete(row)
        change.note("post_removed", f"post:{key}", name=row.name)


def _free(change: OrganisationChange, name: str, key: str) -> str:
    name = changing.plain(name)
    if any(each == name and other != key for other, each in change.company.posts.items()):
        raise fault("name", "There is a post of this name already.")
    return name


def _row(change: OrganisationChange, key: int) -> Post:
    row = change.session.get(Post, key)
    if row is None or row.company_id != change.company_id:
        raise errors.NotFound(NONE)
    return row
