"""Settings of a draft that several people change at once: what one of them changed of what he saw is put on top of what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.definitions import settings as texts
from engine.designing import drafts
from engine.designing.packages import Package
from engine.people.actors import Actor
from engine.problems import Problem
from engine.storage.models import ProcessDraft

Settings = Mapping[str, Any]


class NotKept(errors.Conflict):
    """Nothing was kept: `problems` are in `settings`, which are what would have been; `clashes` are those that a colleague (`name`)
    changed too since, with what he made of them."""

    def __init__(self, settings: Settings, problems: list[Problem], clashes: Settings, name: sayings.Said) -> None:
        super().__init__("%(name)s has changed the same meanwhile. Nothing was kept yet.", name=name)
        self.settings, self.problems, self.clashes, self.name = settings, problems, clashes, name


def settle(
    session: Session, by: Actor, key: int, revision: int, given: Callable[[Settings], Settings], *, now: datetime
) -> ProcessDraft:
    """Keeps what somebody changed of the settings of a draft's process.

    `revision` is that of the save he saw; `given` makes of its settings those that he wants (None: unsaid). Raises NotFound, Stale
    for a save to come, NotKept, TooLarge.
    """
    draft, save = drafts.take_up_as_seen(session, by, key, revision)
    seen, there = (each.settings.get(draft.process_id, {}) for each in (save, draft))
    changed = {name: value for name, value in given(seen).items() if value != seen.get(name)}
    clashes = {name: there.get(name) for name, value in changed.items() if there.get(name) not in (seen.get(name), value)}
    settings = Package(draft.files, draft.settings).with_settings(draft.process_id, changed)
    problems = texts.problems(settings[draft.process_id])
    if problems or clashes:
        raise NotKept(settings[draft.process_id], problems, clashes, drafts.savers_since(session, by, draft, save))
    return drafts.keep(session, by, draft, draft.revision, {}, settings, now=now)
