"""Whether a diagram is sound: joins can fire, nothing is done twice, every path ends where it should.

What is found is a warning, with the path that leads there to be read and to be played, and where one change of a
gateway cures it, with that change (van der Aalst's soundness of workflow nets, for BPMN's nodes).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from engine.problems import ElementName, ElementPath, NameList
from engine.runtime import graph
from engine.runtime.checking.rules import problem
from engine.runtime.checking.soundness import exploring, mending, restless
from engine.runtime.checking.soundness import net as nets
from engine.runtime.checking.soundness.exploring import Exploration, Marking
from engine.runtime.checking.soundness.net import Net
from engine.runtime.program import DiagramProblem, Element, Program

STUCK = "This join may wait for ever: after %(path)s no token comes from %(missing)s any more."
DOUBLED = "This may be done twice: after %(path)s two branches arrive here that nothing brings together."
ENDLESS = "After %(path)s no end can be reached any more."
UNDECIDED = "There are too many ways through this to see whether all its joins can fire."
CUT_OFF = "The path %(path)s ends here and not at an end event."


def check(program: Program) -> Iterator[DiagramProblem]:
    """What is unsound in each scope, the most upstream first."""
    for scope, inside in program.children.items():
        if scope is not None and program.elements[scope].type == "adHocSubProcess":
            continue
        yield from _cut_off(program, inside)
        yield from of_scope(program, scope)
    yield from restless.check(program)


def of_scope(program: Program, scope: str | None) -> Iterator[DiagramProblem]:
    """What is unsound in the process (None) or one subprocess."""
    net = nets.of_scope(program, scope)
    exploration = exploring.explore(net)
    faults = [(STUCK, *each) for each in exploration.stuck.items()] + [(DOUBLED, *each) for each in exploration.doubled.items()]
    faults = faults or [(ENDLESS, net.target[marking[0]], marking) for marking in [exploration.endless()] if marking]
    for message, place, marking in sorted(faults, key=lambda each: (net.order[each[1]], each[1])):
        yield _fault(program, net, exploration, message, place, marking)
    if exploration.is_cut_short and not faults:
        around = program.elements[scope] if scope else Element(program.process_id, program.name, "process")
        yield problem(around, UNDECIDED, "warning")


def may_stand(program: Program, element: Element) -> bool:
    """Whether a single token put at the element leaves its scope by some end: no join on its way waits for others for ever."""
    net = nets.of_scope(program, element.parent)
    start = nets.node(program, element)
    exploration = exploring.follow(nets.Net(net.nodes, net.target, net.source, (start,)), exploring.MAX_STATES)
    return not (exploration.stuck or exploration.is_cut_short)


def _fault(program: Program, net: Net, exploration: Exploration, message: str, place: str, marking: Marking) -> DiagramProblem:
    element = program.elements[place]
    names, trace = _way_to(program, exploration, marking)
    values: dict[str, object] = {"path": names}
    if message == STUCK:
        missing = [program.elements[program.flows[flow].source] for flow in element.incoming if flow not in marking]
        values["missing"] = NameList(_name(each) for each in missing)
    mend = mending.proposed(program, net, place, trace)
    return problem(element, message, "warning", **values).played(trace, mend)


def _way_to(program: Program, exploration: Exploration, marking: Marking) -> tuple[ElementPath, tuple[str, ...]]:
    """How a marking comes about: the nodes passed, in words, and all nodes, events and flows in order."""
    names: list[tuple[ElementName, ...]] = []
    trace: list[str] = []
    at: Marking | None = marking
    while at is not None:
        step = exploration.steps[at]
        names.append(tuple(_name(program.elements[each]) for each in (step.node, *step.way.events)))
        trace[:0] = [step.node, *step.way.events, *step.way.flows]
        at = step.before
    return ElementPath(names[::-1]), tuple(trace)


def _cut_off(program: Program, inside: tuple[Element, ...]) -> Iterator[DiagramProblem]:
    """Where a scope has end events, every path has one."""
    if not any(element.type == "endEvent" for element in inside):
        return
    jumps = graph.links(program)
    for element in inside:
        is_end = element.type == "endEvent" or element.id in jumps or element.event_subprocess or element.for_compensation
        is_undone = element.event is not None and element.event.kind == "compensate" and element.attached_to
        if not (element.outgoing or is_end or is_undone):
            path = _shortest(program, element)
            if path:
                names = ElementPath((_name(program.elements[each]),) for each in path)
                yield problem(element, CUT_OFF, "warning", path=names).played(path)


def _shortest(program: Program, element: Element) -> tuple[str, ...]:
    """The shortest way to an element from where tokens begin in its scope; empty when there is none."""
    following = graph.successors(program)
    todo: deque[tuple[str, ...]] = deque((start.id,) for start in graph.starts(program, element.parent))
    seen: set[str] = set()
    while todo:
        path = todo.popleft()
        if path[-1] == element.id:
            return path
        if path[-1] not in seen:
            seen.add(path[-1])
            todo.extend((*path, other) for other in following[path[-1]])
    return ()


def _name(element: Element) -> ElementName:
    return ElementName(element.name, element.type)
