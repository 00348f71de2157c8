"""What is wrong with a diagram, decision or form: the element, a sentence, and how grave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import errors


@dataclass(frozen=True)
class Problem:
    """A problem of one element; `message` is an English message id whose placeholders `values` fill.

    `severity` is "error" (cannot be deployed) or "warning"; `resource` names the file where several are looked at.
    """

    element_id: str
    element_name: str
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "error"
    resource: str = ""

    @property
    def refusal(self) -> errors.Refusal:
        """The problem as a refusal, so that pages word both alike."""
        return errors.Refusal(self.message, **self.values)

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message
