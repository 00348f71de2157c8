"""What can go wrong when a decision is made, in words that name the rules."""

from __future__ import annotations

from engine import errors


class DecisionError(errors.Invalid):
    """The decision cannot be made from this input or this model."""


class RuleConflict(DecisionError):
    """Several rules of a table match where the hit policy allows one, or one answer (DMN 1.5, 8.2.10)."""


class InputNotAllowed(DecisionError):
    """An input of a table is outside its allowed values (DMN 1.5, 8.3.2)."""
