"""What was filled in at the steps of a case, by whom and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.cases.lines import filled
from engine.queries.cases import timeline


@dataclass(frozen=True)
class Answers:
    """What was filled in at one step, by whom and when (of the last time it was done); or what was not filled in at any.

    `changed` are the events that gave one of its values, by name, another one since.
    """

    name: str
    values: list[filled.Value]
    who: str = ""
    at: datetime | None = None
    is_beside: bool = False
    changed: Mapping[str, timeline.TimelineEntry] = field(default_factory=dict)


def by_step(groups: list[filled.FilledForm], entries: list[timeline.TimelineEntry], here: int) -> list[Answers]:
    """What the forms of a case asked, each with who did its step last."""
    done = {each.element_id: each for each in entries if each.instance_key == here and _may_have_filled_in(each)}
    begun = next((each for each in entries if each.instance_key == here and each.kind == "started"), None)
    told = []
    for group in groups:
        by = None if group.is_beside else done.get(group.element_id) if group.element_id else begun
        since = timeline.changed_since([each.name for each in group.values], entries, by) if by else {}
        told.append(Answers(group.name, group.values, by.who if by else "", by.at if by else None, group.is_beside, since))
    return told


def _may_have_filled_in(entry: timeline.TimelineEntry) -> bool:
    """Whether somebody did a step there with its form; who was only asked to sign filled in nothing."""
    is_own = entry.data.get("position", "own") in ("own", "delegated")
    return entry.has_filled_in or (entry.kind == "completed" and is_own)
