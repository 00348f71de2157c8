"""The timeline as it is read: newest first, one line for a claim and its completion, the machine and called cases folded."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.queries.cases import folding
from engine.queries.cases.timeline import TimelineEntry
from tests.engine.kit import NOW


def entry(minute: int, kind: str, who: str = "", *, of: int = 1, task: int = 0) -> TimelineEntry:
    at: datetime = NOW + timedelta(minutes=minute)
    return TimelineEntry(kind, at, who, f"step {minute}", instance_key=of, task=task)


def read(*entries: TimelineEntry) -> list[tuple[str, list[str]]]:
    told = folding.folded(entries, 1)
    return [(piece.kind, [each.element for each in piece.entries] or [piece.entry.element]) for piece in told]


def test_the_newest_stands_first_and_what_the_machine_did_in_a_row_is_one_line() -> None:
    told = read(entry(1, "started", "陈静"), entry(2, "operation"), entry(3, "decided"), entry(4, "completed", "何强", task=5))
    assert told == [("single", ["step 4"]), ("automatic", ["step 3", "step 2"]), ("single", ["step 1"])]


def test_a_claim_is_told_by_its_completion_but_not_by_another_s() -> None:
    own = read(entry(1, "claimed", "何强", task=5), entry(2, "completed", "何强", task=5))
    assert own == [("single", ["step 2"])]
    handed_on = read(entry(1, "claimed", "何强", task=5), entry(2, "reassigned", task=5), entry(3, "completed", "丁勇", task=5))
    assert [elements for _kind, elements in handed_on] == [["step 3"], ["step 2"], ["step 1"]]


def test_a_called_case_is_one_piece_where_it_was_last_heard_of() -> None:
    told = read(entry(1, "started", "陈静"), entry(2, "started", of=2), entry(3, "completed", "何强"), entry(4, "ended", of=2))
    assert told == [("called", ["step 4", "step 2"]), ("single", ["step 3"]), ("single", ["step 1"])]


def test_an_answer_stands_once_with_its_words() -> None:
    told = read(
        entry(1, "message_received"), TimelineEntry("answered", NOW + timedelta(minutes=1), "", "", instance_key=1, reason="好")
    )
    assert told == [("single", [""])]
