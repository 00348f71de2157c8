"""One thing that one person is told, and the case with the events from which such things are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.people.organisation import Organisation
from engine.storage.models import HistoryEvent, ProcessInstance


@dataclass(frozen=True)
class News:
    """One thing that one person is told; of the same `source` he is told once.

    `facts` are who (a username), instead_of (whom he stood in for), step, due (a moment as text), said, subject. `is_in_page`: the page has to be told it too.
    """

    kind: str
    reader: str
    source: str
    task_key: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    is_in_page: bool = False


@dataclass(frozen=True)
class CaseNews:
    """A case with the events that are news, oldest first."""

    session: Session
    company: Organisation
    instance: ProcessInstance
    events: Sequence[HistoryEvent]
    now: datetime

    def of(self, kinds: frozenset[str]) -> list[HistoryEvent]:
        """Those of the events that are of one of the kinds."""
        return [each for each in self.events if each.kind in kinds]
