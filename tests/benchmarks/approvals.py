"""50 people at once for two minutes, with processes killed in between: what is lost or done twice, and what waiting costs.

Each thinks 2 to 4 seconds between two acts, as people in an office at least do: what one waits then is what the figure is
about. Without a pause between them fifty are a queue before the processors, whose length says only how many acts the machine
does in a second; that is printed beside it, as capacity.
"""

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
THINKING = "2-4"  # seconds between two acts of a person
RUSH = 20  # seconds without thinking


def measure() -> Iterator[Figure]:
    """The median of one person alone, p95 of the crowd against it, and all faults."""
    database, cast = company.furnished()
    crowd.furnish(database, cast, PEOPLE, cases=60)
    url, folder = database.engine.url.render_as_string(hide_password=False), Path(tempfile.mkdtemp(prefix="banjie-crowd-"))
    alone = folder / "alone"
    crowd.enter(url, 0, 1, ALONE, alone).wait()
    median = company.median([each["took"] for each in crowd.lines([alone])])
    yield Figure("approvals: one person alone, median of an act", median * 1000, "ms")
    told = _together(url, folder / "office", SECONDS, THINKING)
    spans = _spans(told)
    p95 = spans[int(len(spans) * 0.95)]
    yield Figure(f"approvals: acts of {PEOPLE} people in {SECONDS} s, {THINKING} s apart", len(spans))
    yield Figure("approvals: p95 of the crowd", p95 * 1000, "ms")
    yield Figure("approvals: p95 of the crowd against one person's median", p95 / median, "×", bound=LIMIT)
    rush = _together(url, folder / "rush", RUSH, "0-0")
    yield Figure(f"approvals: capacity, acts in a second without thinking ({PEOPLE} people)", len(_spans(rush)) / RUSH)
    everything = [alone, *told, *rush]
    unavailable = sum(each["act"] == "unavailable" for each in crowd.lines(everything))
    yield Figure("approvals: answers that the store did not take", unavailable, bound=0)
    yield Figure("approvals: decisions lost or done twice", len(crowd.faults(database, everything)), bound=0)


def _spans(told: list[Path]) -> list[float]:
    return sorted(each["took"] for each in crowd.lines(told) if each["act"] != "unavailable")


def _together(url: str, folder: Path, seconds: int, thinking: str) -> list[Path]:
    """The crowd in several processes, of which one after the other is killed and takes up its work again."""
    folder.mkdir()
    share, told = PEOPLE // PROCESSES, [folder / str(number) for number in range(PROCESSES)]
    running = [crowd.enter(url, number * share, share, 0, told[number], thinking) for number in range(PROCESSES)]
    ends, number, pause = time.monotonic() + seconds, 0, threading.Event()
    while time.monotonic() < ends:
        pause.wait(min(KILL_EVERY, max(0.1, ends - time.monotonic())))
        crowd.kill(running[number])
        running[number] = crowd.enter(url, number * share, share, 0, told[number], thinking)
        number = (number + 1) % PROCESSES
    for process in running:
        crowd.kill(process)
    return told
