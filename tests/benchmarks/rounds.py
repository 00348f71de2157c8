"""Whether the cost of a completion and the size of the live state stay the same over 2,000 rounds."""

from __future__ import annotations

import time
from collections.abc import Iterator

from sqlalchemy import func, select

from engine.storage import models
from tests import cast as casting
from tests.benchmarks import company
from tests.benchmarks.figures import Figure
from tests.engine import kit

ROUNDS = 2_000
WINDOW = 20


def measure() -> Iterator[Figure]:
    """The median of the rounds around the 10th against that of the last."""
    database, cast = company.furnished()
    [instance] = company.begin(database, cast, "rounds", 1)
    spans: list[float] = []
    sizes: list[int] = []
    for _ in range(ROUNDS):
        task = kit.open_task(database, instance, "turn")
        began = time.perf_counter()
        with database.transaction(casting.COMPANY) as session:
            kit.user_tasks.complete(session, cast.clerk, task, {"note": "x"}, now=company.clock())
        spans.append(time.perf_counter() - began)
        sizes.append(_size(database, instance))
    early, late = company.median(spans[5 : 5 + WINDOW]), company.median(spans[-WINDOW:])
    yield Figure("a loop: the 10th completion", early * 1000, "ms")
    yield Figure("a loop: the 2,000th completion", late * 1000, "ms")
    yield Figure("a loop: the 2,000th against the 10th", late / early, "×", bound=1.3)
    yield Figure("a loop: live state after 10 rounds", sizes[9], "bytes")
    yield Figure("a loop: live state after 2,000 rounds against that", sizes[-1] / sizes[9], "×", bound=1.02)


def _size(database: company.databases.Database, instance: int) -> int:
    row = models.ProcessInstance
    with database.reading() as session:
        return int(session.execute(select(func.length(row.tokens)).where(row.key == instance)).scalar_one())
