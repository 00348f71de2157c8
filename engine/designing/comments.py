"""What people say of the elements of a draft: said, answered for by resolving, counted by element."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.designing import drafts
from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import DraftComment

MOST_LETTERS = 2000
MOST_COMMENTS = 1000
MOST_OF_ID = 200


@dataclass(frozen=True)
class Comment:
    """A comment with the names of who said it and who resolved it (empty: open)."""

    key: int
    element_id: str
    text: str
    said_at: datetime
    said_by: str
    resolved_by: str


def of_draft(session: Session, by: Actor, key: int) -> list[Comment]:
    """All comments on a draft, the open ones first, each the oldest first. Raises NotFound."""
    drafts.take_up(session, by, key)
    row = DraftComment
    rows = session.execute(select(row).where(row.draft_key == key).order_by(row.resolved_at.is_not(None), row.key)).scalars()
    return list(_worded(session, by, rows))


def say(session: Session, by: Actor, key: int, element_id: str, text: str, *, now: datetime) -> None:
    """Says something of an element. Raises NotFound, Invalid."""
    drafts.take_up(session, by, key, locked=True)
    if not text.strip() or len(text) > MOST_LETTERS or not element_id or len(element_id) > MOST_OF_ID:
        raise errors.Invalid("A comment has words, at most %(limit)s letters.", fields=None, limit=MOST_LETTERS)
    if len(of_draft(session, by, key)) >= MOST_COMMENTS:
        raise errors.Invalid("A draft has at most %(limit)s comments.", fields=None, limit=MOST_COMMENTS)
    row = DraftComment(
        key=keys.new(),
        company_id=by.company_id,
        draft_key=key,
        element_id=element_id,
        text=text.strip(),
        said_at=now,
        said_by=by.username,
    )
    session.add(row)
    session.flush()


def resolve(session: Session, by: Actor, key: int, comment: int, *, now: datetime) -> None:
    """Marks a comment as done. Raises NotFound."""
    drafts.take_up(session, by, key, locked=True)
    row = session.get(DraftComment, comment)
    if row is None or row.draft_key != key:
        raise errors.NotFound("There is no such comment.")
    row.resolved_at, row.resolved_by = now, by.username
    session.flush()


def _worded(session: Session, by: Actor, rows: Iterable[DraftComment]) -> Iterator[Comment]:
    for row in rows:
        said_by = drafts.name_of(session, by, row.said_by)
        resolved_by = drafts.name_of(session, by, row.resolved_by) if row.resolved_by else ""
        yield Comment(row.key, row.element_id, row.text, row.said_at, said_by, resolved_by)
