"""FEEL and decision tables: a cached condition, parsing, a table of 20 rules and 4 inputs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from engine import decisions, feel
from engine.feel.reading import parser
from tests.benchmarks import company
from tests.benchmarks.figures import Figure

LONG = "if " + " and ".join(f'字段{i} in [1..{i}] or 部门{i} = "财务部"' for i in range(8)) + " then sum(明细.金额) else 0"
CONDITION = 'decision = "同意" and amount > 5000'


def measure() -> Iterator[Figure]:
    """Microseconds of processor time for one call each, the median of rounds of many."""
    compiled = feel.compile(CONDITION)
    context = {"decision": "同意", "amount": Decimal(6000)}
    yield Figure("FEEL: a cached condition", _micros(lambda: compiled.evaluate(context), 5_000), "µs", bound=10)
    yield Figure("FEEL: compiling what is remembered", _micros(lambda: feel.compile(CONDITION), 2_000), "µs", bound=10)
    texts = iter(f"{CONDITION} and n = {number}" for number in range(100_000))
    yield Figure("FEEL: parsing a condition", _micros(lambda: feel.compile(next(texts)), 200), "µs", bound=1_000)
    yield Figure("FEEL: parsing a long expression", _micros(lambda: parser.parse(LONG), 50), "µs", bound=1_000)
    yield Figure("FEEL: 80 cells of a decision table", _micros(_cells(), 100), "µs", bound=120)
    yield Figure("FEEL: a filter over 500 rows", _micros(_filter(), 5), "µs", bound=10_000)
    model = decisions.parse(_table())
    values = {f"i{number}": Decimal(19) for number in range(4)}
    yield Figure(
        "DMN: a table of 20 rules and 4 inputs", _micros(lambda: decisions.evaluate(model, "t", values), 500), "µs", bound=150
    )


def _cells() -> Callable[[], bool]:
    cells = [feel.compile(text, unary=True) for text in ('"A","B"', "> 5000", "[1..10]", "not(3)")] * 20
    values = [feel.normalise(value) for value in ("B", 6000, 5, 4)] * 20
    scope = feel.scope({})
    return lambda: all(cell.test(scope, value) for cell, value in zip(cells, values, strict=True))


def _filter() -> Callable[[], Any]:
    context: Any = feel.normalise({"rows": [{"id": i, "amount": i} for i in range(500)]})
    compiled = feel.compile("sum(rows[amount > 100].amount)")
    return lambda: compiled.evaluate(context)


def _micros(call: Callable[[], Any], times: int) -> float:
    spans = []
    for _ in range(15):
        began = time.thread_time()
        for _ in range(times):
            call()
        spans.append((time.thread_time() - began) / times * 1e6)
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
