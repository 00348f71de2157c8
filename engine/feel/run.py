"""What one evaluation carries along: budget, clock, warnings, and the lookups that the engine hands in."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.feel.budget import Budget
from engine.feel.reading import lexer


@dataclass(frozen=True, slots=True)
class Warning:
    """Why something became null: a message id with its values, and the place in the text."""

    line: int
    column: int
    message: str
    values: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message


class ExpressionRun:
    """One evaluation: budget, clock, warnings. `functions` are the lookups that the engine hands in."""

    __slots__ = ("budget", "functions", "now", "text", "types", "warnings")

    def __init__(
        self,
        budget: Budget,
        now: datetime.datetime | None = None,
        warnings: list[Warning] | None = None,
        functions: Mapping[str, Callable[..., object]] | None = None,
        types: Mapping[str, Callable[[object], bool]] | None = None,
    ) -> None:
        self.budget = budget
        self.now = now
        self.warnings = warnings
        self.functions = functions or {}
        self.types = types or {}
        self.text = ""

    def warn(self, at: int, message: str, /, **details: object) -> None:
        """Note why the result is null; costs nothing when nobody collects warnings."""
        if self.warnings is not None and len(self.warnings) < 100:
            line, column = lexer.position(self.text, at)
            self.warnings.append(Warning(line, column, message, details))
