"""Whether joins can always fire and paths end where they should: found by following the tokens of a scope.

Each scope (the process, a subprocess) is looked at by itself. Conditions are not evaluated: a gateway may take any of
its ways, an activity may be left by any of its boundary events. So what is found is a warning, with the path that
leads there. An unfinished marking in which no node can take its tokens is a join that waits for ever; since every
sequence flow leads to one node only, it is enough to follow one of the nodes that can go on (Valmari's stubborn sets).
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from engine.runtime import graph
from engine.runtime.checking.rules import problem
from engine.runtime.program import DiagramProblem, Element, Program

MAX_STATES = 3_000
MAX_TOKENS = 2  # on one sequence flow: more of them come from a loop that makes ever more
MAX_SHOWN = 12
MAX_WAYS = 4  # of a gateway, all of whose combinations are tried
_ENDING = {"terminate", "error", "cancel"}

_Marking = tuple[str, ...]  # the sequence flows that carry a token, in order, with repetition


@dataclass(frozen=True)
class _Step:
    """How a marking came about: from which one, and which node was passed, by which boundary event."""

    before: _Marking | None
    names: str


def check(program: Program) -> Iterator[DiagramProblem]:
    """Joins that may wait for ever, and paths that end before an end event."""
    for scope, inside in program.children.items():
        if scope is not None and program.elements[scope].type == "adHocSubProcess":
            continue
        yield from _unfinished(program, inside)
        if any(_joins_all(element) for element in inside):
            yield from _Scope(program, scope).problems()


def may_stand(program: Program, element: Element) -> bool:
    """Whether a single token put at the element leaves its scope by some end: no join on its way waits for others for ever."""
    inside = _Scope(program, element.parent)
    return not any(inside.stuck_from(element))


def _unfinished(program: Program, inside: tuple[Element, ...]) -> Iterator[DiagramProblem]:
    """Where a scope has end events, every path has one."""
    if not any(element.type == "endEvent" for element in inside):
        return
    jumps = graph.links(program)
    for element in inside:
        is_end = element.type == "endEvent" or element.id in jumps or element.event_subprocess or element.for_compensation
        is_undone = element.event is not None and element.event.kind == "compensate" and element.attached_to
        if not (element.outgoing or is_end or is_undone):
            path = _path_to(program, element)
            if path:
                yield problem(element, "The path %(path)s ends here and not at an end event.", "warning", path=path)


def _path_to(program: Program, element: Element) -> str:
    """The shortest way to an element from where tokens begin in its scope; empty when there is none."""
    following = graph.successors(program)
    todo: deque[tuple[str, ...]] = deque((start.id,) for start in graph.starts(program, element.parent))
    seen: set[str] = set()
    while todo:
        path = todo.popleft()
        if path[-1] == element.id:
            return _shown([_name(program.elements[each]) for each in path])
        if path[-1] not in seen:
            seen.add(path[-1])
            todo.extend((*path, other) for other in following[path[-1]])
    return ""


class _Scope:
    """The tokens of one scope, followed from each of its start events."""

    def __init__(self, program: Program, scope: str | None) -> None:
        self.program, self.scope = program, scope
        self.jumps = graph.links(program)
        self.steps: dict[_Marking, _Step] = {}
        self.is_cut_short = False

    def problems(self) -> Iterator[DiagramProblem]:
        todo: deque[_Marking] = deque()
        for start in graph.starts(self.program, self.scope):
            self._reach(None, _name(start), start.outgoing, todo)
        yield from self._follow(todo)

    def stuck_from(self, element: Element) -> Iterator[DiagramProblem]:
        """The joins that wait for ever when one token leaves the element and nothing else is under way."""
        todo: deque[_Marking] = deque()
        self._reach(None, _name(element), element.outgoing, todo)
        yield from self._follow(todo)

    def _follow(self, todo: deque[_Marking]) -> Iterator[DiagramProblem]:
        stuck: dict[str, DiagramProblem] = {}
        while todo and len(self.steps) <= MAX_STATES:
            marking = todo.popleft()
            if marking and not self._go_on(marking, todo):
                for join in self._waiting(marking):
                    stuck.setdefault(join.id, self._stuck(marking, join))
        yield from stuck.values()
        if (todo or self.is_cut_short) and not stuck:
            around = self.program.elements[self.scope] if self.scope else None
            place = around or Element(self.program.process_id, self.program.name, "process")
            yield problem(place, "There are too many ways through this to see whether all its joins can fire.", "warning")

    def _reach(self, before: _Marking | None, names: str, flows: tuple[str, ...], todo: deque[_Marking]) -> None:
        marking = tuple(sorted(flows))
        if any(marking.count(flow) > MAX_TOKENS for flow in marking):
            self.is_cut_short = True
        elif marking not in self.steps:
            self.steps[marking] = _Step(before, names)
            todo.append(marking)

    def _go_on(self, marking: _Marking, todo: deque[_Marking]) -> bool:
        """Follow one node that can take its tokens, inclusive joins last; whether there is one."""
        taken = next(self._enabled(marking), None)
        if taken is None:
            return False
        element, flows = taken
        rest = list(marking)
        for flow in flows:
            rest.remove(flow)
        for names, produced in self._ways(element):
            self._reach(marking, names, () if produced is None else (*rest, *produced), todo)
        return True

    def _enabled(self, marking: _Marking) -> Iterator[tuple[Element, tuple[str, ...]]]:
        there = dict.fromkeys(marking)
        targets = {flow: self.program.elements[self.program.flows[flow].target] for flow in there}
        merging = {element.id: element for element in targets.values() if _merges_some(element)}
        for flow, element in targets.items():
            if _joins_all(element):
                if there.keys() >= set(element.incoming):
                    yield element, element.incoming
            elif element.id not in merging:
                yield element, (flow,)
        for element in merging.values():
            if not self._more_can_come(element, marking):
                yield element, tuple(flow for flow in element.incoming if flow in there)

    def _more_can_come(self, gateway: Element, marking: _Marking) -> bool:
        """As the gateway itself decides (BPMN 13.4.3)."""
        upstream = graph.upstream(self.program, gateway)
        empty = [upstream[flow] for flow in gateway.incoming if flow not in marking]
        full = [upstream[flow] for flow in gateway.incoming if flow in marking]
        places = {self.program.flows[flow].target for flow in marking} - {gateway.id}
        return any(any(at in ids for ids in empty) and not any(at in ids for ids in full) for at in places)

    def _ways(self, element: Element) -> Iterator[tuple[str, tuple[str, ...] | None]]:
        """What a node may do with its token: in words, and the flows it puts one on; None ends the scope."""
        boundaries = [each for each in self.program.boundaries.get(element.id, ()) if _can_happen(each)]
        beside = [each for each in boundaries if not each.interrupting]
        for normal in self._leaving(element):
            for happened in itertools.chain.from_iterable(
                itertools.combinations(beside, n) for n in range(min(len(beside), 2) + 1)
            ):
                extra = tuple(flow for each in happened for flow in each.outgoing)
                yield _and(element, *happened), None if normal is None else (*normal, *extra)
        for each in boundaries:
            if each.interrupting:
                yield _and(element, each), each.outgoing

    def _leaving(self, element: Element) -> Iterator[tuple[str, ...] | None]:
        if element.type == "endEvent":
            yield None if element.event is not None and element.event.kind in _ENDING else ()
        elif element.id in self.jumps:
            yield self.program.elements[self.jumps[element.id]].outgoing
        elif element.type in ("exclusiveGateway", "eventBasedGateway"):
            yield from ((flow,) for flow in element.outgoing)
        elif element.type == "inclusiveGateway" or any(self.program.flows[flow].condition for flow in element.outgoing):
            yield from _some_of(element.outgoing)
        else:
            yield element.outgoing

    def _waiting(self, marking: _Marking) -> list[Element]:
        targets = [self.program.elements[self.program.flows[flow].target] for flow in dict.fromkeys(marking)]
        return list({element.id: element for element in targets}.values())

    def _stuck(self, marking: _Marking, join: Element) -> DiagramProblem:
        names: list[str] = []
        at: _Marking | None = marking
        while at is not None:
            names.append(self.steps[at].names)
            at = self.steps[at].before
        missing = [self.program.elements[self.program.flows[flow].source] for flow in join.incoming if flow not in marking]
        return problem(
            join,
            "This join may wait for ever: after %(path)s no token comes from %(missing)s any more.",
            "warning",
            path=_shown(names[::-1]),
            missing=", ".join(_name(each) for each in missing),
        )


def _joins_all(element: Element) -> bool:
    return element.type == "parallelGateway" and len(element.incoming) > 1


def _merges_some(element: Element) -> bool:
    return element.type == "inclusiveGateway" and len(element.incoming) > 1


def _can_happen(event: Element) -> bool:
    return event.event is not None and event.event.kind != "compensate"


def _some_of(flows: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The combinations of one or more; of many ways each alone and all together."""
    sizes = range(min(1, len(flows)), len(flows) + 1) if len(flows) <= MAX_WAYS else (1, len(flows))
    for size in sizes:
        yield from itertools.combinations(flows, size)


def _and(element: Element, *events: Element) -> str:
    return _name(element) + "".join(f" + {_name(each)}" for each in events)


def _name(element: Element) -> str:
    return element.name or element.id


def _shown(names: list[str]) -> str:
    """The path in words; of a long one the end, which is what matters."""
    return " → ".join(names if len(names) <= MAX_SHOWN else ["…", *names[-MAX_SHOWN:]])
