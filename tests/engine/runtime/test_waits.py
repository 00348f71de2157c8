"""What a run hands over, and waits in the form in which databases of before hold them."""

from __future__ import annotations

from typing import Any

import pytest

from engine import errors, runtime
from tests.engine.runtime.walking import HOST, Walk, inline, program

# As incidents were stored before each kind of wait had a class of its own.
OF_BEFORE: list[tuple[dict[str, Any], runtime.Awaited]] = [
    (
        {"kind": "timer", "details": {"type": "duration", "expression": "5wd", "fired": 0, "repetitions": 1}},
        runtime.AwaitedTimer("duration", "5wd", repetitions=1, fired=0),
    ),
    (
        {"kind": "timer", "details": {"type": "cycle", "expression": "R/P1D", "repetitions": None}},  # before cycles counted
        runtime.AwaitedTimer("cycle", "R/P1D", repetitions=None, fired=0),
    ),
    (
        {"kind": "decision", "details": {"decision_id": "fee", "result_variable": "fee", "inputs": {"amount": 3}}},
        runtime.AwaitedDecision("fee", "fee", {"amount": 3}),
    ),
    (
        {
            "kind": "call",
            "details": {
                "process_id": "child",
                "inputs": {"amount": 3},
                "propagate_all_parent_variables": False,
                "propagate_all_child_variables": True,
            },
        },
        runtime.AwaitedCall("child", {"amount": 3}, False, True),
    ),
    (
        {"kind": "job", "details": {"type": "mail", "retries": 3, "headers": {"to": "x"}, "inputs": {}}},
        runtime.AwaitedJob("mail", {"to": "x"}, {}, 3),
    ),
]


@pytest.mark.parametrize(("stored", "meant"), OF_BEFORE)
def test_a_wait_that_an_earlier_version_stored_is_read_and_stored_alike(stored: Any, meant: runtime.Awaited) -> None:
    assert runtime.read_wait(stored) == meant
    assert runtime.read_wait(runtime.stored_wait(meant)) == meant


def test_what_a_later_version_added_to_a_stored_wait_is_passed_over() -> None:
    stored = {"kind": "signal", "details": {"name": "alarm", "colour": "red"}}
    assert runtime.read_wait(stored) == runtime.AwaitedSignal("alarm")


def test_a_cycle_whose_state_an_earlier_version_stored_goes_on() -> None:
    """Stored before cycles counted how often they have fired."""
    cycle = "<bpmn:timerEventDefinition><bpmn:timeCycle>R3/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition>"
    content = (
        f'<bpmn:startEvent id="s"/>{"".join(_flow(each) for each in ("s_x", "x_e", "r_f"))}<bpmn:userTask id="x"/>'
        f'<bpmn:boundaryEvent id="r" attachedToRef="x" cancelActivity="false">{cycle}</bpmn:boundaryEvent>'
        '<bpmn:endEvent id="e"/><bpmn:endEvent id="f"/>'
    )
    walk = Walk(inline(content))
    [armed] = [row["own"]["timer"] for row in walk.state["tokens"] if "timer" in row.get("own", {})]
    del armed["fired"]
    for left, fired in ((2, 1), (1, 2)):
        walk.fire("r")
        awaited = walk.wait("r").awaits
        assert isinstance(awaited, runtime.AwaitedTimer)
        assert (awaited.repetitions, awaited.fired) == (left, fired)


def test_a_run_hands_over_once_what_happened() -> None:
    run = runtime.begin(program("exclusive_gateway"), {}, host=HOST)
    first = run.take()
    assert first.opened
    assert not run.take()
    run.complete(first.opened[0].token, {"decision": "again"})
    assert [closed.token for closed in run.take().closed] == [first.opened[0].token]


def test_only_a_token_that_still_waits_for_that_can_rest_there_again() -> None:
    run = runtime.begin(program("exclusive_gateway"), {}, host=HOST)
    [wait] = run.take().opened
    run.rest_again(wait.token, wait.awaits)
    assert run.take().opened == [wait]
    with pytest.raises(errors.Conflict):
        run.rest_again(wait.token, runtime.AwaitedSignal("alarm"))


def _flow(name: str) -> str:
    source, target = name.split("_")
    return f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}"/>'
