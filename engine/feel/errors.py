"""What FEEL refuses: syntax, an exhausted budget, and the few cases where the standard demands an error."""

from __future__ import annotations

from engine import errors


class FeelError(errors.Invalid):
    """Any refusal of FEEL; its text is a message id."""


class FeelSyntaxError(FeelError):
    """The text is no FEEL expression. `line` and `column` count from 1; `expected` is a message id."""

    def __init__(self, text: str, *, line: int, column: int, expected: str, **values: object) -> None:
        super().__init__(text, None, line=line, column=column, expected=expected, **values)
        self.line = line
        self.column = column
        self.expected = expected


class FeelBudgetError(FeelError):
    """The evaluation took more steps, depth or room than it was given."""


class FeelEvaluationError(FeelError):
    """The standard (or a caller) demands an error instead of null: a refused external function, `assert`."""


class Null(Exception):
    """Signal inside the evaluator: the result is null, and this is the warning to go with it."""

    def __init__(self, message: str, /, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values
