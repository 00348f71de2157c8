"""A scope of a program as a net: what each node waits for, and what it may do with the tokens it takes.

Each scope (the process, a subprocess, an event subprocess) is a net of its own and one activity in the scope around it.
Conditions are not evaluated: a gateway may take any of its ways, and every event may happen. A branch of a
non-interrupting boundary event that meets no other branch is followed by itself, from a beginning of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from engine.runtime import graph
from engine.runtime.program import Element, Program

MAX_WAYS = 4  # of a gateway, all of whose combinations are tried; of more, each alone and all together
MAX_BESIDE = 2  # non-interrupting events of one activity that happen together
_ENDING = {"terminate", "error", "cancel"}


@dataclass(frozen=True)
class FiringWay:
    """What a node may do: `events` that happen with it, `flows` that get a token; `ends` takes all tokens of the scope."""

    flows: tuple[str, ...]
    events: tuple[str, ...] = ()
    ends: bool = False


@dataclass(frozen=True)
class NetNode:
    """A flow node. `joins`: "each" token passes by itself, "all" flows must hold one, "some" as BPMN 13.4.3 says."""

    id: str
    joins: str
    incoming: tuple[str, ...]
    ways: tuple[FiringWay, ...]
    is_end: bool = False

    @property
    def may_end_all(self) -> bool:
        """Whether passing it may take the tokens that stand elsewhere."""
        return any(way.ends for way in self.ways)


@dataclass(frozen=True)
class Net:
    """Nodes by id, the node that each flow leads to, and the beginnings: a node and what it does first."""

    nodes: Mapping[str, NetNode]
    target: Mapping[str, str]
    source: Mapping[str, str]
    starts: tuple[NetNode, ...]

    def with_node(self, node: NetNode) -> Net:
        """The net with one node behaving otherwise."""
        return replace(self, nodes={**self.nodes, node.id: node})

    @cached_property
    def following(self) -> Mapping[str, frozenset[str]]:
        """The nodes that a token may come to next."""
        return {
            each.id: frozenset(self.target[flow] for way in each.ways for flow in way.flows)
            for each in (*self.nodes.values(), *self.starts)
        }

    @cached_property
    def before(self) -> Mapping[str, frozenset[str]]:
        """The inverse of `following`."""
        before_each: dict[str, set[str]] = {}
        for node, targets in self.following.items():
            for target in targets:
                before_each.setdefault(target, set()).add(node)
        return {node: frozenset(before_each.get(node, ())) for node in (*self.nodes, *self.following)}

    @cached_property
    def order(self) -> Mapping[str, int]:
        """The place of each node in the direction of the flows; the nodes of a loop share one place."""
        return {node: place for place, group in enumerate(reversed(self.loops)) for node in group}

    @cached_property
    def loops(self) -> list[list[str]]:
        """The strongly connected components (Tarjan), the last ones of the way first; most hold a single node."""
        return list(_components(self.following))

    @cached_property
    def upstream(self) -> Mapping[str, frozenset[str]]:
        """By incoming flow of a node that joins some: the nodes whose token can come over it without passing that node."""
        return {
            flow: frozenset(graph.closure([self.source[flow]], self.before, node.id))
            for node in self.nodes.values()
            if node.joins == "some"
            for flow in node.incoming
        }


def of_scope(program: Program, scope: str | None) -> Net:
    """The net of a scope, from its start events and the side branches of its boundary events."""
    inside = program.children.get(scope, ())
    side = _apart(program, inside)
    nodes = {each.id: node(program, each, {event.id for event in side}) for each in inside if each.attached_to is None}
    flows = [program.flows[flow] for each in inside for flow in each.outgoing]
    source = {flow.id: program.elements[flow.source].attached_to or flow.source for flow in flows}
    begin = [nodes[each.id] for each in graph.starts(program, scope) if each.id in nodes]
    return Net(
        nodes=nodes,
        target={flow.id: flow.target for flow in flows},
        source=source,
        starts=(*begin, *(NetNode(event.id, "each", (), (FiringWay(event.outgoing),)) for event in side)),
    )


def node(program: Program, element: Element, apart: Iterable[str] = ()) -> NetNode:
    """An element as a node; `apart` are the boundary events that are followed by themselves."""
    joins = (
        {"parallelGateway": "all", "inclusiveGateway": "some"}.get(element.type, "each")
        if len(element.incoming) > 1
        else "each"
    )
    ways = tuple(_ways(program, element, set(apart)))
    return NetNode(element.id, joins, element.incoming, ways, element.type == "endEvent")


def _ways(program: Program, element: Element, apart: set[str]) -> Iterator[FiringWay]:
    events = [each for each in program.boundaries.get(element.id, ()) if can_happen(each) and each.id not in apart]
    beside = [each for each in events if not each.interrupting]
    for left in _leaving(program, element):
        for count in range(min(len(beside), MAX_BESIDE) + 1):
            for happened in itertools.combinations(beside, count):
                extra = tuple(flow for each in happened for flow in each.outgoing)
                yield FiringWay((*left.flows, *extra), (*left.events, *(each.id for each in happened)), left.ends)
    for each in events:
        if each.interrupting:
            yield FiringWay(each.outgoing, (each.id,))


def _leaving(program: Program, element: Element) -> Iterator[FiringWay]:
    jump = graph.links(program).get(element.id) if element.event is not None and element.event.kind == "link" else None
    if element.type == "endEvent":
        yield FiringWay((), ends=element.event is not None and element.event.kind in _ENDING)
    elif jump is not None:
        yield FiringWay(program.elements[jump].outgoing, (jump,))
    elif element.type in ("exclusiveGateway", "eventBasedGateway"):
        yield from (FiringWay((flow,)) for flow in element.outgoing)
    elif element.type == "inclusiveGateway" or _chooses(program, element):
        yield from (FiringWay(flows) for flows in _some_of(element.outgoing, element.default))
    else:
        yield FiringWay(element.outgoing)


def _chooses(program: Program, element: Element) -> bool:
    """Whether an activity has conditions on its flows; on those of a parallel gateway they say nothing (BPMN 10.6.4)."""
    return element.type != "parallelGateway" and any(program.flows[flow].condition for flow in element.outgoing)


def can_happen(event: Element) -> bool:
    """Whether a boundary event lets a token out; one for compensation only names what undoes its activity."""
    return event.event is not None and event.event.kind != "compensate"


def _some_of(flows: tuple[str, ...], default: str | None = None) -> Iterator[tuple[str, ...]]:
    """The combinations of one or more, the default alone; of many ways each alone and all together."""
    chosen = tuple(flow for flow in flows if flow != default)
    sizes = range(min(1, len(chosen)), len(chosen) + 1) if len(chosen) <= MAX_WAYS else (1, len(chosen))
    for size in sizes:
        yield from itertools.combinations(chosen, size)
    if default is not None:
        yield (default,)


def _apart(program: Program, inside: Iterable[Element]) -> list[Element]:
    """The non-interrupting boundary events behind which nothing is reached, or waited for, from elsewhere."""
    before = graph.predecessors(program)
    events = [each for each in inside if each.attached_to and not each.interrupting and can_happen(each)]
    while True:
        behind = {each.id: graph.reachable(program, [each.id]) for each in events}
        every = set().union(*behind.values())
        kept = [
            each
            for each in events
            if each.attached_to not in behind[each.id]
            and all(set(before[node]) <= every for node in behind[each.id] - set(behind))
        ]
        if len(kept) == len(events):
            return events
        events = kept


def _components(following: Mapping[str, frozenset[str]]) -> Iterator[list[str]]:
    """Tarjan's algorithm without recursion: diagrams may be deeper than Python's stack."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    waiting: list[str] = []
    standing: set[str] = set()
    for root in following:
        todo: list[tuple[str, Iterator[str]]] = [] if root in number else [(root, iter(sorted(following[root])))]
        while todo:
            at, rest = todo[-1]
            if at not in number:
                number[at] = lowest[at] = len(number)
                waiting.append(at)
                standing.add(at)
            child = next((each for each in rest if each not in number or each in standing), None)
            if child is None:
                todo.pop()
                if todo:
                    lowest[todo[-1][0]] = min(lowest[todo[-1][0]], lowest[at])
                if lowest[at] == number[at]:
                    group = waiting[waiting.index(at) :]
                    del waiting[-len(group) :]
                    standing.difference_update(group)
                    yield group
            elif child in number:
                lowest[at] = min(lowest[at], number[child])
            else:
                todo.append((child, iter(sorted(following.get(child, ())))))
