"""FEEL and decision tables: a cached condition, parsing, a table of 20 rules and 4 inputs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from engine import decisions, feel
from tests.benchmarks import company
from tests.benchmarks.figures import Figure

CONDITION = 'decision = "同意" and amount > 5000'


def measure() -> Iterator[Figure]:
    """Microseconds for one call each, the median of rounds of many."""
    compiled = feel.compile(CONDITION)
    context = {"decision": "同意", "amount": Decimal(6000)}
    yield Figure("FEEL: a cached condition", _micros(lambda: compiled.evaluate(context), 5_000), "µs", bound=10)
    texts = iter(f"{CONDITION} and n = {number}" for number in range(100_000))
    yield Figure("FEEL: parsing a condition", _micros(lambda: feel.compile(next(texts)), 200), "µs", bound=1_000)
    model = decisions.parse(_table())
    values = {f"i{number}": Decimal(19) for number in range(4)}
    yield Figure(
        "DMN: a table of 20 rules and 4 inputs", _micros(lambda: decisions.evaluate(model, "t", values), 500), "µs", bound=150
    )


def _micros(call: Callable[[], Any], times: int) -> float:
    spans = []
    for _ in range(15):
        began = time.perf_counter()
        for _ in range(times):
            call()
        spans.append((time.perf_counter() - began) / times * 1e6)
    return company.median(spans)


def _table() -> bytes:
    inputs = "".join(
        f'<input id="in{n}"><inputExpression id="e{n}" typeRef="number"><text>i{n}</text></inputExpression></input>'
        for n in range(4)
    )
    rules = "".join(
        f'<rule id="r{r}">'
        + f"<inputEntry><text>[{r}..{r + 1})</text></inputEntry>" * 4
        + f"<outputEntry><text>{r}</text></outputEntry></rule>"
        for r in range(20)
    )
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n"><decision id="t" name="t">'
        f'<decisionTable id="tt" hitPolicy="UNIQUE">{inputs}<output id="o" name="o"/>{rules}</decisionTable></decision></definitions>'
    ).encode()
