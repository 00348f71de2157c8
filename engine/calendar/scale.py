"""A scale of durations whose steps grow by a tenth: counts by step add up over days, steps and departments, and so do medians.

A quantile read from it is right to within a tenth of itself, which is what a person means by "about two days".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

FIRST = 60.0  # seconds: what took less is step 0
GROWTH = 1.1
_LOG = math.log(GROWTH)


def step(seconds: float) -> int:
    """The step in which a duration lies."""
    return 0 if seconds < FIRST else 1 + math.floor(math.log(seconds / FIRST) / _LOG + 1e-9)


def begin(number: int) -> float:
    """The shortest duration of a step, in seconds."""
    return 0.0 if number <= 0 else FIRST * GROWTH ** (number - 1)


@dataclass(frozen=True)
class DurationSpread:
    """How many durations lie in each step of the scale."""

    counts: Mapping[int, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many durations there are."""
        return sum(self.counts.values())

    def quantile(self, share: float) -> float | None:
        """The duration, in seconds, that this share did not exceed; None of nothing."""
        wanted, passed = share * self.size, 0
        for number, count in sorted(self.counts.items()):
            if count and passed + count >= wanted:
                low, high = begin(number), begin(number + 1)
                return low + (high - low) * (wanted - passed) / count
            passed += count
        return None

    def longer_than(self, seconds: float) -> float:
        """How many took longer; of the step in which the duration itself lies, the part above it."""
        own = step(seconds)
        low, high = begin(own), begin(own + 1)
        above = sum(count for number, count in self.counts.items() if number > own)
        return above + self.counts.get(own, 0) * (high - seconds) / (high - low)
