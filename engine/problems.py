"""What is wrong with a diagram, decision or form: the element, a sentence, and how grave."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import errors

MADE = {
    "exclusiveGateway": "Proposed: make “%(name)s” an exclusive gateway.",
    "parallelGateway": "Proposed: make “%(name)s” a parallel gateway.",
    "inclusiveGateway": "Proposed: make “%(name)s” an inclusive gateway.",
    "process": "Proposed: make it executable.",
}
PUT_BEFORE = {
    "parallelGateway": "Proposed: bring the branches together in a parallel gateway before “%(name)s”.",
    "inclusiveGateway": "Proposed: bring the branches together in an inclusive gateway before “%(name)s”.",
}


class Key(str):
    """The name of a setting as files write it; pages put there what they call the setting."""


class Word(str):
    """A word that files write as the value of a setting (`of`, its name); pages put there what they call it."""

    of: str

    def __new__(cls, of: str, word: str) -> Word:
        """The word of that setting."""
        made = super().__new__(cls, word)
        made.of = of
        return made


class ElementName(str):
    """An element of which a message speaks: its name, or what it is where it has none; pages put there the `kind` in words."""

    kind: str

    def __new__(cls, name: str, kind: str) -> ElementName:
        """The element of that name, maybe empty, and of that kind, as its tag names it."""
        made = super().__new__(cls, name.strip() or UnnamedElement(kind))
        made.kind = "" if name.strip() else kind
        return made


class NameList(tuple[Word | ElementName, ...]):
    """Several of them, listed."""

    def __str__(self) -> str:
        return ", ".join(self)


class ElementPath(tuple[tuple[ElementName, ...], ...]):
    """Elements in the order in which they are passed, those that come together in one tuple; of a long one the end."""

    MOST = 12

    @property
    def shown(self) -> tuple[tuple[str, ...], ...]:
        """What is written of it."""
        return self if len(self) <= self.MOST else (("…",), *self[-self.MOST :])

    def __str__(self) -> str:
        return " → ".join(" + ".join(each) for each in self.shown)


class VariableName(str):
    """A variable; pages put there what the form calls its field."""


@dataclass(frozen=True)
class Mend:
    """A change that cures a fault: `element_id` becomes a gateway of `type`, or a new one stands before it.

    A process becomes an executable one.
    """

    element_id: str
    element_name: str
    type: str
    is_new: bool = False

    @property
    def refusal(self) -> errors.Refusal:
        """The proposal in words."""
        return errors.Refusal((PUT_BEFORE if self.is_new else MADE)[self.type], name=self.element_name)


@dataclass(frozen=True)
class UnnamedElement:
    """An element without a name: its kind, as its tag names it, and the nearest names before and after it."""

    kind: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = re.sub("[A-Z]", lambda letter: f" {letter[0].lower()}", self.kind)
        sides = (("after", self.before), ("before", self.after))
        told = [f"{side} {', '.join(f'“{name}”' for name in names)}" for side, names in sides if names]
        return " ".join([f"{words} without a name", *told])


@dataclass(frozen=True)
class Problem:
    """A problem of one element; `message` is an English message id whose placeholders `values` fill.

    `severity` is "error" (cannot be deployed) or "warning"; `resource` names the file where several are looked at.
    `trace` holds the elements and flows, in order, by which it comes about, and `mend` what was found to cure it; `beside` tells of an element without
    a name where it stands.
    """

    element_id: str
    element_name: str
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "error"
    resource: str = ""
    trace: tuple[str, ...] = ()
    mend: Mend | None = None
    beside: UnnamedElement | None = field(default=None, compare=False)

    @property
    def refusal(self) -> errors.Refusal:
        """The problem as a refusal, so that pages word both alike; whatever its placeholders are called."""
        refusal = errors.Refusal(self.message)
        refusal.values = dict(self.values)
        return refusal

    @property
    def place(self) -> str:
        """Its element in words, with the id by which an editor finds it."""
        words = self.element_name or str(self.beside or "")
        return f"{words} ({self.element_id})" if words and self.element_id else words or self.element_id

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message
