"""Dropping what is over changes nothing but the size: long loops, random processes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import runtime
from tests.engine.runtime.random_processes import Block, Drawing, blocks
from tests.engine.runtime.walking import HOST, Walk, program

EVENTS = ("timer", "message", "signal", "thrown", "failing", "stopped", "reminded")
EVERYTHING = ("seq", "xor", "and", "or", "loop", "sub", "items", "guarded", *EVENTS)
CHOICES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2**12)), max_size=25)


def size(state: dict[str, Any]) -> int:
    return len(json.dumps(state, default=float))


def test_after_two_thousand_rounds_the_state_is_what_it_was_after_ten_and_the_process_ends() -> None:
    source = program("exclusive_gateway")
    run = runtime.begin(source, {}, host=HOST)
    sizes, steps, waits = [], [], run.take().opened
    for _ in range(2000):
        state = run.dump()
        sizes.append(size(state))
        run = runtime.load(source, state, host=HOST)
        run.complete(waits[0].token, {"decision": "again"})
        effects = run.take()
        waits = effects.opened
        steps.append(len(effects.steps))
    # Only the token's own number has more digits than at the tenth round.
    assert sizes[-1] - sizes[10] <= 8
    assert len(set(steps)) == 1
    run.complete(waits[0].token, {"decision": "approve"})
    assert run.end == ["approved"]


def test_a_loop_over_parallel_branches_does_not_grow_either() -> None:
    walk = Walk("parallel_loop")
    before = len(walk.state["tokens"])
    for _ in range(50):
        walk.complete("a")
        walk.complete("b")
    assert len(walk.state["tokens"]) == before
    walk.complete("b", {"stop": True})
    walk.complete("a")
    assert walk.run.end == ["done"]


def test_an_ended_instance_keeps_its_variables_and_nothing_else() -> None:
    walk = Walk("exclusive_gateway", {"amount": 5})
    walk.complete("review", {"decision": "approve"})
    (token,) = walk.state["tokens"]
    assert token["vars"] == {"amount": 5, "decision": "approve"}


def flags(drawing: Drawing, bits: int) -> dict[str, Any]:
    return {flag: bool(bits >> (number % 12) & 1) for number, flag in enumerate(drawing.flags)}


def first_task(walk: Walk) -> int:
    """Which of the open waits is the first task; the first of all where there is none."""
    kinds = [wait.kind for wait in walk.open.values()]
    return kinds.index("user_task") if "user_task" in kinds else 0


def act(walk: Walk, choice: int, variables: dict[str, Any]) -> None:
    """Do something at one of the open waits: both walks see them in the same order."""
    wait = list(walk.open.values())[choice % len(walk.open)]
    run = walk.loaded()
    if wait.kind == "timer":
        run.fire(wait.token)
    elif wait.kind in ("message", "signal"):
        run.deliver(wait.token, {})
    else:
        run.complete(wait.token, variables)
    walk._after(run)


@settings(max_examples=120, deadline=None)
@given(block=blocks(EVERYTHING), choices=CHOICES, bits=st.integers(0, 2**12))
def test_random_processes_do_the_same_with_and_without_pruning(block: Block, choices: list[tuple[int, int]], bits: int) -> None:
    drawing = Drawing()
    source = runtime.parse(drawing.source(block))[0]
    pruned = Walk(source, flags(drawing, bits))
    whole = Walk(source, flags(drawing, bits), prune=False)
    for choice, more in choices:
        if not pruned.open:
            break
        act(pruned, choice, flags(drawing, more))
        act(whole, choice, flags(drawing, more))
        assert list(pruned.open.values()) == list(whole.open.values())
        assert pruned.steps == whole.steps
        assert pruned.run.live == whole.run.live
        assert len(pruned.state["tokens"]) <= len(whole.state["tokens"])
    assert "incident" not in [wait.kind for wait in pruned.open.values()]
    assert pruned.run.is_ended == whole.run.is_ended == (not pruned.open)


@settings(max_examples=60, deadline=None)
@given(block=blocks(EVERYTHING), choices=CHOICES)
def test_a_random_process_whose_loops_are_left_comes_to_its_end(block: Block, choices: list[tuple[int, int]]) -> None:
    drawing = Drawing()
    walk = Walk(runtime.parse(drawing.source(block))[0], flags(drawing, 0))
    for choice, more in choices:
        if walk.open:
            act(walk, choice, flags(drawing, more))
    for _ in range(500):
        if walk.open:
            act(walk, first_task(walk), flags(drawing, 0))  # a timer carries no flags that would end a loop
    assert walk.run.is_ended and "done" in walk.run.end  # a reminder has an end of its own
    assert len(walk.state["tokens"]) == 1
