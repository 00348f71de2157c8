"""What a change of a calendar would move: deadlines of tasks and cases, and timers, with both times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.deadlines.calendar_changes import Moving
from engine.deadlines.moved_deadlines import NAMES
from engine.deadlines.rescheduling import DeadlineChange
from engine.storage.models import ProcessInstance

SHOWN = 50


@dataclass(frozen=True)
class Move:
    """One deadline that moves; `what` is user_task, case or timer, `step` the step's name, empty of a case."""

    key: int
    title: str
    number: str
    what: str
    step: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True)
class Moves:
    """How many move of each kind, and the first of them by the time they have now."""

    counts: dict[str, int]
    shown: list[Move]

    @property
    def total(self) -> int:
        """How many move."""
        return sum(self.counts.values())


def moves_of(session: Session, moving: Moving) -> Moves:
    """What a rehearsed change would move, the next to fall due first; one statement."""
    changes = sorted(moving.changes, key=lambda each: (each.before.due_at or each.after.due_at or datetime.max, each.key))
    kinds = [NAMES[each.model] for each in changes]
    return Moves({kind: kinds.count(kind) for kind in NAMES.values() if kind in kinds}, _lines(session, changes[:SHOWN]))


def _lines(session: Session, changes: Sequence[DeadlineChange]) -> list[Move]:
    row = ProcessInstance
    keys = {each.instance_key for each in changes}
    columns = select(row.key, row.title, row.number).where(row.key.in_(keys))
    cases = {each.key: each for each in session.execute(columns)} if keys else {}
    return [_line(each, cases[each.instance_key].title, cases[each.instance_key].number) for each in changes]


def _line(change: DeadlineChange, title: str, number: str) -> Move:
    told = (NAMES[change.model], change.name or "", change.before.due_at, change.after.due_at)
    return Move(change.instance_key, title, number, *told)
