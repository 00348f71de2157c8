"""Steps that cannot be taken back, and what of a diagram could still interrupt or end the case after one of them."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator

from engine.problems import ElementName
from engine.runtime import graph
from engine.runtime.checking import rules
from engine.runtime.checking.order import FlowOrder
from engine.runtime.program import DiagramProblem, Element, Program

PROPERTY = "irreversible"

INTERRUPTS = (
    "This event can interrupt the case after “%(step)s”, which cannot be taken back. "
    "Let it interrupt only what is over before that step, or make it non-interrupting."
)
TERMINATES = "This end event can break off the case after “%(step)s”, which cannot be taken back. Use a plain end event."
BREAKS_OFF = "The completion condition can break off what “%(step)s”, which cannot be taken back, has begun."


def is_irreversible(element: Element) -> bool:
    """Whether the diagram says that the element's work cannot be taken back."""
    return element.properties.get(PROPERTY, "").strip() == "true"


def steps(program: Program, types: Collection[str] = (), called: Collection[str] = ()) -> list[Element]:
    """The elements that cannot be taken back: by their property, their job type, or a process that they call."""
    return [element for element in program.elements.values() if _binds(element, types, called)]


def _binds(element: Element, types: Collection[str], called: Collection[str]) -> bool:
    definition = element.task_definition
    return (
        is_irreversible(element)
        or (definition is not None and definition.type in types)
        or (element.type == "callActivity" and element.called_process_id in called)
    )


def ahead(
    program: Program, element_id: str, types: frozenset[str] = frozenset(), called: frozenset[str] = frozenset()
) -> Element | None:
    """A step that cannot be taken back and may come after the element, or beside it; None where none may."""
    return next((each for each in steps(program, types, called) if _order(program).may_follow(element_id, each.id)), None)


def around(
    program: Program, element_id: str, types: frozenset[str] = frozenset(), called: frozenset[str] = frozenset()
) -> Element | None:
    """The same, where the element itself counts and one that comes before it too; None where it lies on other ways."""
    order, bound = _order(program), steps(program, types, called)
    mine = (each for each in bound if each.id == element_id or order.may_follow(each.id, element_id))
    return next(mine, None) or ahead(program, element_id, types, called)


def with_later(program: Program, element_id: str) -> list[Element]:
    """The element, and all that may come after it or beside it."""
    order, elements = _order(program), program.elements.values()
    return [each for each in elements if each.id == element_id or order.may_follow(element_id, each.id)]


@functools.lru_cache(maxsize=64)
def _order(program: Program) -> FlowOrder:
    return FlowOrder(program)


def problems(program: Program, types: Collection[str] = (), called: Collection[str] = ()) -> Iterator[DiagramProblem]:
    """What could interrupt or end the case past its point of no return, named with the step that it would follow.

    An event is such a one when what it interrupts holds the step, can be reached from it, or runs beside it (on another
    branch of a fork that no join has ended). The property itself is refused where nothing could obey it.
    """
    for element in program.elements.values():
        yield from _property(element)
    bound = steps(program, types, called)
    if not bound:
        return
    order = FlowOrder(program)
    for element in program.elements.values():
        message = _message(program, element)
        step = next((each for each in bound if message and _is_past(order, element, each)), None)
        if message and step is not None:
            yield rules.problem(element, message, step=ElementName(step.name, step.type))


def _property(element: Element) -> Iterator[DiagramProblem]:
    value = element.properties.get(PROPERTY)
    if value is None:
        return
    if value.strip() not in ("true", "false"):
        yield rules.problem(element, "The property %(name)s is true or false, not “%(value)s”.", name=PROPERTY, value=value)
    elif element.type != "userTask" and element.task_definition is None:
        yield rules.problem(element, "Only a user task, or a task that makes a job, can be irreversible.")


def _message(program: Program, element: Element) -> str | None:
    """What is said of an element that can break something off; None for all others."""
    kind = element.event.kind if element.event else "none"
    if element.attached_to is not None and element.interrupting and kind != "compensate":
        return INTERRUPTS
    if graph.is_event_subprocess_start(program, element) and element.interrupting:
        return INTERRUPTS
    if element.type == "endEvent" and kind == "terminate":
        return TERMINATES
    if element.multi_instance and element.multi_instance.completion_condition:
        return BREAKS_OFF
    if element.type == "adHocSubProcess" and element.completion_condition and element.cancel_remaining:
        return BREAKS_OFF
    return None


def _is_past(order: FlowOrder, element: Element, step: Element) -> bool:
    """Whether what the element breaks off may be under way when the step is done."""
    if element.type == "endEvent":
        return order.may_follow(step.id, element.id)
    if element.attached_to == step.id:
        return step.type != "userTask" or order.may_follow(step.id, step.id)
    if element.attached_to is not None:
        return order.holds(element.attached_to, step.id) or order.may_follow(step.id, element.attached_to)
    if element.type != "startEvent":
        return element.id == step.id or order.holds(element.id, step.id)
    container = order.program.elements[element.parent or ""]
    if order.holds(container.id, step.id):
        return False  # it has fired already when the step inside is done
    scope = container.parent
    return scope is None or order.holds(scope, step.id) or order.may_follow(step.id, scope)


def binding(programs: Iterable[Program], types: Collection[str], called: Collection[str] = ()) -> set[str]:
    """The ids of those processes that hold such a step, also by calling each other; `called` are known to hold one."""
    programs, bound = list(programs), set(called)
    while True:
        more = {each.process_id for each in programs if steps(each, types, bound)} - bound
        if not more:
            return bound
        bound |= more
