"""The timeline as it is read: newest first, what people said by itself, what the machine did folded, called cases in one piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.queries.cases.timeline import TimelineEntry

# What nobody did by hand; an incident is somebody's to look at.
AUTOMATIC = frozenset({"operation", "decided", "timer_fired", "message_received", "rescheduled", "incident_resolved"})


@dataclass(frozen=True)
class TimelinePiece:
    """One piece of the timeline: an entry of its own, or several that are folded, newest first.

    `kind`: single, automatic (what the machine did in a row), called (all of a called case, named by its first entry).
    """

    kind: str
    entry: TimelineEntry
    entries: list[TimelineEntry] = field(default_factory=list)


def folded(entries: Iterable[TimelineEntry], here: int) -> list[TimelinePiece]:
    """The pieces, newest first; `here` is the case that is looked at, whose own entries stand by themselves."""
    newest_first = list(_without_claims(list(_without_arrivals(list(entries)))))[::-1]
    called: dict[int, list[TimelineEntry]] = {}
    for entry in newest_first:
        if entry.instance_key != here:
            called.setdefault(entry.instance_key, []).append(entry)
    return list(_pieces(newest_first, called))


def _without_arrivals(entries: list[TimelineEntry]) -> Iterator[TimelineEntry]:
    """That a message came is told by what it said, where a customer's answer is kept of the same moment."""
    said = {entry.at for entry in entries if entry.kind in ("answered", "withdrawn")}
    return (entry for entry in entries if entry.kind != "message_received" or entry.at not in said)


def _without_claims(entries: list[TimelineEntry]) -> Iterator[TimelineEntry]:
    """A claim that its claimer completed is one thing, told by the completion."""
    for place, entry in enumerate(entries):
        if entry.kind != "claimed" or not _is_completed(entry, entries[place + 1 :]):
            yield entry


def _is_completed(claim: TimelineEntry, later: Iterable[TimelineEntry]) -> bool:
    same = (each for each in later if each.task == claim.task and each.kind in ("completed", "unclaimed", "reassigned"))
    following = next(same, None)
    return following is not None and following.kind == "completed" and following.who == claim.who


def _pieces(entries: list[TimelineEntry], called: dict[int, list[TimelineEntry]]) -> Iterator[TimelinePiece]:
    automatic: list[TimelineEntry] = []
    for entry in entries:
        if entry.instance_key not in called and _is_automatic(entry):
            automatic.append(entry)
            continue
        if entry.instance_key in called and not called[entry.instance_key]:
            continue  # told with the rest of its case
        yield from _run(automatic)
        automatic = []
        if entry.instance_key in called:
            whole = called[entry.instance_key]
            yield TimelinePiece("called", whole[0], list(whole))
            whole.clear()
        else:
            yield TimelinePiece("single", entry)
    yield from _run(automatic)


def _is_automatic(entry: TimelineEntry) -> bool:
    """Whether nobody has to be named for it; a deadline that somebody moved is his act."""
    return entry.kind in AUTOMATIC and not entry.reason and not (entry.kind == "rescheduled" and entry.who)


def _run(automatic: list[TimelineEntry]) -> Iterator[TimelinePiece]:
    if automatic:
        yield TimelinePiece("automatic", automatic[0], automatic)
