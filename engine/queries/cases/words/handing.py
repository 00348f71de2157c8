"""How a task came to whoever has it, where somebody gave it to him."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.definitions.definitions import Definition
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries.cases.timeline import TimelineEntry
from engine.queries.cases.words import mended
from engine.storage.models import UserTask, WorkItem

HANDING = ("transferred", "reassigned", "escalated", "delegated", "signers_added")


def handed(told: Iterable[TimelineEntry], task: UserTask, mine: WorkItem) -> TimelineEntry | None:
    """The last event by which the part came to whoever holds it."""

    def is_it(entry: TimelineEntry) -> bool:
        to = entry.data.get("to")
        return entry.task == task.key and entry.kind in HANDING and mine.username in (to if isinstance(to, list) else [to])

    return next(filter(is_it, reversed(list(told))), None) if mine.username else None


def from_past(
    told: list[TimelineEntry], by: Actor, task: UserTask, mine: WorkItem, company: Organisation, definition: Definition
) -> dict[str, Any]:
    """How a part came to whoever holds it (`handed`), and what was changed since the case was sent back (`mended`)."""
    since = mended.since(definition, company, told, task, by.username)
    return {"handed": handed(told, task, mine), "mended": since}
