"""What attackers write: how long the worst expressions, numbers and patterns hold a server up, and how masking grows with the text."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from functools import partial

from engine import feel
from engine.cases.personal.personal_text import cover
from tests.benchmarks.figures import Figure
from tests.engine.feel.hostile import ENDLESS_NUMBERS, EXPLODING, HOSTILE

# Beginnings of telephone numbers, addresses and cards that come to nothing, one after the other.
NEARLY = ("1", "138 ", "a@", "a@a.", "+86 ", "(0", "6222 ", "1-", "投诉1", "0371-2")
SHORT, LONG = 1_000, 8_000


def measure() -> Iterator[Figure]:
    """The slowest of each kind, in processor time; a text eight times as long may take four times as long per letter."""
    yield Figure("FEEL: the slowest hostile expression", _slowest(map(_evaluation, HOSTILE.values())), "ms", bound=400)
    yield Figure("FEEL: the slowest number beyond all bounds", _slowest(map(_evaluation, ENDLESS_NUMBERS)), "ms", bound=200)
    patterns = (_evaluation("matches(t, p)", t=text, p=pattern) for text, pattern in EXPLODING)
    yield Figure("FEEL: the slowest exploding pattern", _slowest(patterns), "ms", bound=1_000)
    yield Figure("masking: 8 times the text against one", max(map(_growth, NEARLY)), "×", bound=4 * LONG / SHORT)


def _evaluation(expression: str, **context: str) -> Callable[[], None]:
    def evaluate() -> None:
        with contextlib.suppress(feel.FeelBudgetError):
            feel.evaluate(expression, context)

    return evaluate


def _growth(piece: str) -> float:
    short, long = (partial(cover, piece * times, ["王小明"]) for times in (SHORT, LONG))
    short()
    return (_millis(long) - 1) / _millis(short)  # a millisecond less: what is so quick cannot be compared


def _slowest(works: Iterator[Callable[[], object]]) -> float:
    return max(map(_millis, works))


def _millis(work: Callable[[], object]) -> float:
    """The best of three: other work on the machine only makes it slower."""
    spans = []
    for _ in range(3):
        began = time.thread_time()
        work()
        spans.append(time.thread_time() - began)
    return min(spans) * 1000
