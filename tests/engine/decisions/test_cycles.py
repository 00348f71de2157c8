"""Rings of requirements are found, all of them and nothing that merely leads to one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.decisions.dmn import cycles

graphs = st.integers(1, 8).flatmap(
    lambda size: st.lists(st.sets(st.integers(0, size - 1)), min_size=size, max_size=size).map(
        lambda targets: dict(enumerate(targets))
    )
)


def reaches(graph: dict[int, set[int]], start: int, target: int) -> bool:
    waiting, seen = list(graph[start]), set()
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting.extend(graph[node])
    return target in seen


@given(graphs)
def test_every_node_on_a_ring_is_found(graph: dict[int, set[int]]) -> None:
    on_a_ring = {node for node in graph if reaches(graph, node, node)}
    assert on_a_ring <= set(cycles.elements_of_cycles(graph))


@given(graphs)
def test_what_is_found_lies_on_a_ring_or_between_two(graph: dict[int, set[int]]) -> None:
    rings = [node for node in graph if reaches(graph, node, node)]
    for node in cycles.elements_of_cycles(graph):
        assert any(reaches(graph, node, ring) for ring in rings)
        assert any(reaches(graph, ring, node) for ring in rings)


def test_a_graph_without_rings_has_none() -> None:
    assert cycles.elements_of_cycles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_the_nodes_come_in_the_order_of_the_graph() -> None:
    assert cycles.elements_of_cycles({"x": {"c"}, "c": {"b"}, "a": {"c"}, "b": {"c", "end"}, "end": set()}) == ["c", "b"]
