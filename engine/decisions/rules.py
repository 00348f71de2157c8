"""The parts of a decision table: columns, rules, and the rules that matched (DMN 1.5, clause 8.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine import feel
from engine.decisions import item_types
from engine.decisions.logic import Logic


@dataclass(frozen=True, slots=True)
class Input:
    """A column of conditions: the value that its cells test; `is_outside` when it is as the caller gave it."""

    label: str
    logic: Logic
    type: item_types.Type
    allowed: item_types.Constraint | None
    is_outside: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """A column of answers. `ranking` lists its values, best first."""

    name: str
    type: item_types.Type
    allowed: item_types.Constraint | None
    ranking: tuple[object, ...]
    default: Logic | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A condition that is not `-`; equal cells of a column are one, so that they are tested once."""

    column: int
    tests: feel.Expression
    passing: frozenset[object] | None
    """The values that pass, where the cell lists nothing but literals: then no evaluation is needed."""


@dataclass(frozen=True, slots=True)
class TableRule:
    """One line; `number` counts from 1, `cells` are places in the table's list of cells,
    `conditions` the texts of the cells as drawn, column by column."""

    id: str
    number: int
    conditions: tuple[str, ...]
    cells: tuple[int, ...]
    outputs: tuple[Logic, ...]
    annotations: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that matched, with what it answers, column by column."""

    rule: TableRule
    outputs: tuple[object, ...]


def answer(columns: tuple[Output, ...], outputs: Iterable[object]) -> object:
    """The value of one rule: the output alone, or a context of the named outputs."""
    if len(columns) == 1:
        return next(iter(outputs))
    return {column.name: value for column, value in zip(columns, outputs, strict=True)}
