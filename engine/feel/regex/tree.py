"""The parts of a regular expression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class PatternNode:
    """Any part."""


@dataclass(slots=True)
class Char(PatternNode):
    """One character that satisfies a test."""

    test: Callable[[str], bool]


@dataclass(slots=True)
class Start(PatternNode):
    """`^`."""


@dataclass(slots=True)
class End(PatternNode):
    """`$`."""


@dataclass(slots=True)
class Back(PatternNode):
    """A back-reference such as `\\1`."""

    group: int


@dataclass(slots=True)
class Sequence(PatternNode):
    parts: list[PatternNode] = field(default_factory=list)


@dataclass(slots=True)
class Choice(PatternNode):
    branches: list[PatternNode]


@dataclass(slots=True)
class Group(PatternNode):
    """Brackets; `number` is None for `(?:…)`."""

    body: PatternNode
    number: int | None


@dataclass(slots=True)
class Repeat(PatternNode):
    """`x{least,most}`; no `most` means any number."""

    body: PatternNode
    least: int
    most: int | None
    greedy: bool
