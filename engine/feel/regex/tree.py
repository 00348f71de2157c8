"""The parts of a regular expression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Node:
    """Any part."""


@dataclass(slots=True)
class Char(Node):
    """One character that satisfies a test."""

    test: Callable[[str], bool]


@dataclass(slots=True)
class Start(Node):
    """`^`."""


@dataclass(slots=True)
class End(Node):
    """`$`."""


@dataclass(slots=True)
class Back(Node):
    """A back-reference such as `\\1`."""

    group: int


@dataclass(slots=True)
class Sequence(Node):
    parts: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Choice(Node):
    branches: list[Node]


@dataclass(slots=True)
class Group(Node):
    """Brackets; `number` is None for `(?:…)`."""

    body: Node
    number: int | None


@dataclass(slots=True)
class Repeat(Node):
    """`x{least,most}`; no `most` means any number."""

    body: Node
    least: int
    most: int | None
    greedy: bool
