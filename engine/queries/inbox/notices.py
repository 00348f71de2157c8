"""A person's notices, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.people.actors import Actor
from engine.queries import paging
from engine.storage.models import Notice, ProcessInstance

COUNT_CAP = 100


@dataclass(frozen=True)
class NoticeLine:
    """One notice; `number` is that of the case it is about."""

    key: int
    subject: str
    body: str
    instance_key: int | None
    number: str | None
    created_at: datetime
    read_at: datetime | None


def mine(session: Session, by: Actor, wanted: paging.Wanted) -> paging.Page[NoticeLine]:
    """One page of notices; one statement."""
    row = Notice
    statement = (
        select(row.key, row.subject, row.body, row.instance_key, ProcessInstance.number, row.created_at, row.read_at)
        .outerjoin(ProcessInstance, ProcessInstance.key == row.instance_key)
        .where(row.company_id == by.company_id, row.username == by.username)
    )
    lines = [NoticeLine(*found) for found in session.execute(paging.newest_first(statement, row.key, wanted))]
    return paging.page(lines, wanted, lambda line: (line.key,))


def unread(session: Session, by: Actor) -> int:
    """How many notices the person has not read, counted no further than `COUNT_CAP`."""
    row = Notice
    unread_ones = select(row.key).where(row.company_id == by.company_id, row.username == by.username, row.read_at.is_(None))
    capped = unread_ones.limit(COUNT_CAP).subquery()
    return session.execute(select(func.count()).select_from(capped)).scalar_one()
