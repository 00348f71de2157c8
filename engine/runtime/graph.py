"""Questions about a program's graph: what follows, what leads here, what every path passes."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping

from engine.runtime.program import Element, Program


def starts(program: Program, scope: str | None) -> list[Element]:
    """The start events of a scope in the diagram's order, those without a trigger first."""
    start_events = [element for element in program.children.get(scope, ()) if element.type == "startEvent"]
    return sorted(start_events, key=lambda element: element.event is not None and element.event.kind != "none")


def is_event_subprocess_start(program: Program, element: Element) -> bool:
    """Whether the element starts an event subprocess."""
    return element.type == "startEvent" and element.parent is not None and program.elements[element.parent].event_subprocess


def links(program: Program) -> dict[str, str]:
    """The catching link event of each throwing one, by name within one scope."""
    catching = {
        (element.parent, element.event.name): element.id
        for element in program.elements.values()
        if element.type == "intermediateCatchEvent" and element.event and element.event.kind == "link"
    }
    return {
        element.id: catching[element.parent, element.event.name]
        for element in program.elements.values()
        if element.type == "intermediateThrowEvent"
        and element.event
        and element.event.kind == "link"
        and (element.parent, element.event.name) in catching
    }


def successors(program: Program) -> dict[str, list[str]]:
    """The elements a token can get to in one step within its scope; boundary events follow their activity."""
    jumps = links(program)
    following = {element.id: [program.flows[flow].target for flow in element.outgoing] for element in program.elements.values()}
    for throw, catch in jumps.items():
        following[throw].append(catch)
    for host, events in program.boundaries.items():
        following[host].extend(event.id for event in events)
    return following


def predecessors(program: Program) -> dict[str, list[str]]:
    """The inverse of `successors`."""
    before: dict[str, list[str]] = {element_id: [] for element_id in program.elements}
    for element_id, targets in successors(program).items():
        for target in targets:
            before[target].append(element_id)
    return before


def before(program: Program, element_id: str) -> list[str]:
    """The elements from which a token comes to this one; of a boundary event the activity that it is attached to."""
    return _predecessors(program)[element_id] if element_id in program.elements else []


@functools.lru_cache(maxsize=64)
def _predecessors(program: Program) -> dict[str, list[str]]:
    return predecessors(program)


def upstream(program: Program, gateway: Element) -> dict[str, frozenset[str]]:
    """By incoming flow: the elements from which a token can come over it without passing the gateway."""
    before = predecessors(program)
    return {flow: frozenset(closure([program.flows[flow].source], before, gateway.id)) for flow in gateway.incoming}


def closure(first: Iterable[str], edges: Mapping[str, Collection[str]], barrier: str) -> set[str]:
    """What can be reached over the edges, the first ones included, without passing the barrier."""
    seen: set[str] = set()
    todo = [element for element in first if element != barrier]
    while todo:
        element = todo.pop()
        if element not in seen:
            seen.add(element)
            todo.extend(other for other in edges[element] if other != barrier)
    return seen


def entries(program: Program, scope: str | None) -> list[str]:
    """Where tokens begin in a scope: start events, or what nothing leads to."""
    before = predecessors(program)
    return [
        element.id
        for element in program.children.get(scope, ())
        if not before[element.id] and not element.event_subprocess and not element.for_compensation
    ]


def dominators(program: Program, element_id: str) -> list[str]:
    """Elements of the same scope that every path to the element passes, the nearest first."""
    following = successors(program)
    begin = entries(program, program.elements[element_id].parent)
    reached = closure(begin, following, barrier="")
    if element_id not in reached:
        return []
    others = [other for other in reached if other != element_id and element_id not in closure(begin, following, barrier=other)]
    # Of two dominators, the farther one dominates the nearer: fewer elements are reached without it.
    return sorted(others, key=lambda other: len(closure(begin, following, barrier=other)), reverse=True)


@functools.lru_cache(maxsize=512)
def certain_before(program: Program, element_id: str) -> tuple[str, ...]:
    """What every way to the element has passed, and the scopes that it stands in.

    That is what lies before it in its scope and around it, on each branch that a join before it waits for, and within a
    subprocess before it that has one end; not what goes on beside it.
    """
    elements: dict[str, None] = {}
    todo: list[str | None] = [element_id]
    while todo:
        at = todo.pop()
        if at is None or at in elements:
            continue
        elements[at] = None
        before = dominators(program, at)
        todo += [program.elements[at].parent, *before, *(end for each in before for end in _branches(program, each))]
    return tuple(each for each in elements if each != element_id)


def _branches(program: Program, element_id: str) -> list[str]:
    """Where the ways end that all have to be gone before the element is over: into a join, within a subprocess with one end."""
    element = program.elements[element_id]
    if element.type == "parallelGateway" and len(element.incoming) > 1:
        return [program.flows[flow].source for flow in element.incoming]
    ends = [each.id for each in program.children.get(element_id, ()) if not each.outgoing and each.attached_to is None]
    return ends if len(ends) == 1 else []


def reachable(program: Program, begin: Iterable[str]) -> set[str]:
    """The elements that tokens from these places can get to, the places included."""
    return closure(begin, successors(program), barrier="")


def onward(program: Program) -> set[str]:
    """The elements on the way of a case from its start, without what only happens beside it: what follows an event that interrupts nothing."""
    beside = {each.id for each in program.elements.values() if each.attached_to is not None and not each.interrupting}
    edges = {source: [each for each in targets if each not in beside] for source, targets in successors(program).items()}
    return closure(entries(program, None), edges, barrier="")


def turns_back(program: Program, flow_id: str) -> bool:
    """Whether a sequence flow leads back: from its target a token can come to its source and not first to what lies before.

    How many steps it takes decides nothing here: a long branch that joins a short one leads on.
    """
    flow = program.flows[flow_id]
    before = {*dominators(program, flow.target)}
    onward = {source: [each for each in targets if each not in before] for source, targets in successors(program).items()}
    return flow.source in closure([flow.target], onward, barrier="")


def branch_of(program: Program, element_id: str) -> set[str]:
    """The elements of the same scope that lie on one branch with the element: without a fork or a join between, and before the same joins."""
    element = program.elements[element_id]
    beside: dict[str, list[str]] = {each.id: [] for each in program.elements.values()}
    for source, targets in successors(program).items():
        for target in targets:
            if not (_forks(program.elements[source]) or _forks(program.elements[target])):
                beside[source].append(target)
                beside[target].append(source)
    joins = _joins_ahead(program, element_id)
    elements = (each for each in closure([element.id], beside, barrier="") if program.elements[each].parent == element.parent)
    return {each for each in elements if _joins_ahead(program, each) == joins}


def _joins_ahead(program: Program, element_id: str) -> set[str]:
    """The joins that a token may come to from the element."""
    ahead = (program.elements[each] for each in reachable(program, [element_id]))
    return {each.id for each in ahead if _forks(each) and len(each.incoming) > 1}


def _forks(element: Element) -> bool:
    return element.type in ("parallelGateway", "inclusiveGateway")
