"""One edit of the card list, kept as a save of its own so that it can be taken back alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.definitions import settings as texts
from engine.designing import drafts
from engine.designing.packages import Package
from engine.designing.simple import board
from engine.designing.simple.board import Board
from engine.people.actors import Actor


def edit(
    session: Session,
    by: Actor,
    key: int,
    revision: int,
    act: Callable[[Board], str],
    *,
    within: str = "",
    settings: Mapping[str, Any] | None = None,
    now: datetime,
) -> str:
    """Runs an act on the diagram of a draft; gives the id of what was made or changed.

    `revision` is that of the draft the person looked at, `within` the subprocess whose cards he saw, `settings` what
    changes of the process's settings with it (None takes one away). Raises NotFound, Stale, Invalid, TooLarge; then
    nothing changes.
    """
    draft = drafts.take_up(session, by, key, locked=True)
    package = Package(draft.files, draft.settings)
    name = package.diagram
    drafts.require_untouched(session, by, draft, [name, *([drafts.SETTINGS] if settings else [])], revision)
    edited = board.edit(draft.files[name], draft.process_id, act, within)
    changed = _with(package, draft.process_id, settings) if settings else None
    drafts.keep(session, by, draft, draft.revision, {name: edited.text}, changed, now=now)
    return edited.id


def _with(package: Package, process_id: str, settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """All settings with some changed. Raises Invalid for what they cannot be."""
    changed = package.with_settings(process_id, settings)
    for problem in texts.problems(changed[process_id]):
        if str(problem.values.get("name", "")).partition(".")[0] in settings:
            raise errors.Invalid(problem.message, fields=None, **problem.values)
    return changed
