"""Corners of the dialect that a fixture diagram of its own would be too much for."""

from __future__ import annotations

import pytest

from engine import errors
from tests.engine.runtime.walking import Walk, around, extended, inline

JOB = extended('<zeebe:taskDefinition type="mail" retries="=tries"/>')
MESSAGE = '<bpmn:message id="m" name="hello">' + extended('<zeebe:subscription correlationKey="=order"/>') + "</bpmn:message>"
MESSAGE_EVENT = '<bpmn:messageEventDefinition messageRef="m"/>'


def loop(body: str, attributes: str = "") -> str:
    return (
        f'<bpmn:userTask id="x"><bpmn:multiInstanceLoopCharacteristics{attributes}>{body}'
        "</bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>"
    )


def test_a_message_throw_event_with_a_task_definition_is_a_job() -> None:
    walk = Walk(
        around(f'<bpmn:intermediateThrowEvent id="x">{JOB}{MESSAGE_EVENT}</bpmn:intermediateThrowEvent>', MESSAGE), {"tries": 5}
    )
    assert vars(walk.wait("x", "job").awaits) == {"type": "mail", "retries": 5, "headers": {}, "inputs": {}}
    assert walk.thrown == []
    walk.complete("x", {"sent": True})
    assert walk.variables["sent"] is True
    assert walk.run.end == ["e"]


def test_an_end_event_with_a_task_definition_ends_when_its_job_is_done() -> None:
    walk = Walk(
        inline(
            '<bpmn:startEvent id="s"/><bpmn:sequenceFlow id="f" sourceRef="s" targetRef="e"/>'
            f'<bpmn:endEvent id="e">{JOB}{MESSAGE_EVENT}</bpmn:endEvent>',
            MESSAGE,
        ),
        {"tries": 1},
    )
    assert not walk.run.is_ended
    walk.complete("e")
    assert walk.run.end == ["e"]


@pytest.mark.parametrize("tries", [None, -1, "many", 1.5])
def test_retries_that_are_no_number_are_an_incident(tries: object) -> None:
    walk = Walk(around(f'<bpmn:serviceTask id="x">{JOB}</bpmn:serviceTask>'), {"tries": tries})
    assert walk.run.live == [("x", "incident")]
    walk.set({"tries": 2})
    walk.retry("x")
    assert walk.wait("x", "job").awaits.retries == 2


def test_a_thrown_message_takes_its_correlation_key_from_the_variables() -> None:
    walk = Walk(
        around(f'<bpmn:intermediateThrowEvent id="x">{MESSAGE_EVENT}</bpmn:intermediateThrowEvent>', MESSAGE), {"order": "A1"}
    )
    assert [(thrown.name, thrown.correlation_key, thrown.variables) for thrown in walk.thrown] == [("hello", "A1", {})]


def test_a_multi_instance_task_may_count_instead_of_walking_a_list() -> None:
    walk = Walk(around(loop("<bpmn:loopCardinality>=rounds</bpmn:loopCardinality>")), {"rounds": 3})
    assert [wait.awaits.inputs for wait in walk.waits("x")] == [{"loopCounter": n} for n in (1, 2, 3)]


@pytest.mark.parametrize("rounds", [None, -1, "x", 10**9])
def test_a_count_that_is_no_number_of_rounds_is_an_incident(rounds: object) -> None:
    walk = Walk(around(loop("<bpmn:loopCardinality>=rounds</bpmn:loopCardinality>")), {"rounds": rounds})
    assert walk.run.live == [("x", "incident")]


def test_a_completion_condition_that_fails_is_repaired_without_doing_the_work_again() -> None:
    condition = "<bpmn:completionCondition>=enough &lt;= numberOfCompletedInstances</bpmn:completionCondition>"
    walk = Walk(around(loop("<bpmn:loopCardinality>3</bpmn:loopCardinality>" + condition)))
    walk.complete("x")
    walk.complete("x")
    assert sorted(wait.kind for wait in walk.open.values()) == ["incident", "user_task"]
    walk.set({"enough": 2})
    walk.retry("x")
    assert walk.run.end == ["e"]
    assert walk.at == []


def test_the_counts_of_a_multi_instance_body_are_right_at_every_item() -> None:
    condition = (
        "<bpmn:completionCondition>=numberOfCompletedInstances + numberOfActiveInstances = numberOfInstances "
        "and numberOfTerminatedInstances = 0 and numberOfCompletedInstances = 2</bpmn:completionCondition>"
    )
    walk = Walk(around(loop("<bpmn:loopCardinality>3</bpmn:loopCardinality>" + condition)))
    walk.complete("x")
    walk.complete("x", nth=1)
    assert walk.run.is_ended


def test_a_loop_that_tests_first_may_not_start_at_all() -> None:
    task = (
        '<bpmn:userTask id="x"><bpmn:standardLoopCharacteristics testBefore="true">'
        "<bpmn:loopCondition>=more</bpmn:loopCondition></bpmn:standardLoopCharacteristics></bpmn:userTask>"
    )
    assert Walk(around(task), {"more": False}).run.is_ended
    walk = Walk(around(task), {"more": True})
    walk.complete("x", {"more": False})
    assert walk.run.is_ended


def test_an_ad_hoc_subprocess_opens_everything_that_nothing_leads_to() -> None:
    inside = (
        '<bpmn:userTask id="a"/><bpmn:userTask id="b"/><bpmn:userTask id="c"/>'
        '<bpmn:sequenceFlow id="ac" sourceRef="a" targetRef="c"/>'
    )
    walk = Walk(around(f'<bpmn:adHocSubProcess id="x">{inside}</bpmn:adHocSubProcess>'))
    assert walk.at == ["a", "b"]
    for task in "abc":
        walk.complete(task)
    assert walk.run.end == ["e"]


def test_an_ad_hoc_subprocess_may_let_the_rest_finish() -> None:
    inside = '<bpmn:userTask id="a"/><bpmn:userTask id="b"/><bpmn:completionCondition>=enough</bpmn:completionCondition>'
    walk = Walk(
        around(f'<bpmn:adHocSubProcess id="x" cancelRemainingInstances="false">{inside}</bpmn:adHocSubProcess>'),
        {"enough": True},
    )
    walk.complete("a")
    assert walk.at == ["b"]
    walk.complete("b")
    assert walk.run.is_ended


def test_an_event_subprocess_applies_the_output_mapping_of_its_start() -> None:
    outputs = extended('<zeebe:ioMapping><zeebe:output source="=body.text" target="note"/></zeebe:ioMapping>')
    walk = Walk(
        inline(
            '<bpmn:startEvent id="s"/><bpmn:sequenceFlow id="f" sourceRef="s" targetRef="e"/><bpmn:userTask id="e"/>'
            '<bpmn:subProcess id="on" triggeredByEvent="true">'
            f'<bpmn:startEvent id="on_s">{outputs}{MESSAGE_EVENT}</bpmn:startEvent>'
            '<bpmn:sequenceFlow id="g" sourceRef="on_s" targetRef="t"/><bpmn:userTask id="t"/></bpmn:subProcess>',
            MESSAGE,
        ),
        {"order": "A1"},
    )
    walk.deliver("on_s", {"body": {"text": "hi"}, "noise": 1})
    assert walk.variables == {"order": "A1", "note": "hi"}
    assert walk.at == ["t"]


def test_an_expression_that_takes_too_long_is_an_incident_with_the_reason() -> None:
    task = f'<bpmn:scriptTask id="x">{extended(BOMB)}</bpmn:scriptTask>'
    walk = Walk(around(task))
    assert walk.run.live == [("x", "incident")]
    assert "steps" in walk.wait("x").awaits.message


BOMB = '<zeebe:script expression="=count(for a in 1..5000, b in 1..5000 return 1)" resultVariable="n"/>'


def test_a_conditional_event_over_a_variable_that_is_not_there_yet_waits() -> None:
    catch = (
        '<bpmn:intermediateCatchEvent id="x"><bpmn:conditionalEventDefinition><bpmn:condition>=ready</bpmn:condition>'
        "</bpmn:conditionalEventDefinition></bpmn:intermediateCatchEvent>"
    )
    walk = Walk(around(catch))
    assert walk.at == ["x"]
    walk.set({"ready": True})
    assert walk.run.is_ended


def test_compensation_without_anything_done_is_passed() -> None:
    walk = Walk(around('<bpmn:intermediateThrowEvent id="x"><bpmn:compensateEventDefinition/></bpmn:intermediateThrowEvent>'))
    assert walk.run.end == ["e"]


def test_nobody_is_moved_into_the_items_of_a_multi_instance_subprocess_that_does_not_run() -> None:
    walk = Walk("multi_instance_subprocess", {"items": []})
    assert walk.run.is_ended
    other = Walk(
        around(
            '<bpmn:userTask id="x"/><bpmn:subProcess id="m"><bpmn:multiInstanceLoopCharacteristics>'
            "<bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
            '<bpmn:startEvent id="ms"/><bpmn:sequenceFlow id="mf" sourceRef="ms" targetRef="mt"/><bpmn:userTask id="mt"/>'
            '</bpmn:subProcess><bpmn:sequenceFlow id="xm" sourceRef="x" targetRef="m"/>'
        )
    )
    with pytest.raises(errors.Invalid):
        other.move("mt", "x")
    assert other.at == ["x"]


def test_moving_into_a_subprocess_whose_inputs_fail_is_refused_with_the_reason() -> None:
    timer = (
        '<bpmn:boundaryEvent id="b" attachedToRef="m"><bpmn:timerEventDefinition><bpmn:timeDuration>=patience'
        "</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>"
    )
    walk = Walk(
        around(
            '<bpmn:userTask id="x"/><bpmn:subProcess id="m"><bpmn:startEvent id="ms"/>'
            '<bpmn:sequenceFlow id="mf" sourceRef="ms" targetRef="mt"/><bpmn:userTask id="mt"/></bpmn:subProcess>'
            f'<bpmn:sequenceFlow id="xm" sourceRef="x" targetRef="m"/>{timer}'
        )
    )
    with pytest.raises(errors.Invalid):
        walk.move("mt", "x")


def test_what_opened_and_closed_in_one_go_no_longer_rests() -> None:
    walk = Walk("multi_instance_parallel", {"voters": ["a", "b"]})
    run = walk.loaded()
    run.complete(walk.wait("vote").token, {"choice": "yes"})
    run.complete(walk.wait("vote", "user_task", nth=1).token, {"choice": "yes"})
    assert [wait.element_id for wait in run.take().resting()] == ["count_votes"]
