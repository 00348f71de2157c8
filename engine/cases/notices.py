"""Messages to people inside the product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from engine.cases import personal_text
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage import keys, models
from engine.storage.models import Notice, Outgoing, ProcessInstance

MAX_SUBJECT = 200
MAX_BODY = 10_000
TOLD = "told"
UNROUTED = 0  # the channel of what still has to be put on its ways


def send(
    session: Session,
    company: Organisation,
    to: Iterable[str],
    subject: str,
    body: str = "",
    *,
    now: datetime,
    instance: ProcessInstance | None = None,
    kind: str | None = TOLD,
    facts: Mapping[str, Any] | None = None,
) -> list[str]:
    """A notice to each person and to everybody in each group of `to`, once each; gives the usernames that got one.

    `kind` is that under which it leaves by mail and robots too (`engine.announcing.kinds`), None for one that stays in the
    page because something else tells it there; `facts` are what those words are made from: who (a username), step, due (a
    moment), said, task (a key). Names that are neither a person nor a group, and disabled accounts, get none. Numbers of people that somebody wrote into
    his words are masked, as in every list.
    """
    names = [name for each in to for name in ((each,) if each in company.people else company.members_of(each))]
    readers = company.active(names)
    rows = [
        {
            "key": keys.new(),
            "company_id": company.id,
            "username": reader,
            "subject": personal_text.cover(subject)[:MAX_SUBJECT],
            "body": personal_text.cover(body)[:MAX_BODY],
            "instance_key": instance.key if instance else None,
            "created_at": now,
            "read_at": None,
            "kind": kind,
            "facts": models.loads(models.dumps(dict(facts or {}))),
            "is_announced": kind is None,
        }
        for reader in readers
    ]
    if rows:
        session.execute(insert(Notice), rows)
    return list(readers)


def announce(
    session: Session,
    company: Organisation,
    to: Iterable[str],
    kind: str,
    source: str,
    *,
    now: datetime,
    instance: ProcessInstance,
    facts: Mapping[str, Any],
) -> None:
    """Tells people and groups outside the page alone, of what the page shows them anyway; of the same `source` each once."""
    names = [name for each in to for name in ((each,) if each in company.people else company.members_of(each))]
    rows = [
        {
            "key": keys.new(),
            "company_id": company.id,
            "channel_key": UNROUTED,
            "username": reader,
            "kind": kind,
            "source": source,
            "instance_key": instance.key,
            "task_key": facts.get("task"),
            "facts": dict(facts),
            "made_at": now,
            "due_at": now,
            "state": "waiting",
        }
        for reader in company.active(names)
    ]
    if rows:
        session.execute(insert(Outgoing), rows)


def mark_read(
    session: Session,
    by: Actor,
    notice_keys: Iterable[int] | None = None,
    *,
    instance_key: int | None = None,
    now: datetime,
) -> None:
    """Marks one's own notices as read: those named, those about a case, or all."""
    mine = [Notice.company_id == by.company_id, Notice.username == by.username, Notice.read_at.is_(None)]
    if notice_keys is not None:
        mine.append(Notice.key.in_(list(notice_keys)))
    if instance_key is not None:
        mine.append(Notice.instance_key == instance_key)
    session.execute(update(Notice).where(*mine).values(read_at=now))
