"""Joins that can wait for ever and paths that end on the way are told, with the way that leads there."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import runtime
from engine.runtime.checking import soundness
from tests.engine import kit

NODES = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "task")


def told(*content: str) -> list[tuple[str, str]]:
    """Element and sentence of every warning."""
    found = runtime.check(kit.diagram("p", *content).content)
    assert {each.severity for each in found} <= {"warning"}
    return [(each.element_id, each.message % each.values) for each in found]


def choice(*ways: str) -> str:
    """An exclusive gateway `is_big` with a condition on every way but the last."""
    *some, last = ways
    gateway = kit.node("exclusiveGateway", "is_big", attributes=f' default="is_big_{last}"')
    return gateway + "".join(kit.flow("is_big", each, f"=a = {n}") for n, each in enumerate(some)) + kit.flow("is_big", last)


def joined(split: str, *between: str) -> tuple[str, ...]:
    tail = kit.node("parallelGateway", "join") + kit.end() + kit.chain("join", "done")
    return (
        kit.start(),
        split,
        kit.task("one"),
        kit.task("two"),
        tail,
        kit.chain("one", "join"),
        kit.chain("two", "join"),
        *between,
    )


def fork(*ways: str) -> str:
    return kit.node("parallelGateway", "fork") + "".join(kit.flow("fork", each) for each in ways)


def test_a_join_of_ways_that_exclude_each_other_is_told_with_the_way_there() -> None:
    [(element, text)] = told(*joined(choice("one", "two"), kit.chain("started", "is_big")))
    assert element == "join"
    assert text in (
        "This join may wait for ever: after started → is_big → one no token comes from two any more.",
        "This join may wait for ever: after started → is_big → two no token comes from one any more.",
    )


def test_a_join_of_ways_that_are_all_taken_is_fine() -> None:
    assert told(*joined(fork("one", "two"), kit.chain("started", "fork"))) == []


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_join_that_counts_on_a_boundary_event_or_on_its_absence_is_told(interrupting: bool) -> None:
    late = kit.boundary("late", "one", kit.timer("timeDuration", "PT1H"), interrupting=interrupting)
    split = fork("one", "two") if interrupting else kit.task("zero") + kit.flow("zero", "one")
    first = "fork" if interrupting else "zero"
    rest = (kit.end("gone"), kit.chain("late", "gone")) if interrupting else (kit.chain("late", "two"),)
    [(element, text)] = told(*joined(split, late, kit.chain("started", first), *rest))
    assert element == "join"
    assert ("one + late" in text) == interrupting and f"no token comes from {'one' if interrupting else 'two'}" in text


def test_a_terminate_end_leaves_no_join_waiting() -> None:
    stop = kit.end("stop", definition="<bpmn:terminateEventDefinition/>")
    split = fork("one", "is_big") + choice("two", "stop")
    assert told(*joined(split, stop, kit.chain("started", "fork"))) == []


def test_the_joins_of_a_subprocess_are_looked_at_too() -> None:
    inner = "".join(joined(choice("one", "two"), kit.chain("started", "is_big")))
    sub = kit.node("subProcess", "sub", inner=inner)
    [(element, _text)] = told(kit.start("begin"), sub, kit.end("over"), kit.chain("begin", "sub", "over"))
    assert element == "join"


def test_a_path_that_ends_at_a_gateway_is_told() -> None:
    found = told(kit.start(), kit.task("a"), kit.node("exclusiveGateway", "g"), kit.end(), kit.chain("started", "a", "g"))
    assert ("g", "The path started → a → g ends here and not at an end event.") in found


def test_a_process_too_wide_to_follow_says_so() -> None:
    ways = [f"w{n}" for n in range(14)]
    inner = []
    for way in ways:
        gateway = kit.node("inclusiveGateway", way, attributes=f' default="{way}_{way}a"')
        flows = (
            kit.flow(way, f"{way}a")
            + kit.flow(way, f"{way}b", "=x")
            + kit.flow(f"{way}a", "join")
            + kit.flow(f"{way}b", "join")
        )
        inner += [gateway, kit.task(f"{way}a"), kit.task(f"{way}b"), flows]
    tail = kit.node("parallelGateway", "join") + kit.end() + kit.chain("join", "done")
    [(_element, text)] = told(kit.start(), fork(*ways), *inner, tail, kit.chain("started", "fork"))
    assert "too many ways" in text


class Exhaustive(soundness._Scope):
    """Follows every node that can go on, in every order."""

    def _go_on(self, marking: tuple[str, ...], todo: deque[Any]) -> bool:
        enabled = list(self._enabled(marking))
        for element, flows in enabled:
            rest = list(marking)
            for flow in flows:
                rest.remove(flow)
            for names, produced in self._ways(element):
                self._reach(marking, names, () if produced is None else (*rest, *produced), todo)
        return bool(enabled)


@st.composite
def graphs(draw: st.DrawFn) -> runtime.Program:
    """Nodes of any kind with flows forwards, and now and then one back."""
    count = draw(st.integers(3, 7))
    names = [f"n{n}" for n in range(count)]
    kinds = draw(st.lists(st.sampled_from(NODES), min_size=count, max_size=count))
    places = {"started": 0, **{name: n + 1 for n, name in enumerate(names)}}
    flows = {("started", "n0")}
    for place, name in enumerate(names):
        later = st.sampled_from([*names[place + 1 :], "done"])
        flows |= {(name, target) for target in draw(st.lists(later, min_size=1, max_size=3, unique=True))}
    if draw(st.booleans()):
        flows.add((names[-1], draw(st.sampled_from(names[:-1]))))
    inner = "".join(kit.node(kind, name) for kind, name in zip(kinds, names, strict=True))
    inner += "".join(kit.flow(*each) for each in sorted(flows, key=lambda each: (places[each[0]], each[1])))
    (program,) = runtime.parse(kit.diagram("p", kit.start(), inner, kit.end()).content)
    return program


@given(graphs())
@settings(max_examples=300, deadline=None)
def test_following_one_node_at_a_time_finds_the_joins_that_following_all_finds(program: runtime.Program) -> None:
    looked = [soundness._Scope(program, None), Exhaustive(program, None)]
    found = [{each.element_id for each in scope.problems() if "wait for ever" in each.message} for scope in looked]
    if not any(scope.is_cut_short or len(scope.steps) > soundness.MAX_STATES for scope in looked):
        assert found[0] == found[1]
