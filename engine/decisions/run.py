"""The state of one evaluation: FEEL's root scope, its warnings, and the trail of the open decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from engine import feel
from engine.decisions import failures, item_types
from engine.feel.errors import Null

MAX_STEPS = 500_000  # of one evaluation, which may go through many expressions
MAX_WARNINGS = 100
MAX_TABLES = 200  # of one decision in the trail; a knowledge model called in a loop would fill it


class DecisionRun:
    """What an evaluation carries along. `tables` collects the tables of the decision being made.

    `given`, the caller's variables, is the outermost scope: diagrams drawn for Camunda seldom declare the
    input data of a table. What is declared is found first, and typed.
    """

    __slots__ = ("_root", "budget", "tables", "warnings")

    def __init__(
        self,
        given: Mapping[str, object],
        functions: Mapping[str, Callable[..., object]] | None = None,
        now: datetime | None = None,
        budget: feel.Budget | None = None,
        types: Mapping[str, item_types.Type] | None = None,
    ) -> None:
        self.budget = budget or feel.Budget(MAX_STEPS)
        self.warnings: list[feel.Warning] = []
        self.tables: list[Any] = []  # of table.Record, which knows this module and not the other way round
        predicates = {name: partial(_is_instance, of) for name, of in (types or {}).items()}
        self._root = feel.scope(
            given, functions=functions, now=now, warnings=self.warnings, budget=self.budget, types=predicates
        )

    def scope(self, values: dict[str, object], parent: feel.Scope | None = None) -> feel.Scope:
        """A scope with these variables (FEEL values), within another or within what was given."""
        return feel.Scope(values, parent or self._root, self._root.run)

    def judge(self, tests: feel.Expression, value: object) -> object:
        """Whether a value passes unary tests that use no variables."""
        return tests.test(self.scope({"?": value}), value)

    def invoke(self, function: object, named: Mapping[str, object]) -> object:
        """Call a FEEL function by the names of its parameters; null when it is none or they do not fit."""
        if not isinstance(function, feel.Function):
            self.warn("What is invoked is no function.")
            return None
        try:
            return function.invoke(self._root.run, list(named.values()), list(named))
        except Null as null:
            self.warn(null.message, **null.values)
            return None

    def convert(self, value: object, target: item_types.Type, what: str) -> object:
        """The value as one of the type; null with a warning that names `what` when it cannot be one."""
        if target.is_any:
            return value
        try:
            return item_types.convert(value, target, self.judge)
        except item_types.NotConforming:
            self.warn("%(what)s is not of the type %(type)s.", what=what, type=target.name)
            return None

    def adopt(self, value: object, target: item_types.Type, what: str) -> object:
        """A value from outside as one of the type; raises `failures.InputNotAllowed` for a text that cannot be read so."""
        try:
            return item_types.adopt(value, target)
        except item_types.NotConforming as unreadable:
            raise failures.InputNotAllowed(
                "%(input)s: the text “%(value)s” is no %(kind)s.", input=what, value=str(unreadable)[:100], kind=target.kind
            ) from None

    def warn(self, message: str, **values: object) -> None:
        """Note why a value became null; `message` is a message id."""
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(feel.Warning(1, 1, message, values))

    def record(self, table: object) -> None:
        """Keep what a table did for the trail of the decision being made."""
        if len(self.tables) < MAX_TABLES:
            self.tables.append(table)


def _is_instance(of: item_types.Type, value: object) -> bool:
    """FEEL's `instance of` for the types of the model; null is an instance of none of them."""
    return value is not None and item_types.is_instance(value, of)
