"""The bounds of one evaluation: steps, room and depth, so that no expression can exhaust the server."""

from __future__ import annotations

from engine.feel import errors

MAX_TEXT = 32_768  # characters of one expression
MAX_NESTING = 48  # brackets within brackets; keeps Python's own stack far from its limit
MAX_STRING = 1_000_000  # characters of one string value


class Budget:
    """Steps and room left; one step is roughly one node evaluated or one list element touched.

    Several evaluations may share a budget (the cells of a decision table). The defaults keep the worst
    expression within 200 ms and 50 MB on one slow core.
    """

    __slots__ = ("calls", "room", "steps")

    def __init__(self, steps: int = 200_000, room: int = 4_000_000, calls: int = 100) -> None:
        self.steps = steps
        self.room = room
        self.calls = calls

    def step(self, count: int = 1) -> None:
        """Take `count` steps; raises FeelBudgetError when none are left."""
        self.steps -= count
        if self.steps < 0:
            raise errors.FeelBudgetError("This expression takes too many steps.")

    def store(self, characters: int) -> None:
        """Take room for a string of so many characters; raises FeelBudgetError when it is too large."""
        self.room -= characters
        if characters > MAX_STRING or self.room < 0:
            raise errors.FeelBudgetError("This expression makes a text that is too long.")

    def enter(self) -> None:
        """Go one function call deeper; raises FeelBudgetError for a recursion without end."""
        self.calls -= 1
        if self.calls < 0:
            raise errors.FeelBudgetError("Functions call each other without end.")

    def leave(self) -> None:
        """Come back from a function call."""
        self.calls += 1
