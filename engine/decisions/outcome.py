"""What a decision gives: its value, and the trail that tells people why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from engine import feel
from engine.decisions.logic import Literal, Logic, Typed
from engine.decisions.model import Decision
from engine.decisions.rules import Hit
from engine.decisions.table import DecisionTable, Record

MAX_SHOWN = 5_000  # lists, contexts and moments within one value of the trail


@dataclass(frozen=True, slots=True)
class DecisionMade:
    """One decision that was made, what it saw, and the tables it went through."""

    decision: Decision
    inputs: list[tuple[str, object]]
    tables: list[Record]
    value: object


class Outcome:
    """A decision's value as FEEL knows it (`feel.to_json` makes it storable), its trail and warnings."""

    def __init__(self, value: object, steps: list[DecisionMade], warnings: list[feel.Warning]) -> None:
        self.value = value
        self.warnings = warnings
        self._steps = steps

    @cached_property
    def trail(self) -> list[dict[str, object]]:
        """Every decision that was made, in order, the one asked for last; JSON-able.

        Each: `id`, `name` as drawn, `inputs` (name, value), `value`, `tables`; each table: `id`, `name`, `policy`,
        `inputs` (label, value), `defaulted`, `rules` that matched: `number` from 1, `id`, `conditions` as
        drawn, `outputs` (name, value), `annotations` (name, text). Made when asked for, not before.
        """
        return [_step(step) for step in self._steps]


def _shown(value: object) -> object:
    """A value as people see it; one that nobody would read, and history need not keep, is only hinted at."""
    try:
        return feel.to_json(value, feel.Budget(MAX_SHOWN))
    except feel.FeelBudgetError:
        return "…"


def _step(step: DecisionMade) -> dict[str, object]:
    return {
        "id": step.decision.id,
        "name": step.decision.title or step.decision.name,
        "inputs": [{"name": name, "value": _shown(value)} for name, value in step.inputs],
        "value": _shown(step.value),
        "tables": [_table(record) for record in step.tables],
    }


def _table(record: Record) -> dict[str, object]:
    table = record.table
    return {
        "id": table.id,
        "name": table.name,
        "policy": table.policy.name,
        "inputs": [
            {"label": column.label, "value": _shown(value)} for column, value in zip(table.inputs, record.inputs, strict=True)
        ],
        "defaulted": record.defaulted,
        "rules": [_rule(hit, [column.name for column in table.outputs]) for hit in record.hits],
    }


def _rule(hit: Hit, names: list[str]) -> dict[str, object]:
    return {
        "number": hit.rule.number,
        "id": hit.rule.id,
        "conditions": list(hit.rule.conditions),
        "outputs": [{"name": name, "value": _shown(value)} for name, value in zip(names, hit.outputs, strict=True)],
        "annotations": [{"name": name, "text": text} for name, text in hit.rule.annotations],
    }


def told(decision: Decision) -> Iterator[str]:
    """The texts of a decision table that its trails show: name and columns, notes of rules, answers that are written out."""
    table = decision.logic.inner if isinstance(decision.logic, Typed) else decision.logic
    if not isinstance(table, DecisionTable):
        return
    yield table.name
    yield from (column.label for column in table.inputs)
    for rule in table.rules:
        yield from (text for _name, text in rule.annotations)
        for answer in rule.outputs:
            yield from _answered(answer)
    for column in table.outputs:
        if column.default is not None:
            yield from _answered(column.default)


def _answered(logic: Logic) -> Iterator[str]:
    inner = logic.inner if isinstance(logic, Typed) else logic
    if isinstance(inner, Literal):
        yield from (each for each in feel.literals(inner.expression.tree) if isinstance(each, str))
