"""What is wrong with a diagram, decision or form: the element, a sentence, and how grave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import errors

MADE = {
    "exclusiveGateway": "Proposed: make “%(name)s” an exclusive gateway.",
    "parallelGateway": "Proposed: make “%(name)s” a parallel gateway.",
    "inclusiveGateway": "Proposed: make “%(name)s” an inclusive gateway.",
}
PUT_BEFORE = {
    "parallelGateway": "Proposed: bring the branches together in a parallel gateway before “%(name)s”.",
    "inclusiveGateway": "Proposed: bring the branches together in an inclusive gateway before “%(name)s”.",
}


@dataclass(frozen=True)
class Mend:
    """A change of one gateway that cures a fault: `element_id` becomes a `type`, or a new one of it stands before the element."""

    element_id: str
    element_name: str
    type: str
    is_new: bool = False

    @property
    def refusal(self) -> errors.Refusal:
        """The proposal in words."""
        return errors.Refusal((PUT_BEFORE if self.is_new else MADE)[self.type], name=self.element_name)


@dataclass(frozen=True)
class Problem:
    """A problem of one element; `message` is an English message id whose placeholders `values` fill.

    `severity` is "error" (cannot be deployed) or "warning"; `resource` names the file where several are looked at.
    `trace` holds the elements and flows, in order, by which it comes about, and `mend` what was found to cure it.
    """

    element_id: str
    element_name: str
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "error"
    resource: str = ""
    trace: tuple[str, ...] = ()
    mend: Mend | None = None

    @property
    def refusal(self) -> errors.Refusal:
        """The problem as a refusal, so that pages word both alike."""
        return errors.Refusal(self.message, **self.values)

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message
