"""What is wrong with a diagram, decision or form: the element, a sentence, and how grave."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


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

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant; None when none is near."""
    return next(iter(difflib.get_close_matches(name, sorted(known), n=1)), None)
