"""Decision tables (DMN 1.5, clause 8): which rules match, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine import feel
from engine.decisions import failures, hit_policies
from engine.decisions.logic import Logic
from engine.decisions.rules import Cell, Hit, Input, Output, TableRule, answer
from engine.decisions.run import DecisionRun

_WRITTEN = frozenset({str, list, dict})  # values that may hold a date or number as text


@dataclass(slots=True)
class Record:
    """What a table saw and did, for the trail."""

    table: DecisionTable
    inputs: list[object]
    hits: list[Hit] = field(default_factory=list)
    defaulted: bool = False


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """A compiled table."""

    id: str
    name: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    cells: tuple[Cell, ...]
    rules: tuple[TableRule, ...]
    policy: hit_policies.Policy

    def evaluate(self, scope: feel.Scope, run: DecisionRun) -> object:
        """The table's value; raises `RuleConflict` and `InputNotAllowed` (clause 8.2.10 and 8.3.2)."""
        values = [self._input(column, scope, run) for column in self.inputs]
        record = Record(self, values)
        run.record(record)
        matching = self._matching(values, scope, run)
        record.hits = [Hit(rule, self._answer(rule, scope, run)) for rule in matching]
        if not record.hits:
            record.defaulted = any(column.default for column in self.outputs)
            return self._without_hit(scope, run)
        return self.policy.settle(self.name, self.outputs, record.hits)

    def _input(self, column: Input, scope: feel.Scope, run: DecisionRun) -> object:
        value = column.logic.evaluate(scope, run)
        if column.is_outside and type(value) in _WRITTEN:
            value = run.adopt(value, column.type, column.label)
        value = run.convert(value, column.type, column.label)
        if column.allowed is None or value is None or run.judge(column.allowed.tests, value) is True:
            return value
        raise failures.InputNotAllowed(
            "%(table)s: the value %(value)s of %(input)s is none of the allowed values %(allowed)s.",
            table=self.name,
            value=feel.to_json(value),
            input=column.label,
            allowed=column.allowed.text,
        )

    def _matching(self, values: list[object], scope: feel.Scope, run: DecisionRun) -> list[TableRule]:
        """The rules whose cells all pass, in order; only the first one where the policy asks no more."""
        verdicts: list[bool | None] = [None] * len(self.cells)
        cell_scope = run.scope({}, scope)
        matching: list[TableRule] = []
        for rule in self.rules:
            for place in rule.cells:
                verdict = verdicts[place]
                if verdict is None:
                    verdict = verdicts[place] = _passes(self.cells[place], values, cell_scope)
                if not verdict:
                    break
            else:
                matching.append(rule)
                if self.policy.first_only:
                    break
        return matching

    def _answer(self, rule: TableRule, scope: feel.Scope, run: DecisionRun) -> tuple[object, ...]:
        return tuple(self._output(column, logic, scope, run) for column, logic in zip(self.outputs, rule.outputs, strict=True))

    def _output(self, column: Output, logic: Logic, scope: feel.Scope, run: DecisionRun) -> object:
        value = run.convert(logic.evaluate(scope, run), column.type, column.name or self.name)
        if column.allowed and value is not None and run.judge(column.allowed.tests, value) is not True:
            run.warn(
                "%(table)s: the output %(value)s is none of the allowed values %(allowed)s.",
                table=self.name,
                value=feel.to_json(value),
                allowed=column.allowed.text,
            )
        return value

    def _without_hit(self, scope: feel.Scope, run: DecisionRun) -> object:
        if not any(column.default for column in self.outputs):
            return self.policy.empty()
        defaults = (column.default and column.default.evaluate(scope, run) for column in self.outputs)
        value = answer(self.outputs, defaults)
        return [value] if self.policy.is_list else value


def _passes(cell: Cell, values: list[object], cell_scope: feel.Scope) -> bool:
    value = values[cell.column]
    if cell.passing is not None and isinstance(value, str):
        return value in cell.passing
    cell_scope.values["?"] = value
    return cell.tests.test(cell_scope, value) is True
