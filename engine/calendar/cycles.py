"""Cycles of ISO 8601 ("R3/PT1H", "R/<start>/P1D", "R/<start>/<end>"): a grid of moments, anchor + n × period."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from engine import errors
from engine.calendar import durations
from engine.calendar.working import Calendar

STANDS_STILL = "The cycle %(text)s never advances: its period must be a second or more."
NEVER_STARTS = "The cycle %(text)s repeats nothing."
_CYCLE = re.compile(r"R(\d{0,6})/(?:(.+)/)?([^/]+)", re.ASCII)
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Written:
    """A cycle as it is written: how often (None: without end), from when, and its period or its first end."""

    text: str
    count: int | None
    start: str
    period: str


@dataclass(frozen=True)
class Cycle:
    """A cycle whose start and period are known; `first` is the number of its first firing on the grid."""

    text: str
    anchor: datetime
    period: durations.Duration
    first: int

    def after(self, moment: datetime, calendar: Calendar, zone: ZoneInfo) -> datetime:
        """The earliest moment of the grid that is later than `moment`, as far as the cycle has begun.

        Raises Invalid where the cycle stands still.
        """
        return _earliest(self.moments(calendar, zone), moment, self.first)

    def begin(self, calendar: Calendar, zone: ZoneInfo) -> datetime:
        """The first firing. Raises Invalid where the cycle stands still."""
        return self.moments(calendar, zone)(self.first)

    def moments(self, calendar: Calendar, zone: ZoneInfo) -> Callable[[int], datetime]:
        """The n-th moment of the grid; one that no calendar reaches lies at its end."""
        if not self.period.advances:
            raise errors.Invalid(STANDS_STILL, text=self.text)

        def moment(number: int) -> datetime:
            if number == 0:
                return self.anchor.astimezone(UTC)
            try:
                return self.period.times(number).after(self.anchor, calendar, zone)
            except (OverflowError, ValueError, errors.Invalid):
                return _NEVER

        return moment


def written(text: str) -> Written | None:
    """The cycle that a text spells; None for another text. Raises Invalid for one that repeats nothing."""
    written_cycle = _CYCLE.fullmatch(text.strip())
    if written_cycle is None:
        return None
    count = int(written_cycle[1]) if written_cycle[1] else None
    if count == 0:
        raise errors.Invalid(NEVER_STARTS, text=text)
    return Written(text, count, written_cycle[2] or "", written_cycle[3])


def is_written(text: str) -> bool:
    """Whether the text has the form of a cycle."""
    return _CYCLE.fullmatch(text.strip()) is not None


def _earliest(moment: Callable[[int], datetime], after: datetime, first: int) -> datetime:
    """By doubling and halving: after years of standstill a short period has passed millions of times."""
    low, high = first - 1, first
    while moment(high) <= after:
        low, high = high, high * 2 + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if moment(middle) <= after else (low, middle)
    return moment(high)
