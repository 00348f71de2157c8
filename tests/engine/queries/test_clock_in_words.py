"""What a condition that asks for the clock or the calendar alone is told as."""

from __future__ import annotations

import pytest

from engine.queries.cases.words import clock
from engine.queries.cases.words.clock import DAY, MOMENT, TIME, WORKING_DAY, Clock


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ('=time(now()) > time("18:00:00")', Clock(TIME, ">", "18:00")),
        ('=time(now()) < @"08:30:00"', Clock(TIME, "<", "08:30")),
        ("=now().hour >= 18", Clock(TIME, ">=", "18:00")),
        ('=today() <= date("2031-05-01")', Clock(DAY, "<=", "2031-05-01")),
        ("=not(is working day(today()))", Clock(WORKING_DAY)),
        ("=is working day(now())", Clock(WORKING_DAY)),
        ('=day of week(today()) = "Sunday"', Clock(MOMENT)),
        ("=now().minute > 5", Clock(MOMENT)),
    ],
)
def test_what_is_asked_of_the_clock_is_said(condition: str, told: Clock) -> None:
    assert clock.asked([condition]) == (told,)


@pytest.mark.parametrize(
    "conditions", [[], ["=amount > 3"], ["=today() > planned_on"], ["=now().hour > 9", "=amount > 3"], ["=1 >"]]
)
def test_what_asks_for_anything_else_is_not_taken_for_it(conditions: list[str]) -> None:
    assert clock.asked(conditions) == ()
