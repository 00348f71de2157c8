"""Start forms that are begun and not sent [草稿]: saved, taken up again, discarded by their author."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import variable_size
from engine.people.actors import Actor
from engine.storage import keys, marks, models
from engine.verbs import kept_forms

MAX_DRAFTS = 200
SENT = "A case has been started from this page already; nothing more is saved from it."


class StartedFromDraft(errors.Conflict):
    """A case was started from the page; what it saves by itself afterwards is no draft."""


def save(
    session: Session,
    by: Actor,
    process_id: str,
    data: Mapping[str, Any],
    *,
    key: int | None,
    copied_from: int | None = None,
    window: kept_forms.Window | None = None,
    once: str = "",
    now: datetime,
) -> int:
    """Keeps the data under the draft's key, or as a new draft, perhaps copied from a case; returns the key.

    `once` is the mark of the page: it makes one draft however often it is saved. Raises Sent when a case was started from the
    page meanwhile, Conflict when the person keeps too many drafts already, SavedElsewhere where another than this `window`
    saved it meanwhile.
    """
    variable_size.check(session, data)
    if once:
        saved = marks.hold(session, by.company_id, _mark(by, once))
        if marks.is_known(session, by.company_id, f"{by.username}/{once}"):
            raise StartedFromDraft(SENT)
        key = key or saved
    draft = _mine(session, by, key) if key else None
    if draft is None:
        if count(session, by) >= MAX_DRAFTS:
            raise errors.Conflict("You keep %(number)s drafts already. Please discard some first.", number=MAX_DRAFTS)
        of = {"company_id": by.company_id, "username": by.username, "process_id": process_id, "copied_from": copied_from}
        draft = models.StartDraft(key=keys.new(), **of)
        session.add(draft)
    draft.data, draft.saved_at = kept_forms.saved_anew(draft.data, data, window), now
    session.flush()
    if once:
        marks.keep(session, by.company_id, _mark(by, once), draft.key)
    return draft.key


def count(session: Session, by: Actor) -> int:
    """How many drafts the person keeps, counted no further than the limit."""
    row = models.StartDraft
    mine = select(row.key).where(row.company_id == by.company_id, row.username == by.username).limit(MAX_DRAFTS)
    return len(session.execute(mine).all())


def take_up(session: Session, by: Actor, key: int) -> models.StartDraft:
    """The draft of that key. Raises NotFound for one that is gone or another's."""
    draft = _mine(session, by, key)
    if draft is None:
        raise errors.NotFound("This draft is not there any more.")
    return draft


def kept(session: Session, by: Actor, key: int) -> Mapping[str, Any] | None:
    """What the draft holds now; None where it is gone."""
    draft = _mine(session, by, key)
    return draft.data if draft else None


def is_kept(session: Session, by: Actor, key: int) -> bool:
    """Whether the draft is there still; its author may have discarded it in another window."""
    return _mine(session, by, key) is not None


def discard(session: Session, by: Actor, key: int) -> int | None:
    """Throws the draft away; gives the case it was copied from. Raises NotFound for one that is gone or another's."""
    row = models.StartDraft
    mine = (row.company_id == by.company_id, row.username == by.username, row.key == key)
    discarded = session.execute(delete(row).where(*mine).returning(row.key, row.copied_from)).one_or_none()
    if discarded is None:
        raise errors.NotFound("This draft is not there any more.")
    return discarded.copied_from


def drop_of_page(session: Session, by: Actor, once: str) -> None:
    """Throws away what the page with this mark has saved by itself; its transaction has taken the mark of the start."""
    saved = marks.hold(session, by.company_id, _mark(by, once))
    if saved and is_kept(session, by, saved):
        discard(session, by, saved)


def _mark(by: Actor, once: str) -> str:
    return f"draft/{by.username}/{once}"


def _mine(session: Session, by: Actor, key: int) -> models.StartDraft | None:
    row = models.StartDraft
    mine = (row.company_id == by.company_id, row.username == by.username, row.key == key)
    return session.execute(select(row).where(*mine)).scalar_one_or_none()
