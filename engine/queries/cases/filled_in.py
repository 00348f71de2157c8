"""What was filled in at each step of a case, by whom and when: what holds now, and what earlier rounds wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from engine.cases.lines import filled
from engine.definitions.definitions import Definition
from engine.people.organisation import Organisation
from engine.queries.cases import timeline
from engine.queries.cases.timeline import TimelineEntry

CUSTOMER = "answered"  # the event of a customer's answer


@dataclass(frozen=True)
class Answers:
    """What was filled in at one step (`element_id`), by whom and when (of the last time it was done); or what was not filled in at any.

    `changed` are the events that gave one of its values, by name, another one since; `round` that of an earlier one which answers
    what was done anew since, and was not given anew itself.
    """

    name: str
    values: list[filled.Value]
    element_id: str = ""
    who: str = ""
    at: datetime | None = None
    is_beside: bool = False
    changed: Mapping[str, TimelineEntry] = field(default_factory=dict)
    round: int | None = None


@dataclass(frozen=True)
class Passed:
    """What somebody wrote at a step that was done again since, or a customer answered; `entry` tells who, when and the rest."""

    entry: TimelineEntry
    values: list[filled.Value]


@dataclass(frozen=True)
class Round:
    """What was done in one round of a case, until a step of it was done again in the next.

    `number` is how often its steps had come by then, as their tasks and lists say; 0 where some came more often than others, or none.
    """

    number: int
    passed: list[Passed]


def typed(entries: Iterable[TimelineEntry], here: int) -> dict[str, Mapping[str, object]]:
    """What was typed at each step of a case the last time, by the step."""
    return {each.element_id: each.given for each in entries if each.instance_key == here and each.given and each.element_id}


def now(definition: Definition, groups: Iterable[filled.FilledForm], entries: list[TimelineEntry], here: int) -> list[Answers]:
    """What the case holds, each with whoever filled it in last; last what nobody did, as what a record brought to a step to come."""
    done = {each.element_id: each for each in entries if each.instance_key == here and _may_have_filled_in(each)}
    begun = next((each for each in entries if each.instance_key == here and each.kind == "started"), None)
    begun = done.get(_start(definition), begun)  # where it came back, it was filled in anew
    left_over, told = _left_over(each for each in entries if each.instance_key == here), []
    beside: dict[str, filled.Value] = {}
    for group in groups:
        if group.is_beside or (group.element_id and group.element_id not in done):
            beside |= {each.name: each for each in group.values}
            continue
        by = done.get(group.element_id) if group.element_id else begun
        since = timeline.changed_since([each.name for each in group.values], entries, by) if by else {}
        who, at, round = (by.who, by.at, left_over.get(by.key)) if by else ("", None, None)
        told.append(Answers(group.name, group.values, group.element_id, who, at, changed=since, round=round))
    return [*told, *([Answers("", list(beside.values()), is_beside=True)] if beside else [])]


def _left_over(entries: Iterable[TimelineEntry]) -> dict[int, int]:
    """The rounds of what followed on a step that was done anew since, by the entry's key."""
    rounds = _rounds(entries)
    left: dict[int, int] = {}
    for number, one in enumerate(rounds, 1):
        anew = _steps(each for later in rounds[number:] for each in later)
        after = next((place for place, each in enumerate(one) if each.element_id in anew), len(one))
        left |= {each.key: each.round for each in one[after:]}
    return left


def _may_have_filled_in(entry: TimelineEntry) -> bool:
    """Whether somebody did a step there with its form; who was only asked to sign filled in nothing."""
    is_own = entry.data.get("position", "own") in ("own", "delegated")
    return entry.has_filled_in or (entry.kind == "completed" and is_own)


def earlier(definition: Definition, company: Organisation, entries: Iterable[TimelineEntry], here: int) -> list[Round]:
    """What earlier rounds wrote and the case itself holds no more, the newest round first."""
    *passed, last = _rounds(with_start(definition, [each for each in entries if each.instance_key == here]))
    again, rounds = _steps(last), []
    for here_and_now in reversed(passed):
        told = [each for each in here_and_now if each.kind == CUSTOMER or each.element_id in again]
        again |= _steps(here_and_now)
        if told:
            rounds.append(Round(_number(told), [Passed(each, asked(definition, company, each)) for each in reversed(told)]))
    return rounds


def with_start(definition: Definition, entries: list[TimelineEntry]) -> list[TimelineEntry]:
    """The events of one case, its beginning among its steps where the start form came back and was sent again."""
    start = _start(definition)
    again = next((each for each in entries if start and each.element_id == start and each.kind in timeline.FILLED_IN), None)
    if again is None:
        return entries
    told = []
    for each in entries:
        if each.kind == "started":
            each = replace(each, kind=again.kind, element_id=again.element_id, element=again.element)
        elif each.element_id == start:
            each = replace(each, round=each.round + 1)
        told.append(each)
    return told


def _start(definition: Definition) -> str:
    """The element id of the start event with the start form, "" where there is none."""
    return next((each.element_id for each in definition.program.start_events if each.kind == "none"), "")


def _number(told: Iterable[TimelineEntry]) -> int:
    numbers = {each.round for each in told if each.kind != CUSTOMER}
    return numbers.pop() if len(numbers) == 1 else 0


def _rounds(entries: Iterable[TimelineEntry]) -> list[list[TimelineEntry]]:
    """What was filled in and answered, oldest first, parted where a step comes that was done already, for another time."""
    rounds: list[list[TimelineEntry]] = [[]]
    counted: dict[str, int] = {}
    for entry in entries:
        if entry.kind not in (*timeline.FILLED_IN, CUSTOMER):
            continue
        if entry.kind != CUSTOMER:
            if entry.round > counted.get(entry.element_id, entry.round):
                rounds.append([])
                counted = {}
            counted[entry.element_id] = entry.round
        rounds[-1].append(entry)
    return rounds


def _steps(entries: Iterable[TimelineEntry]) -> set[str]:
    return {each.element_id for each in entries if each.kind != CUSTOMER}


def asked(definition: Definition, company: Organisation, entry: TimelineEntry) -> list[filled.Value]:
    """What the form of a step asked for, as it was sent then."""
    form = definition.form_of(entry.element_id) if entry.kind != CUSTOMER else None
    return list(_own(form.schema, company, entry.given)) if form and entry.given else []


def _own(schema: Mapping[str, object], company: Organisation, given: Mapping[str, object]) -> Iterator[filled.Value]:
    return (each for each in filled.of_form(schema, company, given, beside=False) if each.is_asked)
