"""Of several limits the nearest is the first moment, whatever its clock writes: by moments, not by their texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from engine.queries.cases.where.places import CurrentPlace
from engine.queries.cases.where.standing import CaseStanding
from engine.queries.inbox.batch_page import BatchLine, BatchPage
from engine.verbs import batches

SHANGHAI = timezone(timedelta(hours=8))
LATER = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIRST = datetime(2026, 3, 2, 16, tzinfo=SHANGHAI)  # an hour before, though its text comes after


def place(name: str, due_at: datetime | None) -> CurrentPlace:
    return CurrentPlace(1, name, name, 1, "", "", (), (), (), ("", {}), LATER, due_at, None)


def line(key: int, due_at: datetime | None) -> BatchLine:
    return BatchLine(key, 1, "", "", "", "done", None, is_open=True, due_at=due_at)


def test_a_case_stands_by_its_nearest_limit_and_says_whose_it_is() -> None:
    stands = CaseStanding([place("none", None), place("later", LATER), place("first", FIRST)])
    assert [each.name for each in stands.by_limit] == ["first", "later", "none"]
    assert stands.limit(LATER, None)[0] == FIRST and stands.whose_limit(FIRST) == "first"


def test_what_is_next_of_what_was_claimed_is_what_is_due_first() -> None:
    lines = [line(1, None), line(2, LATER), line(3, FIRST)]
    assert BatchPage(1, batches.CLAIM, "done", 0, 3, 3, 0, lines).next_task == 3
