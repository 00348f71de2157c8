"""Hit policies of decision tables: what becomes of the rules that matched (DMN 1.5, clause 8.2.10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine import feel
from engine.decisions import failures
from engine.decisions.rules import Hit, Output, answer
from engine.feel.data import values

Columns = tuple[Output, ...]
Settle = Callable[[str, Columns, list[Hit]], object]


@dataclass(frozen=True, slots=True)
class Policy:
    """A hit policy. `empty` gives the value when no rule matches and there is no default."""

    name: str
    settle: Settle
    first_only: bool = False
    is_list: bool = False
    empty: Callable[[], object] = lambda: None


def _unique(table: str, columns: Columns, hits: list[Hit]) -> object:
    if len(hits) > 1:
        raise failures.RuleConflict(
            "%(table)s: the rules %(rules)s match at the same time, but only one may (hit policy UNIQUE).",
            table=table,
            rules=_numbers(hits),
        )
    return answer(columns, hits[0].outputs)


def _any(table: str, columns: Columns, hits: list[Hit]) -> object:
    first = hits[0]
    if any(not _same(first, other) for other in hits[1:]):
        raise failures.RuleConflict(
            "%(table)s: the rules %(rules)s match at the same time with different outputs (hit policy ANY).",
            table=table,
            rules=_numbers(hits),
        )
    return answer(columns, first.outputs)


def _first(table: str, columns: Columns, hits: list[Hit]) -> object:
    return answer(columns, hits[0].outputs)


def _priority(table: str, columns: Columns, hits: list[Hit]) -> object:
    return answer(columns, min(hits, key=lambda hit: _rank(columns, hit)).outputs)


def _rule_order(table: str, columns: Columns, hits: list[Hit]) -> object:
    return [answer(columns, hit.outputs) for hit in hits]


def _output_order(table: str, columns: Columns, hits: list[Hit]) -> object:
    return [answer(columns, hit.outputs) for hit in sorted(hits, key=lambda hit: _rank(columns, hit))]


def _aggregate(function: str) -> Settle:
    """COLLECT with an operator, column by column where there are several outputs."""
    expression = feel.compile(f"{function}(answers)")

    def settle(table: str, columns: Columns, hits: list[Hit]) -> object:
        answers = zip(*(hit.outputs for hit in hits), strict=True)
        return answer(columns, [expression.evaluate({"answers": list(column)}) for column in answers])

    return settle


def _numbers(hits: list[Hit]) -> str:
    return ", ".join(str(hit.rule.number) for hit in hits)


def _same(one: Hit, other: Hit) -> bool:
    return all(_equal(a, b) for a, b in zip(one.outputs, other.outputs, strict=True))


def _equal(left: object, right: object) -> bool:
    return values.equal(left, right, feel.Budget()) is True


def _rank(columns: Columns, hit: Hit) -> tuple[int, ...]:
    """The hit's place by the outputs' lists of values, first column first; what is not listed comes last."""
    return tuple(
        next((place for place, best in enumerate(column.ranking) if _equal(best, value)), 1 << 30)
        for column, value in zip(columns, hit.outputs, strict=True)
        if column.ranking
    )


def _nothing() -> object:
    return []


POLICIES = {
    ("UNIQUE", ""): Policy("U", _unique),
    ("FIRST", ""): Policy("F", _first, first_only=True),
    ("ANY", ""): Policy("A", _any),
    ("PRIORITY", ""): Policy("P", _priority),
    ("RULE ORDER", ""): Policy("R", _rule_order, is_list=True, empty=_nothing),
    ("OUTPUT ORDER", ""): Policy("O", _output_order, is_list=True, empty=_nothing),
    ("COLLECT", ""): Policy("C", _rule_order, is_list=True, empty=_nothing),
    ("COLLECT", "SUM"): Policy("C+", _aggregate("sum")),
    ("COLLECT", "MIN"): Policy("C<", _aggregate("min")),
    ("COLLECT", "MAX"): Policy("C>", _aggregate("max")),
    ("COLLECT", "COUNT"): Policy("C#", _aggregate("count"), empty=lambda: feel.normalise(0)),
}
"""By `hitPolicy` and `aggregation`, as the file writes them."""
