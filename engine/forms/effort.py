"""How much work one request may make of a form: drawing, settling and validating it take from one budget."""

from __future__ import annotations

from engine import errors, feel

MAX_STEPS = 400_000  # about a second of one slow core, whatever the form does
MAX_ROOM = 4_000_000  # characters of all texts that its expressions make


class TooMuch(errors.Invalid):
    """The form asks for more work than one request may do."""


class Effort(feel.Budget):
    """The budget of one request; knows the field that it is at, to name it when the budget is spent."""

    __slots__ = ("field",)

    def __init__(self, steps: int = MAX_STEPS, room: int = MAX_ROOM) -> None:
        super().__init__(steps, room)
        self.field = ""

    def visit(self, field: str) -> None:
        """Come to a field; passing by costs a little too, so that rows without end are bounded as well."""
        self.field = field
        self.step(2)

    def step(self, count: int = 1) -> None:
        """Take `count` steps; raises TooMuch, naming the field, when none are left."""
        self.steps -= count
        if self.steps < 0:
            raise self._refusal()

    def store(self, characters: int) -> None:
        """Take room for a text; raises TooMuch when there is none left."""
        try:
            super().store(characters)
        except feel.FeelBudgetError:
            raise self._refusal() from None

    def _refusal(self) -> TooMuch:
        return TooMuch(
            "This form takes too much work: it stopped at “%(field)s”. Its conditions and computed values have to be simpler, or its lists shorter.",
            field=self.field,
        )
