"""One edit of the card list, kept as a save of its own so that it can be taken back alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from engine.designing import drafts
from engine.designing.packages import Package
from engine.designing.simple import board
from engine.designing.simple.board import Board
from engine.people.actors import Actor


def edit(session: Session, by: Actor, key: int, revision: int, act: Callable[[Board], str], *, now: datetime) -> str:
    """Runs an act on the diagram of a draft; gives the id of what was made or changed.

    `revision` is that of the draft the person looked at. Raises NotFound, Stale, Invalid, TooLarge; then nothing changes.
    """
    draft = drafts.take_up(session, by, key, locked=True)
    name = Package(draft.files, draft.settings).diagram
    drafts.require_untouched(session, by, draft, [name], revision)
    edited = board.edit(draft.files[name], draft.process_id, act)
    drafts.save(session, by, key, draft.revision, {name: edited.text}, is_joined=False, now=now)
    return edited.id
