"""Finding rings in a graph of requirements, in time that grows with its size and no faster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def elements_of_cycles(graph: Mapping[Node, set[Node]]) -> list[Node]:
    """The nodes that lie on a ring, or between two rings, in the order of the graph."""
    left = _stripped(_stripped(graph))
    return [node for node in graph if node in left]


def _stripped(graph: Mapping[Node, set[Node]]) -> dict[Node, set[Node]]:
    """The graph turned round, without the nodes that lead to no ring."""
    needed_by: dict[Node, set[Node]] = defaultdict(set)
    for node, targets in graph.items():
        for target in targets:
            needed_by[target].add(node)
    open_ends = {node: len(targets) for node, targets in graph.items()}
    waiting = [node for node, count in open_ends.items() if not count]
    while waiting:
        done = waiting.pop()
        del open_ends[done]
        for node in needed_by[done]:
            open_ends[node] -= 1
            if not open_ends[node]:
                waiting.append(node)
    return {node: needed_by[node] & open_ends.keys() for node in open_ends}
