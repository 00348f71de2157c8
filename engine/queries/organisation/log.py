"""The log of the organisation: who changed what, and when; newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.definitions.values import value_uses
from engine.people.actors import SYSTEM_USERNAME, Actor
from engine.people.organisation import Organisation
from engine.queries import paging
from engine.queries.organisation import reading
from engine.storage.models import OrganisationEvent
from engine.verbs.organisation import own_values

GONE = "（已删除的岗位）"


@dataclass(frozen=True)
class LogEntry:
    """A line: people by name, departments and posts too; `by` is empty where a change was done on its day."""

    key: int
    at: datetime
    by: str
    kind: str
    subject: str
    name: str
    data: dict[str, Any]


def page(
    session: Session, by: Actor, text: str, wanted: paging.WantedPage, file: OrganisationEvent | None = None
) -> paging.Page[LogEntry]:
    """A page of the log; `text` narrows it to what a person of that name did or was changed of, `file` to what it changed.

    Raises Forbidden.
    """
    company = reading.company(session, by)
    row = OrganisationEvent
    statement = select(row).where(row.company_id == by.company_id)
    if file is not None:  # one transaction has one moment
        statement = statement.where(row.at == file.at, row.actor == file.actor)
    if text.strip():
        named = [each.username for each in company.people.values() if text.strip() in (each.name, each.username)]
        subjects = [f"person:{username}" for username in named] + [f"group:{text.strip()}"]
        statement = statement.where(row.subject.in_(subjects) | row.actor.in_(named))
    rows = session.execute(paging.newest_first(statement, row.key, wanted)).scalars().all()
    return paging.page([_entry(session, company, each) for each in rows], wanted, lambda entry: (entry.key,))


def taken_in(session: Session, by: Actor, key: str) -> OrganisationEvent:
    """The line of a file that was taken in, by its key. Raises Forbidden, NotFound."""
    reading.company(session, by)
    row = OrganisationEvent
    mine = (row.company_id == by.company_id, row.subject == f"file:{key}", row.kind == "file_taken")
    event = session.execute(select(row).where(*mine)).scalars().first()
    if event is None:
        raise errors.NotFound("There is no such file.")
    return event


def entries_of(session: Session, by: Actor, subject: str, limit: int) -> list[LogEntry]:
    """The last changes of one thing. Raises Forbidden."""
    company = reading.company(session, by)
    row = OrganisationEvent
    mine = select(row).where(row.company_id == by.company_id, row.subject == subject).order_by(row.key.desc()).limit(limit)
    return [_entry(session, company, each) for each in session.execute(mine).scalars()]


def entries_of_kind(session: Session, by: Actor, kind: str, limit: int) -> list[LogEntry]:
    """The last changes of a kind. Raises Forbidden."""
    company = reading.company(session, by)
    row = OrganisationEvent
    mine = select(row).where(row.company_id == by.company_id, row.kind == kind).order_by(row.key.desc()).limit(limit)
    return [_entry(session, company, each) for each in session.execute(mine).scalars()]


def _entry(session: Session, company: Organisation, row: OrganisationEvent) -> LogEntry:
    by = str(row.data.get("by_way_of") or "") if row.actor == SYSTEM_USERNAME else company.name_of(row.actor)
    kind, _colon, id = row.subject.partition(":")
    name = str(row.data.get("name") or "") or (company.name_of(id) if kind == "person" else company.department_name(id))
    if kind == own_values.SUBJECT:
        name = value_uses.told_again(session, company, row.data)
    return LogEntry(row.key, row.at, by, row.kind, row.subject, name, _with_names_of_posts(company, row.data))


def _with_names_of_posts(company: Organisation, data: dict[str, Any]) -> dict[str, Any]:
    """Lines of early versions hold the keys of posts: one that is gone says only that there was one."""
    changed = data.get("changed")
    if not isinstance(changed, dict) or "posts" not in changed:
        return data
    pairs = [[company.posts.get(each, GONE if each.isdecimal() else each) for each in some] for some in changed["posts"]]
    return {**data, "changed": {**changed, "posts": pairs}}
