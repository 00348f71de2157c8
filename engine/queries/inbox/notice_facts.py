"""What stands beside a notice: why its reader was told, and what became of a deadline that it tells of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.storage.models import UserTask

OF_DEADLINES = ("due_soon", "overdue")
MANAGES, FOLLOWS, COPIED, STARTED = "manages", "follows", "copied", "started"
DONE, LATE = "done", "late"
WHY = {"incident": MANAGES, "followed": FOLLOWS, "copied": COPIED, "result": STARTED}


@dataclass(frozen=True)
class About:
    """What is known of the case that a notice is about: `texts` are the subjects by which the notice says it."""

    kind: str
    texts: Sequence[str]
    at: datetime
    instance_key: int
    state: str
    process_name: str
    due_at: datetime | None

    @property
    def is_of_case(self) -> bool:
        """Whether it tells of the deadline of the whole case: that goes by the process's name, to who manages it."""
        return self.kind in OF_DEADLINES and any(self.process_name in each for each in self.texts)


def why(about: About) -> str:
    """Why the reader was told: `MANAGES`, `FOLLOWS`, `COPIED` or `STARTED`; "" where it is plain."""
    return MANAGES if about.is_of_case else WHY.get(about.kind, "")


def open_tasks(session: Session, told: Collection[About]) -> Mapping[int, list[Any]]:
    """The open tasks of the cases whose deadlines were told of, by case; no statement where there is none."""
    keys = {each.instance_key for each in told if each.kind in OF_DEADLINES and each.state == "active"}
    by_case: dict[int, list[Any]] = {}
    if keys:
        row = UserTask
        columns = (row.instance_key, row.created_at, row.due_at)
        for task in session.execute(select(*columns).where(row.instance_key.in_(keys), row.state == "open")):
            by_case.setdefault(task.instance_key, []).append(task)
    return by_case


def fate(about: About, tasks: Mapping[int, list[Any]], now: datetime) -> str:
    """What became of it since: `DONE`, of one that was near `LATE`, "" as long as it stands as it was told."""
    if about.kind not in OF_DEADLINES:
        return ""
    then = [each.due_at for each in tasks.get(about.instance_key, []) if each.created_at <= about.at]
    limits = [about.due_at] if about.is_of_case else then
    if about.state != "active" or not limits:
        return DONE
    return LATE if about.kind == "due_soon" and all(each is not None and each <= now for each in limits) else ""
