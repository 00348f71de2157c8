"""What fails becomes an incident at its element, can be repaired and retried, and never hangs."""

from __future__ import annotations

import pytest

from engine import errors, runtime
from engine.runtime import tokens
from tests.engine.runtime.walking import HOST, Walk, xml


def patched(name: str, before: str, after: str) -> runtime.Program:
    """A fixture diagram with one text replaced."""
    source = xml(name).decode()
    assert before in source
    return runtime.parse(source.replace(before, after).encode())[0]


def test_a_gateway_without_a_matching_flow_is_an_incident_and_goes_on_after_a_retry() -> None:
    walk = Walk("no_match")
    walk.complete("a", {"amount": 7})
    assert walk.run.live == [("choice", "incident")]
    walk.set({"amount": 11})
    walk.retry("choice")
    assert walk.run.end == ["big"]
    assert walk.at == []


def test_a_task_that_cannot_be_left_keeps_what_was_entered() -> None:
    walk = Walk("no_match")
    walk.complete("a", {"note": "typed"})
    assert walk.wait("a").kind == "incident"
    assert walk.variables == {"note": "typed"}
    walk.set({"amount": 1})
    walk.retry("a")
    assert walk.run.end == ["small"]


def test_a_failing_correlation_key_of_an_event_subprocess_is_an_incident_of_the_process() -> None:
    walk = Walk("event_subprocesses")
    assert walk.run.live == [("event_subprocesses", "incident")]
    walk.set({"order": "A1"})
    walk.retry("event_subprocesses")
    assert walk.at == ["cancel_asked", "note_came", "work"]


def test_a_condition_that_is_neither_true_nor_false_names_its_expression() -> None:
    walk = Walk("exclusive_gateway")
    walk.complete("review", {"decision": None})
    assert walk.at == ["review"]
    other = Walk(patched("exclusive_gateway", '=decision = "approve"', "=amount &gt; 5"))
    other.complete("review")
    assert other.run.live == [("is_approved", "incident")]
    assert other.wait("is_approved").awaits.values == {"expression": "=amount > 5", "value": "null"}
    other.set({"amount": 6})
    other.retry("is_approved")
    assert other.run.end == ["approved"]
    assert other.at == []


def test_a_call_without_a_process_id_is_an_incident_that_can_be_repaired() -> None:
    walk = Walk("call_activity", {"order": "A1"})
    assert walk.run.live == [("call", "incident")]
    walk.set({"kind": "x"})
    walk.retry("call")
    assert walk.wait("call", "call").awaits.process_id == "child_x"
    assert walk.at == ["call"]


def test_a_failing_timer_of_a_boundary_event_stops_its_activity_before_it_starts() -> None:
    walk = Walk(patched("subprocess", ">PT1H<", ">=patience<"), {"total": 1})
    assert walk.run.live == [("inner", "incident")]
    walk.set({"patience": "PT2H"})
    walk.retry("inner")
    assert walk.at == ["a", "b", "timeout"]


def test_the_failed_token_can_be_named_by_its_own_id_or_by_the_incidents() -> None:
    for name in ("token", "of"):
        walk = Walk(patched("subprocess", ">PT1H<", ">=patience<"), {"total": 1})
        wait = walk.wait("inner")
        run = walk.loaded()
        run.set_variables(None, {"patience": "PT2H"})
        run.retry(wait.token if name == "token" else wait.awaits.of)
        assert ("a", "user_task") in run.live


def test_an_incident_is_retried_once_only() -> None:
    walk = Walk(patched("subprocess", ">PT1H<", ">=patience<"), {"total": 1, "patience": None})
    token = walk.wait("inner").token
    walk.set({"patience": "PT2H"})
    walk.retry("inner")
    with pytest.raises(errors.Conflict):
        walk.run.retry(token)


def test_a_retry_that_fails_again_leaves_one_incident() -> None:
    walk = Walk(patched("subprocess", ">PT1H<", ">=patience<"), {"total": 1})
    walk.retry("inner")
    assert walk.at == ["inner"]


def test_a_process_that_goes_round_without_rest_is_stopped_and_can_go_on() -> None:
    walk = Walk("endless", {"n": 0, "limit": tokens.MAX_STEPS})
    assert [kind for _, kind in walk.run.live] == ["incident"]
    assert 0 < walk.variables["n"] < tokens.MAX_STEPS
    place = walk.at[0]
    walk.set({"limit": 0})
    walk.retry(place)
    assert walk.run.end == ["done"]


def test_a_process_that_goes_round_with_heavy_expressions_is_stopped_much_earlier() -> None:
    source = patched("endless", "=n + 1", "=n + count(for i in 1..40000 return i)")
    walk = Walk(source, {"n": 0, "limit": 10**12})
    assert [kind for _, kind in walk.run.live] == ["incident"]
    assert walk.wait(walk.at[0]).awaits.values["steps"] < tokens.MAX_STEPS / 10


def test_a_collection_without_measure_is_an_incident_before_it_fills_the_memory() -> None:
    walk = Walk("multi_instance_parallel", {"voters": list(range(100_000))})
    assert walk.run.live == [("vote", "incident")]


def test_a_process_that_doubles_its_tokens_for_ever_is_stopped() -> None:
    bomb = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL">
      <bpmn:process id="bomb" isExecutable="true"><bpmn:startEvent id="s"/><bpmn:exclusiveGateway id="m"/>
      <bpmn:parallelGateway id="p"/><bpmn:sequenceFlow id="1" sourceRef="s" targetRef="m"/>
      <bpmn:sequenceFlow id="2" sourceRef="m" targetRef="p"/><bpmn:sequenceFlow id="3" sourceRef="p" targetRef="m"/>
      <bpmn:sequenceFlow id="4" sourceRef="p" targetRef="m"/></bpmn:process></bpmn:definitions>"""
    run = runtime.begin(runtime.parse(bomb.encode())[0], {}, host=HOST)
    assert [wait.kind for wait in run.take().opened] == ["incident"]
    assert len(run.dump()["tokens"]) < 2 * tokens.MAX_STEPS


def test_what_is_over_is_refused() -> None:
    walk = Walk("exclusive_gateway")
    token = walk.wait("review").token
    walk.complete("review", {"decision": "approve"})
    with pytest.raises(errors.Conflict):
        walk.run.complete(token, {})


def test_a_process_without_a_start_is_refused() -> None:
    empty = runtime.Program("empty", "", True, None, {}, {}, (), ())
    with pytest.raises(errors.Invalid):
        runtime.begin(empty, {}, host=HOST)
