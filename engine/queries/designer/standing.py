"""How a draft stands to what is in force: the same, changed and by whom, overtaken, or never published."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine.designing import comparing, packages
from engine.designing.packages import Package
from engine.people.actors import Actor
from engine.queries.designer.drawing_page import Drawing


@dataclass(frozen=True)
class Standing:
    """`changes` counts the places in which a draft differs from the version in force; none are counted where a newer version
    holds than the one it was begun from (`is_behind`), nor of a process that was never published (`is_new`)."""

    changes: int
    is_behind: bool
    is_new: bool

    @property
    def is_due(self) -> bool:
        """Whether there is something to publish, and publishing it undoes nothing."""
        return not self.is_behind and (self.is_new or self.changes > 0)


def of_drawing(session: Session, by: Actor, drawing: Drawing) -> Standing:
    """How an open draft stands, as it was read."""
    is_behind = drawing.version != drawing.newest
    return Standing(0 if is_behind else _changes(session, by, drawing), is_behind, drawing.newest is None)


def _changes(session: Session, by: Actor, drawing: Drawing) -> int:
    newest = packages.newest(session, by.company_id, drawing.process_id)
    if newest is None:
        return 0
    held, drawn = packages.of_version(session, newest), Package(drawing.files, drawing.settings)
    return 0 if held == drawn else len(comparing.changes(held, drawn))
