"""50 people at once for two minutes, with processes killed in between: what is lost or done twice, and what waiting costs."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import company, crowd
from tests.benchmarks.figures import Figure

PEOPLE, PROCESSES = 50, 5
SECONDS = int(os.environ.get("BANJIE_BENCH_SECONDS", "120"))
KILL_EVERY = 20
ALONE = 60  # acts of a single person
LIMIT = 10


def measure() -> Iterator[Figure]:
    """The median of one person alone, p95 of the crowd against it, and all faults."""
    database, cast = company.furnished()
    crowd.furnish(database, cast, PEOPLE, cases=60)
    url, folder = database.engine.url.render_as_string(hide_password=False), Path(tempfile.mkdtemp(prefix="banjie-crowd-"))
    alone = folder / "alone"
    crowd.enter(url, 0, 1, ALONE, alone).wait()
    median = company.median([each["took"] for each in crowd.lines([alone])])
    yield Figure("approvals: one person alone, median of an act", median * 1000, "ms")
    told = _together(url, folder)
    acts = crowd.lines(told)
    spans = sorted(each["took"] for each in acts if each["act"] != "unavailable")
    p95 = spans[int(len(spans) * 0.95)]
    yield Figure(f"approvals: acts of {PEOPLE} people in {SECONDS} s", len(spans))
    yield Figure("approvals: p95 of the crowd", p95 * 1000, "ms")
    yield Figure("approvals: p95 of the crowd against one person's median", p95 / median, "×", bound=LIMIT)
    yield Figure("approvals: answers that the store did not take", sum(each["act"] == "unavailable" for each in acts), bound=0)
    yield Figure("approvals: decisions lost or done twice", len(crowd.faults(database, [alone, *told])), bound=0)


def _together(url: str, folder: Path) -> list[Path]:
    """The crowd in several processes, of which one after the other is killed and takes up its work again."""
    share, told = PEOPLE // PROCESSES, [folder / str(number) for number in range(PROCESSES)]
    running = [crowd.enter(url, number * share, share, 0, told[number]) for number in range(PROCESSES)]
    ends, number, pause = time.monotonic() + SECONDS, 0, threading.Event()
    while time.monotonic() < ends:
        pause.wait(min(KILL_EVERY, max(0.1, ends - time.monotonic())))
        crowd.kill(running[number])
        running[number] = crowd.enter(url, number * share, share, 0, told[number])
        number = (number + 1) % PROCESSES
    for process in running:
        crowd.kill(process)
    return told
