"""Where branches meet again: of each gateway that splits the next node that every way to the end passes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.designing.simple.graph import Graph


@dataclass(frozen=True)
class Region:
    """The nodes that can reach one end, each with the nodes that every way from it to that end passes, itself included."""

    passed: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __contains__(self, node: str) -> bool:
        return node in self.passed

    def meeting(self, node: str) -> str:
        """The next node that every way on from this one passes; empty where there is none."""
        ahead = self.passed.get(node, frozenset()) - {node}
        return max(ahead, key=lambda each: len(self.passed[each]), default="")


class Ways:
    """The ways through a graph without those that go back, the nodes in the order in which they are reached last."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.back: set[str] = set()
        self.order: list[str] = []
        firsts = [id for id in graph.nodes if not graph.into.get(id) and graph.kind(id) != "boundaryEvent"]
        done: set[str] = set()
        for first in (*firsts, *graph.nodes):
            if first not in done:
                self._follow(first, done)
        self.place = {id: place for place, id in enumerate(self.order)}

    def region(self, entry: str, ends: Iterable[str]) -> Region:
        """What lies between a node and the end that stands last; `ends`: those that count first."""
        reached = self._reached(entry)
        preferred = [each for each in ends if each in reached]
        last = preferred or [each for each in reached if not self.graph.out.get(each)]
        if not last:
            return Region()
        far = self._distances(entry, reached)
        end = max(last, key=lambda each: far[each])
        passed: dict[str, frozenset[str]] = {end: frozenset({end})}
        for node in sorted(reached, key=self.place.__getitem__):
            distances = [passed[each] for each in self.onward(node) if each in passed]
            if distances and node != end:
                passed[node] = frozenset.intersection(*distances) | {node}
        return Region(passed)

    def onward(self, node: str) -> Iterator[str]:
        """The nodes that flows lead to which do not go back."""
        return (self.graph.target(flow) for flow in self.graph.out.get(node, ()) if flow not in self.back)

    def _reached(self, entry: str) -> Collection[str]:
        reached, open_ = {entry}, [entry]
        while open_:
            fresh = [each for each in self.onward(open_.pop()) if each not in reached]
            reached.update(fresh)
            open_ += fresh
        return reached

    def _distances(self, entry: str, reached: Collection[str]) -> dict[str, int]:
        """How many flows the longest way from the entry has."""
        far = dict.fromkeys(reached, 0)
        for node in sorted(reached, key=self.place.__getitem__, reverse=True):
            for each in self.onward(node):
                far[each] = max(far[each], far[node] + 1)
        return far

    def _follow(self, first: str, done: set[str]) -> None:
        open_ = {first}
        stack = [(first, iter(self._leaving(first)))]
        while stack:
            node, flows = stack[-1]
            flow = next(flows, None)
            if flow is None:
                stack.pop()
                open_.discard(node)
                done.add(node)
                self.order.append(node)
            elif (target := self.graph.target(flow)) in open_:
                self.back.add(flow)
            elif target not in done:
                open_.add(target)
                stack.append((target, iter(self._leaving(target))))

    def _leaving(self, node: str) -> list[str]:
        """The flows out of a node, those of its boundary events last."""
        return [flow for at in (node, *self.graph.attached.get(node, ())) for flow in self.graph.out.get(at, ())]
