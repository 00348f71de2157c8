"""Watching a case without a part in it [关注]."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.cases.rights import access
from engine.people.actors import Actor
from engine.storage import database, keys
from engine.storage.models import Follower


def follow(session: Session, by: Actor, key: int, *, now: datetime) -> None:
    """Keeps the case in the person's list; a second time changes nothing. Raises NotFound."""
    instance = access.require_case(session, by, key)
    insert = sqlite.insert if database.is_sqlite(session) else postgresql.insert
    row = {
        "key": keys.new(),
        "company_id": by.company_id,
        "instance_key": instance.root_key,
        "username": by.username,
        "since": now,
    }
    session.execute(insert(Follower).values(**row).on_conflict_do_nothing())


def unfollow(session: Session, by: Actor, key: int) -> None:
    """Takes the case out of the person's list. Raises NotFound."""
    instance = access.require_case(session, by, key)
    session.execute(
        delete(Follower).where(
            Follower.company_id == by.company_id,
            Follower.instance_key == instance.root_key,
            Follower.username == by.username,
        )
    )


def follows(session: Session, by: Actor, root_key: int) -> bool:
    """Whether the case stands in the person's list."""
    mine = (Follower.company_id == by.company_id, Follower.instance_key == root_key, Follower.username == by.username)
    return session.execute(select(Follower.key).where(*mine)).first() is not None
