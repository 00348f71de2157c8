"""退回: a token knows the human steps on its way, and what is undone by going back to one of them."""

from __future__ import annotations

from typing import Any

from engine import runtime
from tests.engine.runtime.walking import HOST, Walk, inline


def drawn(*flows: str, **kinds: str) -> runtime.Program:
    """A process of user tasks and of what `kinds` says, between `s` and `e`; a flow is `from to`, perhaps with a condition."""
    parted = [flow.split(" ", 2) for flow in flows]
    ids = dict.fromkeys(id for flow in parted for id in flow[:2])
    types = {"s": "startEvent", "e": "endEvent"} | kinds
    nodes = "".join(f'<bpmn:{types.get(id, "userTask")} id="{id}"/>' for id in ids)
    lines = "".join(_flow(*flow) for flow in parted)
    return inline(nodes + lines)


def _flow(source: str, target: str, condition: str = "") -> str:
    inner = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
    return f'<bpmn:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'


def steps(walk: Walk, element: str, nth: int = 0) -> list[str]:
    return [step for step, _visit in walk.run.passed(walk.wait(element, nth=nth).token)]


def go_back(walk: Walk, element: str, target: str) -> None:
    run = walk.loaded()
    visit = next(each for each in run.passed(walk.wait(element).token) if each[0] == target)
    run.move(run.region(visit), target)
    walk._after(run)


SPLIT = ("s a", "a split", "split b1", "split c1", "b1 b2", "c1 c2", "b2 join", "c2 join", "join d", "d e")


def split() -> Walk:
    return Walk(drawn(*SPLIT, split="parallelGateway", join="parallelGateway"))


def test_after_a_decision_the_previous_step_is_the_one_that_was_taken() -> None:
    program = drawn("s a", "a which", "which b =x=1", "which c =x=2", "b d", "c d", "d e", which="exclusiveGateway")
    walk = Walk(program, {"x": 2})
    walk.complete("a")
    walk.complete("c")
    assert steps(walk, "d") == ["c", "a"]
    go_back(walk, "d", "c")
    assert walk.at == ["c"] and steps(walk, "c") == ["a"]


def test_within_an_open_branch_only_that_branch_goes_back() -> None:
    walk = split()
    for step in ("a", "b1", "c1"):
        walk.complete(step)
    assert steps(walk, "b2") == ["b1", "a"] and steps(walk, "c2") == ["c1", "a"]
    go_back(walk, "b2", "b1")
    assert walk.at == ["b1", "c2"]
    for step in ("c2", "b1", "b2"):
        walk.complete(step)
    assert walk.at == ["d"]


def test_to_before_the_split_all_branches_go_also_the_one_that_waits_at_the_join() -> None:
    walk = split()
    for step in ("a", "b1", "b2", "c1"):
        walk.complete(step)
    go_back(walk, "c2", "a")
    assert walk.at == ["a"] and [place for place, _ in walk.run.live] == ["a"]
    for step in ("a", "b1", "b2", "c1", "c2", "d"):
        walk.complete(step)
    assert walk.run.is_ended


def test_steps_of_a_parallel_block_that_was_joined_are_passed_over() -> None:
    walk = split()
    for step in ("a", "b1", "b2", "c1", "c2"):
        walk.complete(step)
    assert steps(walk, "d") == ["a"]


def test_a_new_round_undoes_what_came_after_the_step() -> None:
    program = drawn("s a", "a b", "b c", "c over", 'over a =outcome="return"', 'over e =outcome="go"', over="exclusiveGateway")
    walk = Walk(program)
    for step in ("a", "b"):
        walk.complete(step)
    assert steps(walk, "c") == ["b", "a"]
    walk.complete("c", outcome="return")
    assert steps(walk, "a") == []
    walk.complete("a")
    assert steps(walk, "b") == ["a"]


def test_rounds_of_a_repeated_step_count_as_one() -> None:
    walk = Walk("multi_instance_parallel", {"voters": ["a", "b"]})
    walk.complete("vote", {"choice": "yes"})
    assert steps(walk, "vote") == []
    walk.complete("vote", {"choice": "yes"})
    assert steps(walk, "count_votes") == ["vote"]
    go_back(walk, "count_votes", "vote")
    assert [wait.kind for wait in walk.waits("vote")] == ["user_task"] * 2


def nested() -> Walk:
    """s → first → sub(one → two, with a timeout) → after → e."""
    inner = "".join(_flow(*pair) for pair in (("i", "one"), ("one", "two"), ("two", "o")))
    outer = "".join(
        _flow(*pair) for pair in (("s", "first"), ("first", "sub"), ("sub", "after"), ("after", "e"), ("t", "late"))
    )
    tasks = {name: f'<bpmn:userTask id="{name}"/>' for name in ("first", "after", "late", "one", "two")}
    sub = f'<bpmn:subProcess id="sub"><bpmn:startEvent id="i"/>{tasks["one"]}{tasks["two"]}<bpmn:endEvent id="o"/>{inner}</bpmn:subProcess>'
    timer = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
    event = f'<bpmn:boundaryEvent id="t" attachedToRef="sub" cancelActivity="false">{timer}</bpmn:boundaryEvent>'
    begin = '<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>'
    walk = Walk(inline(begin + tasks["first"] + sub + event + tasks["after"] + tasks["late"] + outer))
    walk.complete("first")
    return walk


def test_steps_within_a_subprocess_are_its_own_and_those_before_it() -> None:
    walk = nested()
    walk.complete("one")
    assert steps(walk, "two") == ["one", "first"]
    go_back(walk, "two", "one")
    assert walk.at == ["one", "t"]
    walk.complete("one")
    walk.complete("two")
    assert steps(walk, "after") == ["first"]


def test_what_a_boundary_event_began_goes_back_with_its_activity() -> None:
    walk = nested()
    walk.fire("t")
    assert walk.at == ["late", "one"] and steps(walk, "late") == ["first"]
    go_back(walk, "one", "first")
    assert walk.at == ["first"]


def test_straight_on_to_who_sent_it_back() -> None:
    walk = Walk(drawn("s a", "a b", "b c", "c d", "d e"))
    for step in ("a", "b", "c"):
        walk.complete(step)
    passed = walk.run.passed(walk.wait("d").token)
    go_back(walk, "d", "a")
    run = walk.loaded()
    run.complete(walk.wait("a").token, {"x": 1}, straight_to=("d", passed))
    walk._after(run)
    assert walk.at == ["d"] and steps(walk, "d") == ["c", "b", "a"] and walk.variables["x"] == 1
    walk.complete("d")
    assert walk.run.is_ended


def test_back_to_whoever_began_it() -> None:
    walk = split()
    for step in ("a", "b1"):
        walk.complete(step)
    run = walk.loaded()
    run.move(run.everything(), "s")
    walk._after(run)
    assert [(wait.element_id, wait.kind) for wait in walk.open.values()] == [("s", "user_task")]
    walk.complete("s", {"again": True})
    assert walk.at == ["a"] and steps(walk, "a") == ["s"] and walk.variables["again"] is True


def test_cases_stored_before_there_were_trails_know_the_steps_that_every_way_passes() -> None:
    walk = split()
    for step in ("a", "b1", "c1"):
        walk.complete(step)
    old: dict[str, Any] = {**walk.state, "v": 1}
    old["tokens"] = [{name: value for name, value in row.items() if name != "trail"} for row in old["tokens"]]
    run = runtime.load(walk.program, old, host=HOST)
    nearest, first = run.passed(walk.wait("b2").token)
    assert (nearest, first) == (("b1", ""), ("a", ""))
    assert len(run.region(first)) == 2 and len(run.region(nearest)) == 1
    assert run.dump()["v"] == 2
