"""Steps that outlive the step they watch over: opened beside it when its time was up, and still open when it is done."""

from __future__ import annotations

from collections.abc import Iterator

from engine.runtime import graph
from engine.runtime.checking import rules
from engine.runtime.program import DiagramProblem, Element, Program

OUTLIVES = (
    "This step opens beside “%(host)s” when its time is up, and stays open after that is done. Put both into a subprocess of"
    " their own, and let a terminate end event end it once “%(host)s” is done."
)


def problems(program: Program) -> Iterator[DiagramProblem]:
    """Warnings at user tasks behind a non-interrupting timer of a user task that nothing ends with it.

    Only a branch of its own is told of: what leads back onto the way of the watched step is meant to be waited for.
    """
    following = graph.successors(program)
    for host in program.elements.values():
        if host.type != "userTask":
            continue
        after = graph.closure((program.flows[flow].target for flow in host.outgoing), following, barrier="")
        if any(_terminates(program.elements[each]) for each in after):
            continue
        for event in filter(_warns, program.boundaries.get(host.id, ())):
            beside = graph.closure([event.id], following, barrier=host.id)
            if beside.isdisjoint((*after, host.id)):
                yield from (
                    rules.problem(each, OUTLIVES, "warning", host=host.name or host.id) for each in _tasks(program, beside)
                )


def _warns(event: Element) -> bool:
    return not event.interrupting and event.event is not None and event.event.kind == "timer"


def _terminates(element: Element) -> bool:
    return element.event is not None and element.event.kind == "terminate"


def _tasks(program: Program, beside: set[str]) -> Iterator[Element]:
    """The user tasks among these elements that no event of their own ends."""
    for element in program.elements.values():
        is_ended = any(event.interrupting for event in program.boundaries.get(element.id, ()))
        if element.id in beside and element.type == "userTask" and not is_ended:
            yield element
