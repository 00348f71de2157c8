"""Posts [岗位]: what a person is employed as; one of several is the main one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.storage import keys
from engine.storage.models import Post, PostHolder


def by_name(session: Session, company_id: str, names: Iterable[str]) -> dict[str, str]:
    """The keys of the posts of these names; those that are not there yet are made."""
    names = list(dict.fromkeys(names))
    if not names:
        return {}
    there = {name: str(key) for key, name in session.execute(select(Post.key, Post.name).where(Post.company_id == company_id))}
    for name in names:
        if name not in there:
            row = Post(key=keys.new(), company_id=company_id, name=name)
            session.add(row)
            there[name] = str(row.key)
    session.flush()
    return {name: there[name] for name in names}


def names(session: Session, company_id: str) -> dict[str, list[str]]:
    """The names of each person's posts, the main one first."""
    called = {str(key): name for key, name in session.execute(select(Post.key, Post.name).where(Post.company_id == company_id))}
    row = PostHolder
    held: dict[str, list[str]] = {}
    mine = select(row.username, row.post).where(row.company_id == company_id).order_by(row.is_main.desc(), row.key)
    for username, post in session.execute(mine):
        held.setdefault(username, []).append(called[post])
    return held


def give(session: Session, company_id: str, username: str, wanted: Sequence[str]) -> bool:
    """Makes these posts (by key) the person's, the first the main one; whether anything changed."""
    row = PostHolder
    mine = select(row).where(row.company_id == company_id, row.username == username)
    there = {each.post: each for each in session.execute(mine).scalars()}
    mains = [post for post, each in there.items() if each.is_main]
    is_same = there.keys() == set(wanted) and mains == list(wanted[:1])
    for post in there.keys() - set(wanted):
        session.delete(there[post])
    for place, post in enumerate(dict.fromkeys(wanted)):
        if post in there:
            there[post].is_main = place == 0
        else:
            session.add(row(key=keys.new(), company_id=company_id, username=username, post=post, is_main=place == 0))
    session.flush()
    return not is_same


def held(session: Session, company_id: str) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Names of posts by key, and each person's posts, the main one first."""
    names = select(Post.key, Post.name).where(Post.company_id == company_id).order_by(Post.key)
    posts = {str(key): name for key, name in session.execute(names)}
    if not posts:
        return posts, {}
    holders = select(PostHolder.username, PostHolder.post).where(PostHolder.company_id == company_id)
    held: dict[str, tuple[str, ...]] = {}
    for username, post in session.execute(holders.order_by(PostHolder.is_main.desc(), PostHolder.key)):
        held[username] = (*held.get(username, ()), post)
    return posts, held
