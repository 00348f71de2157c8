"""Working time counted for many pairs at once is the same as counted for one; quantiles are right to within a tenth."""

from __future__ import annotations

import random
import statistics
from datetime import timedelta
from zoneinfo import ZoneInfo

from engine.calendar import scale, working
from engine.calendar.elapsed import Elapsed
from engine.calendar.working import Calendar
from tests.engine.kit import NOW


def test_many_pairs_are_counted_as_one() -> None:
    hours = working.spans(["08:30-12:00", "13:30-18:00"])
    calendar = Calendar("CN", ZoneInfo("Asia/Shanghai"), hours, {}, frozenset(), frozenset())
    elapsed, chance = Elapsed(calendar), random.Random(7)
    for _ in range(200):
        start = NOW + timedelta(seconds=chance.randrange(90 * 86400))
        end = start + timedelta(seconds=chance.randrange(-1000, 12 * 86400))
        assert abs(elapsed.between(start, end) - calendar.time_between(start, end).total_seconds()) < 0.01


def test_quantiles_are_right_to_within_a_tenth() -> None:
    chance = random.Random(7)
    times = [chance.lognormvariate(9, 1.5) for _ in range(2000)]
    counts: dict[int, int] = {}
    for each in times:
        counts[scale.step(each)] = counts.get(scale.step(each), 0) + 1
    spread = scale.DurationSpread(counts)
    assert spread.size == 2000 and scale.DurationSpread().quantile(0.5) is None
    for share, right in ((0.5, statistics.median(times)), (0.9, statistics.quantiles(times, n=10)[-1])):
        found = spread.quantile(share)
        assert found is not None and abs(found - right) < right / 10
    longer = sum(each > 20_000 for each in times)
    assert abs(spread.longer_than(20_000) - longer) < 40
