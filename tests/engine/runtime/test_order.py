"""What is said to lie before a step, or on another way, is never met when the step is done, whatever the process and the order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import errors, runtime
from engine.runtime.checking.order import FlowOrder
from tests.engine.runtime.random_processes import Block, Drawing, blocks
from tests.engine.runtime.walking import Walk

KINDS = ("seq", "xor", "and", "or", "loop", "sub", "items", "guarded")
MOVES = st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=20)


def under_way(walk: Walk, since: int) -> set[str]:
    """Where tokens are, and where they have come by since."""
    entered = {step.element_id for step in walk.steps[since:] if step.what == "entered"}
    return (entered | {element for element, _kind in walk.run.live}) & walk.program.elements.keys()


def go_on(walk: Walk, number: int) -> str | None:
    """Completes one of the open tasks, or fires a timer; gives the task."""
    wait = list(walk.open.values())[number % len(walk.open)]
    run = walk.loaded()
    try:
        if wait.kind == "timer":
            run.fire(wait.token)
        elif wait.kind == "user_task":
            run.complete(wait.token, {})
        else:
            return None
    except errors.Refusal:
        return None
    walk._after(run)
    return wait.element_id if wait.kind == "user_task" else None


@settings(max_examples=200, deadline=None)
@given(block=blocks(KINDS), moves=MOVES, interrupts=st.booleans())
def test_nothing_is_under_way_that_was_said_not_to_follow(
    block: Block, moves: list[tuple[int, bool]], interrupts: bool
) -> None:
    drawing = Drawing()
    source = drawing.source(block).decode()
    if not interrupts:
        source = source.replace("<bpmn:boundaryEvent ", '<bpmn:boundaryEvent cancelActivity="false" ')
    [program] = runtime.parse(source.encode())
    order, done = FlowOrder(program), set[str]()
    walk = Walk(program, dict.fromkeys(drawing.flags, False))
    for number, flag in moves:
        if not walk.open:
            break
        walk.set(dict.fromkeys(drawing.flags, flag))
        since = len(walk.steps)
        task = go_on(walk, number)
        done |= {task} if task else set()
        for first in done:
            for other in under_way(walk, since):
                assert order.may_follow(first, other) or order.holds(other, first), (first, other)
