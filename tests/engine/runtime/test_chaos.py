"""Whatever is done to an instance, in whatever order: refusals and incidents at most, and books that balance."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import errors, runtime
from tests.engine.runtime.random_processes import Block, Drawing, blocks
from tests.engine.runtime.walking import DIAGRAMS, HOST, Walk, program, xml

NAMES = sorted(path.stem for path in DIAGRAMS.glob("*.bpmn") if path.stem != "endless")
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 200),
    st.sampled_from(["A1", "approve", "", "PT1H", "2026-05-01"]),
    st.lists(st.sampled_from(["a", "b", 3]), max_size=3),
)
VARIABLES = st.dictionaries(
    st.sampled_from(
        [
            "x",
            "amount",
            "order",
            "decision",
            "ok",
            "voters",
            "signers",
            "items",
            "wanted",
            "gone",
            "stop",
            "again",
            "broken",
            "until",
            "total",
            "kind",
            "paid",
            "enough",
            "price",
            "region",
            "patience",
            "choice",
        ]
    ),
    VALUES,
    max_size=8,
)
ACTIONS = st.lists(
    st.tuples(st.sampled_from(["go", "go", "go", "error", "escalate", "move", "set", "retry"]), st.integers(0, 50), VARIABLES),
    max_size=12,
)


def act(walk: Walk, action: str, number: int, variables: dict[str, Any]) -> None:
    waits = list(walk.open.values())
    wait = waits[number % len(waits)]
    run = walk.loaded()
    targets = list(walk.program.elements)
    try:
        if action == "set":
            run.set_variables(None if number % 2 else wait.token, variables)
        elif action == "move":
            run.move([wait.token], targets[number % len(targets)])
        elif action == "error":
            run.throw_error(wait.token, "OUT_OF_STOCK", "", variables)
        elif action == "escalate":
            run.escalate(wait.token, "LATE", variables)
        elif action == "retry" or wait.kind == "incident":
            run.retry(wait.token)
        elif wait.kind == "timer":
            run.fire(wait.token)
        elif wait.kind in ("message", "signal"):
            run.deliver(wait.token, variables)
        else:
            run.complete(wait.token, variables)
    except errors.Refusal:
        return
    walk._after(run)


def balanced(walk: Walk) -> None:
    """Every open wait belongs to a live token, every live token leads to an open wait."""
    rows = {row["id"]: row for row in walk.state["tokens"]}
    held = {row["own"]["incident"][0] for row in rows.values() if "incident" in row.get("own", {})}
    for wait in walk.open.values():
        assert wait.token in (held if wait.kind == "incident" else rows)
    assert held <= set(walk.open)
    assert {token for token, row in rows.items() if row.get("own", {}).get("wait")} <= set(walk.open)
    for row in rows.values():
        assert row.get("in", "1") in rows
    assert walk.run.is_ended == (not walk.open), walk.run.live


@settings(max_examples=250, deadline=None)
@given(name=st.sampled_from(NAMES), variables=VARIABLES, actions=ACTIONS)
def test_no_order_of_actions_breaks_an_instance(
    name: str, variables: dict[str, Any], actions: list[tuple[str, int, dict[str, Any]]]
) -> None:
    walk = Walk(name, variables)
    balanced(walk)
    for action, number, more in actions:
        if walk.open:
            act(walk, action, number, more)
            balanced(walk)
    if walk.open:
        walk.cancel()
        balanced(walk)


@settings(max_examples=100, deadline=None)
@given(
    block=blocks(("seq", "xor", "and", "or", "loop", "sub", "items", "guarded")),
    actions=st.lists(st.tuples(st.sampled_from(["go", "move"]), st.integers(0, 50)), max_size=15),
)
def test_moving_tokens_about_a_random_process_leaves_no_ghosts(block: Block, actions: list[tuple[str, int]]) -> None:
    drawing = Drawing()
    source = runtime.parse(drawing.source(block))[0]
    walk = Walk(source, dict.fromkeys(drawing.flags, False))
    for action, number in actions:
        if walk.open:
            act(walk, action, number, {})
            balanced(walk)


ATTRIBUTE = st.sampled_from(["sourceRef", "targetRef", "attachedToRef", "id", "source", "target", "processId"])


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(NAMES), attribute=ATTRIBUTE, pick=st.tuples(st.integers(0, 40), st.integers(0, 40)))
def test_a_diagram_rewired_at_random_that_passes_the_check_also_runs(name: str, attribute: str, pick: tuple[int, int]) -> None:
    parts = xml(name).decode().split(f' {attribute}="')
    if len(parts) > 2:
        one, other = (1 + number % (len(parts) - 1) for number in pick)
        value = parts[other][: parts[other].index('"')]
        parts[one] = value + parts[one][parts[one].index('"') :]
    source = f' {attribute}="'.join(parts).encode()
    if all(problem.severity != "error" for problem in runtime.check(source)):
        runtime.begin(runtime.parse(source)[0], {"order": "A1", "x": 2}, host=HOST)


def test_a_program_can_be_run_by_many_at_once() -> None:
    source = program("parallel_gateway")
    walks = [Walk(source, {"number": number}) for number in range(5)]
    for branch in "cab":
        for walk in walks:
            walk.complete(branch, {branch: walk.variables["number"]})
    assert [walk.variables["c"] for walk in walks] == [0, 1, 2, 3, 4]
