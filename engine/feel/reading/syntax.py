"""The abstract syntax tree of FEEL (DMN 1.5 clause 10.3.1); every node knows its offset in the text."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Literal as Choice


@dataclass(slots=True)
class Node:
    """Any node. `at` is the offset of its first character, or of its operator."""

    at: int


@dataclass(slots=True)
class Literal(Node):
    value: object


@dataclass(slots=True)
class AtLiteral(Node):
    """`@"2026-03-02"`."""

    text: str


@dataclass(slots=True)
class Name(Node):
    name: str


@dataclass(slots=True)
class Logical(Node):
    """A chain of `and` or of `or`, kept flat so that long conditions do not nest."""

    operator: Choice["and", "or"]
    operands: list[Node]


@dataclass(slots=True)
class Arithmetic(Node):
    """`first op x op y …` of one precedence, left to right; `rest` holds (offset, operator, operand)."""

    first: Node
    rest: list[tuple[int, str, Node]]


@dataclass(slots=True)
class Negation(Node):
    operand: Node


@dataclass(slots=True)
class Comparison(Node):
    """`in_cell`: it stands in the cell of a decision table, where nothing equals nothing only if `null` is written there."""

    operator: str
    left: Node
    right: Node
    in_cell: bool = False


@dataclass(slots=True)
class Between(Node):
    value: Node
    low: Node
    high: Node


@dataclass(slots=True)
class In(Node):
    """`in_cell` as in a comparison."""

    value: Node
    tests: list[Node]
    in_cell: bool = False


@dataclass(slots=True)
class InstanceOf(Node):
    value: Node
    type: TypeName


@dataclass(slots=True)
class TypeName(Node):
    """`number`, `list<string>`, `context<a: number>`, `function<number>->number`, `range<date>`."""

    name: str
    arguments: list[TypeName] = field(default_factory=list)
    entries: dict[str, TypeName] | None = None
    result: TypeName | None = None


@dataclass(slots=True)
class Path(Node):
    source: Node
    name: str


@dataclass(slots=True)
class Filter(Node):
    source: Node
    condition: Node


@dataclass(slots=True)
class Call(Node):
    """A function invocation; `names` is None for positional arguments."""

    function: Node
    arguments: list[Node]
    names: list[str] | None


@dataclass(slots=True)
class If(Node):
    condition: Node
    then: Node
    otherwise: Node


@dataclass(slots=True)
class Iterator(Node):
    """`x in list`, or `x in low..high` when `high` is given."""

    name: str
    source: Node
    high: Node | None


@dataclass(slots=True)
class For(Node):
    iterators: list[Iterator]
    body: Node


@dataclass(slots=True)
class Quantified(Node):
    every: bool
    iterators: list[Iterator]
    condition: Node


@dataclass(slots=True)
class ListOf(Node):
    items: list[Node]


@dataclass(slots=True)
class ContextOf(Node):
    entries: list[tuple[str, Node]]


@dataclass(slots=True)
class RangeOf(Node):
    """`[low..high)`; each side may be open."""

    low: Node
    high: Node
    low_closed: bool
    high_closed: bool


@dataclass(slots=True)
class Test(Node):
    """`< 5`, `= "x"`: a unary test; as a value it is the range of what passes."""

    operator: str
    operand: Node


@dataclass(slots=True)
class Function(Node):
    parameters: list[tuple[str, TypeName | None]]
    body: Node


@dataclass(slots=True)
class UnaryTests(Node):
    """The cell of a decision table; no tests means `-`, which everything passes."""

    tests: list[Node]
    negated: bool


def children(node: Node) -> list[Node]:
    """The direct sub-expressions of a node, in the order of the text."""
    listing = _CHILDREN.get(type(node))
    return listing(node) if listing else []


_CHILDREN: dict[type, Callable[..., list[Node]]] = {
    Logical: lambda n: n.operands,
    Arithmetic: lambda n: [n.first, *(operand for _, _, operand in n.rest)],
    Negation: lambda n: [n.operand],
    Comparison: lambda n: [n.left, n.right],
    Between: lambda n: [n.value, n.low, n.high],
    In: lambda n: [n.value, *n.tests],
    InstanceOf: lambda n: [n.value],
    Path: lambda n: [n.source],
    Filter: lambda n: [n.source, n.condition],
    Call: lambda n: [n.function, *n.arguments],
    If: lambda n: [n.condition, n.then, n.otherwise],
    Iterator: lambda n: [n.source, *([n.high] if n.high else [])],
    For: lambda n: [*n.iterators, n.body],
    Quantified: lambda n: [*n.iterators, n.condition],
    ListOf: lambda n: n.items,
    ContextOf: lambda n: [value for _, value in n.entries],
    RangeOf: lambda n: [n.low, n.high],
    Test: lambda n: [n.operand],
    Function: lambda n: [n.body],
    UnaryTests: lambda n: n.tests,
}


def every(node: Node) -> Generator[Node, None, None]:
    """A node and all nodes below it."""
    yield node
    for child in children(node):
        yield from every(child)


def size(node: Node) -> int:
    """How many nodes a tree has: what one evaluation of it costs at most, loops aside."""
    return 1 + sum(size(child) for child in children(node))
