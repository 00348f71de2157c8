"""What was asked of a case that was sent back, and what was changed since: for who has the step again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from engine.cases.lines import filled
from engine.definitions.definitions import Definition
from engine.people.organisation import Organisation
from engine.queries.cases import filled_in, timeline
from engine.queries.cases.timeline import TimelineEntry
from engine.storage.models import UserTask

AGREES = "approve"
CHANGED, ADDED, REMOVED = "changed", "added", "removed"


@dataclass(frozen=True)
class ChangedAnswer:
    """An answer that is another one now; `before` and `after` are None where one of them is a record or what holds others.

    `parts` are the rows of a list, or the files, that came, went or are others now.
    """

    label: str
    before: Any = None
    after: Any = None
    parts: tuple[ChangedPart, ...] = ()


@dataclass(frozen=True)
class ChangedPart:
    """A row of a list, or a file (whose `number` is 0): `kind` is changed, added or removed, `name` what tells it from the others.

    A row that went has the number that it had, any other that which it has now. `cells` are what a changed one has else.
    """

    kind: str
    number: int
    name: str = ""
    cells: tuple[ChangedAnswer, ...] = ()


@dataclass(frozen=True)
class Mended:
    """Who sent the case back, with what words, at which step, and what was changed since then."""

    who: str
    is_own: bool
    said: str
    step: str
    at: datetime
    changes: tuple[ChangedAnswer, ...]


def since(
    definition: Definition, company: Organisation, entries: Iterable[TimelineEntry], task: UserTask, reader: str
) -> Mended | None:
    """Of a step that came again after the case had been sent back; None where it is the step to be mended, or nobody sent it back."""
    if task.round < 2 or task.returned:
        return None
    told = filled_in.with_start(definition, [each for each in entries if each.instance_key == task.instance_key])
    place = next((n for n in reversed(range(len(told))) if _sends_back(told[n], task)), None)
    if place is None:
        return None
    back, then = told[place], _held(told[:place])
    held = {**then, **_held(told[place:])}
    changes = [
        change
        for element_id, entry in held.items()
        if element_id in then and element_id != task.element_id
        for change in _changes(*(_answers(definition, company, each) for each in (then[element_id], entry)))
    ]
    is_own = back.by == reader and back.who == company.name_of(reader)  # and not in somebody's name
    return Mended(back.who, is_own, back.opinion or back.reason, back.element, back.at, tuple(changes))


def _sends_back(entry: TimelineEntry, task: UserTask) -> bool:
    is_refusal = entry.kind in timeline.FILLED_IN and entry.element_id == task.element_id and entry.outcome != AGREES
    return entry.kind == "returned" or (is_refusal and bool(entry.opinion))


def _held(entries: Iterable[TimelineEntry]) -> dict[str, TimelineEntry]:
    """What was sent last at each step."""
    return {each.element_id: each for each in entries if each.kind in timeline.FILLED_IN and each.given}


def _answers(definition: Definition, company: Organisation, entry: TimelineEntry) -> Mapping[str, filled.Value]:
    return {each.name: each for each in filled_in.asked(definition, company, entry)}


def _changes(then: Mapping[str, filled.Value], now: Mapping[str, filled.Value]) -> Iterator[ChangedAnswer]:
    for name in dict.fromkeys((*then, *now)):
        before, after = then.get(name), now.get(name)
        one = after or before
        if one is None or before == after:
            continue
        if one.kind == "text":
            yield _changed(one.label, *(each.value if each else None for each in (before, after)))
        elif parts := tuple((_rows if one.kind == "table" else _files)(before, after)):
            yield ChangedAnswer(one.label, parts=parts)


def _changed(label: str, before: Any, after: Any) -> ChangedAnswer:
    return ChangedAnswer(label, before, after) if _is_plain(before) and _is_plain(after) else ChangedAnswer(label)


def _is_plain(value: Any) -> bool:
    return all(map(_is_plain, value)) if isinstance(value, list) else not isinstance(value, (dict, filled.ChosenRecord))


def _files(before: filled.Value | None, after: filled.Value | None) -> Iterator[ChangedPart]:
    then, now = (
        {each.get("key"): str(each.get("name", "")) for each in value.value} if value else {} for value in (before, after)
    )
    yield from (ChangedPart(ADDED, 0, name) for key, name in now.items() if key not in then)
    yield from (ChangedPart(REMOVED, 0, name) for key, name in then.items() if key not in now)


def _rows(before: filled.Value | None, after: filled.Value | None) -> Iterator[ChangedPart]:
    """The rows of now that are others or new, by their numbers, then those that went."""
    then, now = (_cells(value) if value else [] for value in (before, after))
    was = _same(then, now)
    for place, row in enumerate(now):
        if place not in was:
            yield ChangedPart(ADDED, place + 1, _name(row))
        elif row != (old := then[was[place]]):
            labels = (label for label in dict.fromkeys((*old, *row)) if old.get(label) != row.get(label))
            cells = (_changed(label, old.get(label), row.get(label)) for label in labels)
            yield ChangedPart(CHANGED, place + 1, _name(row), tuple(cells))
    yield from (ChangedPart(REMOVED, place + 1, _name(row)) for place, row in enumerate(then) if place not in was.values())


def _cells(table: filled.Value) -> list[dict[str, Any]]:
    """What was typed in each row, by the label of its column."""
    asked = [number for number in range(len(table.columns)) if number not in table.shown]
    return [
        {table.columns[number]: row[number] for number in asked if row[number] not in filled.NO_VALUE} for row in table.rows
    ]


def _same(then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Which row of now was which of then, by their places: the same one; between two such one of the same name, else the next."""
    was: dict[int, int] = {}
    alike = SequenceMatcher(a=[*map(str, then)], b=[*map(str, now)], autojunk=False)
    for _kind, first, last, start, end in alike.get_opcodes():
        left = {place: _name(then[place]) for place in range(first, last)}
        for place in range(start, end):
            old = next((each for each, name in left.items() if name == _name(now[place])), None)
            if old is not None:
                was[place] = old
                del left[old]
        new = (place for place in range(start, end) if place not in was)
        was |= {place: old for place, old in zip(new, left, strict=False) if _are_alike(then[old], now[place])}
    return was


def _are_alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return any(other.get(label) == value for label, value in one.items())


def _name(row: Mapping[str, Any]) -> str:
    """What tells a row from the others: the first words in it."""
    return next((value for value in row.values() if isinstance(value, str)), "")
