"""The ways that cases took: the user tasks done in them, in the order in which they arrived."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.execution import comebacks
from engine.storage import database
from engine.storage.models import CasePath, InsightPath, UserTask, dumps

PART = 500
LONGEST = 60  # steps of a path that are kept; what went round more often than that is told apart by its length


@dataclass(frozen=True)
class Walked:
    """A path; `is_again` says that a step in it was done more than once, as it was sent back."""

    elements: tuple[str, ...] = ()
    is_again: bool = False

    @property
    def digest(self) -> str:
        """What stands for the path in rows and addresses."""
        return hashlib.sha256(dumps(self.kept).encode()).hexdigest()[:16]

    @property
    def kept(self) -> list[str]:
        """Its steps; of a very long one the first, and how many there were."""
        steps = list(self.elements)
        return steps if len(steps) <= LONGEST else [*steps[:LONGEST], f"+{len(steps) - LONGEST}"]


class Ended(Protocol):
    """A case that has ended."""

    @property
    def key(self) -> int: ...
    @property
    def process_id(self) -> str: ...


def of_cases(session: Session, cases: Sequence[int]) -> dict[int, Walked]:
    """By the case's key; a case without user tasks is not in it. One statement for 500 cases."""
    row, tasks = UserTask, dict[int, list[Any]]()
    for n in range(0, len(cases), PART):
        mine = (row.instance_key.in_(cases[n : n + PART]), row.state == "completed")
        for each in session.execute(
            select(row.instance_key, row.element_id, comebacks.came_again().label("again")).where(*mine).order_by(row.key)
        ):
            tasks.setdefault(each.instance_key, []).append(each)
    return {
        key: Walked(tuple(each.element_id for each in rows), any(each.again for each in rows)) for key, rows in tasks.items()
    }


def keep(session: Session, company_id: str, day: date, cases: Iterable[Ended], walked: Mapping[int, Walked]) -> None:
    """Stores which case took which path, and the paths that are new."""
    ended = [(each, walked.get(each.key, Walked())) for each in cases]
    if not ended:
        return
    own = {"company_id": company_id, "day": day.toordinal()}
    rows = [{**own, "instance_key": each.key, "process_id": each.process_id, "path": path.digest} for each, path in ended]
    for n in range(0, len(rows), PART):  # summed up on another day, when the company had another time zone
        moved = [row["instance_key"] for row in rows[n : n + PART]]
        session.execute(delete(CasePath).where(CasePath.instance_key.in_(moved)))
    session.execute(insert(CasePath), rows)
    _keep_paths(session, company_id, {(each.process_id, path.digest): path for each, path in ended})


def _keep_paths(session: Session, company_id: str, paths: Mapping[tuple[str, str], Walked]) -> None:
    kept = [
        {"company_id": company_id, "process_id": process_id, "digest": digest, "elements": path.kept}
        for (process_id, digest), path in paths.items()
    ]
    adding = sqlite.insert if database.is_sqlite(session) else postgresql.insert
    names = ["process_id", "digest", "company_id"]
    for n in range(0, len(kept), PART):
        session.execute(adding(InsightPath).values(kept[n : n + PART]).on_conflict_do_nothing(index_elements=names))
