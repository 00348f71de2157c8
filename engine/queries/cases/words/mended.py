"""What was asked of a case that was sent back, and what was changed since: for who has the step again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.cases.lines import filled
from engine.definitions.definitions import Definition
from engine.people.organisation import Organisation
from engine.queries.cases import filled_in, timeline
from engine.queries.cases.timeline import TimelineEntry
from engine.storage.models import UserTask

AGREES = "approve"


@dataclass(frozen=True)
class ChangedAnswer:
    """An answer that is another one now; `before` and `after` are None where one of them is a list, a file or a record."""

    label: str
    before: Any = None
    after: Any = None


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
    is_own = back.who == company.name_of(reader)
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
        if before != after:
            one = after or before
            assert one is not None
            is_short = all(each is None or _is_plain(each) for each in (before, after))
            said = (each.value if each else None for each in (before, after))
            yield ChangedAnswer(one.label, *said) if is_short else ChangedAnswer(one.label)


def _is_plain(value: filled.Value) -> bool:
    return value.kind == "text" and not isinstance(value.value, (list, dict, filled.ChosenRecord))
