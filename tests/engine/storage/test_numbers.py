"""Numbers of cases: patterns, periods in the company's zone, and days that are taken once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.storage import database as databases
from engine.storage import models, numbers
from tests.cast import Cast

EVENING = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai


def given(database: databases.Database, pattern: str, *moments: datetime) -> list[str]:
    with database.transaction("acme") as session:
        company = session.get_one(models.Company, "acme")
        return [numbers.next(session, company, pattern, moment) for moment in moments]


def test_the_count_begins_anew_with_each_period(database: databases.Database, cast: Cast) -> None:
    moments = (EVENING, EVENING, EVENING + timedelta(minutes=1))
    assert given(database, "TS-{date}-{seq:04}", *moments) == ["TS-20261231-0001", "TS-20261231-0002", "TS-20270101-0001"]
    assert given(database, "{year}-{seq}", *moments) == ["2026-1", "2026-2", "2027-1"]
    assert given(database, "{month}/{seq:03}", *moments) == ["202612/001", "202612/002", "202701/001"]
    assert given(database, "N{seq}", *moments) == ["N1", "N2", "N3"]


def test_a_long_count_outgrows_its_width(database: databases.Database, cast: Cast) -> None:
    assert given(database, "{seq:1}", *[EVENING] * 11)[-1] == "11"


def test_what_was_rolled_back_is_given_out_again(database: databases.Database, cast: Cast) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction("acme") as session:
        numbers.next(session, session.get_one(models.Company, "acme"), "{seq}", EVENING)
        raise ZeroDivisionError
    assert given(database, "{seq}", EVENING) == ["1"]


@pytest.mark.parametrize(
    ("pattern", "is_one"),
    [
        ("TS-{date}-{seq:04}", True),
        ("{seq}", True),
        ("{year}{month}{seq:6}", True),
        ("TS", False),
        ("{seq}{seq}", False),
        ("{seq}{who}", False),
        ("{seq", False),
        ("{date}", False),
        ("{seq:x}", False),
    ],
)
def test_only_patterns_with_one_count_are_accepted(pattern: str, is_one: bool) -> None:
    assert numbers.is_pattern(pattern) is is_one


def test_patterns_that_may_come_to_look_alike_share_a_count(database: databases.Database, cast: Cast) -> None:
    assert given(database, "{year}-{seq}", EVENING) + given(database, "{year}-{seq:04}", EVENING) == ["2026-1", "2026-0002"]
