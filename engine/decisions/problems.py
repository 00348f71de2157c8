"""What is wrong in a decision model, and where."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at an element: `severity` is "error" or "warning", `message` a message id."""

    element_id: str
    element_name: str
    severity: str
    message: str
    values: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message
