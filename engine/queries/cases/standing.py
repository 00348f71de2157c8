"""Where cases stand in a list: with whom, or what they wait for, and until when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from engine.people import organisation
from engine.queries.cases import places, waits


@dataclass(frozen=True)
class Standing:
    """Open steps of a case and of all it called; where no person has it, what it waits for."""

    places: list[places.Place] = field(default_factory=list)
    waits: list[waits.Wait] = field(default_factory=list)

    def limit(self, due_at: datetime | None, warn_at: datetime | None) -> tuple[datetime | None, datetime | None]:
        """Until when: the case's own limit, or where it has none the nearest of its open steps; with its warning."""
        if due_at is not None:
            return due_at, warn_at
        nearest = min((each for each in self.places if each.due_at), key=lambda each: str(each.due_at), default=None)
        return (nearest.due_at, nearest.warn_at) if nearest else (None, None)


def of_roots(session: Session, company: organisation.Organisation, roots: Collection[int]) -> dict[int, Standing]:
    """By the key of their first case; one statement for all, and two more at most if some wait for nobody's work."""
    held = places.of_roots(session, company, roots)
    waiting = waits.of_roots(session, [root for root in roots if root not in held])
    return {root: Standing(held.get(root, []), waiting.get(root, [])) for root in roots}
