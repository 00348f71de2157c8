"""Events are waited for, caught and thrown as BPMN 10.5 and Camunda 8 say."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import errors, runtime
from tests.engine.runtime.walking import HOST, Walk, program


def test_a_timer_boundary_event_carries_its_text_and_its_activity() -> None:
    walk = Walk("timer_events", {"until": "2026-05-01"})
    overdue = walk.wait("overdue")
    assert vars(overdue.awaits) == {"type": "duration", "expression": "5wd", "repetitions": 1, "fired": 0}
    assert overdue.attached_to == walk.wait("work").token
    assert overdue.interrupting


def test_an_interrupting_timer_cancels_the_activity_and_what_else_hangs_on_it() -> None:
    walk = Walk("timer_events", {"until": "2026-05-01"})
    walk.fire("overdue")
    assert walk.at == ["escalated"]
    assert ("work", "cancelled") in [(step.element_id, step.what) for step in walk.steps]


def test_a_cycle_timer_fires_as_often_as_it_says_and_leaves_the_activity_open() -> None:
    walk = Walk("timer_events", {"until": "2026-05-01"})
    for left in (3, 2, 1):
        assert walk.wait("nudge").awaits.repetitions == left
        assert walk.wait("nudge").awaits.fired == 3 - left
        walk.fire("nudge")
    assert walk.at == ["hourly", "overdue", "work"]
    assert walk.variables["nudges"] == 3


def test_a_cron_cycle_never_runs_out() -> None:
    walk = Walk("timer_events", {"until": "2026-05-01"})
    for fired in range(5):
        assert vars(walk.wait("hourly").awaits) == {
            "type": "cycle",
            "expression": "0 0 * * * *",
            "repetitions": None,
            "fired": fired,
        }
        walk.fire("hourly")
    assert "work" in walk.at


def test_completing_the_activity_closes_its_boundary_events() -> None:
    walk = Walk("timer_events", {"until": "2026-05-01"})
    walk.complete("work")
    assert walk.at == ["pause"]
    assert walk.wait("pause").awaits.expression == "2026-05-01"
    walk.fire("pause")
    assert walk.run.is_ended


def test_a_timer_may_be_a_feel_duration() -> None:
    walk = Walk("event_based_gateway", {"order": "A1", "patience": "P1DT2H"})
    assert walk.wait("late").awaits.expression == "P1DT2H"


def test_a_message_catch_event_names_its_message_and_its_correlation_key() -> None:
    walk = Walk("message_events", {"order": "A1"})
    assert vars(walk.wait("answer").awaits) == {"name": "answer", "correlation_key": "A1"}


def test_a_number_can_be_a_correlation_key() -> None:
    walk = Walk("message_events", {"order": 42})
    assert walk.wait("answer").awaits.correlation_key == "42"


def test_a_thrown_message_carries_what_the_input_mappings_give() -> None:
    walk = Walk("message_events", {"order": "A1", "secret": 1})
    assert walk.thrown == [runtime.Thrown("message", "question", None, {"reference": "A1"}, "ask")]


def test_a_message_passes_its_output_mapping_a_receive_task_takes_all_a_send_task_is_a_job() -> None:
    walk = Walk("message_events", {"order": "A1"})
    walk.deliver("answer", {"text": "yes", "noise": 1})
    assert walk.variables == {"order": "A1", "answer": "yes"}
    walk.deliver("receipt", {"number": 7})
    assert walk.variables["number"] == 7
    assert walk.wait("confirm").awaits.type == "mail.send"
    walk.complete("confirm")
    assert [thrown.element_id for thrown in walk.thrown] == ["ask", "told"]


def test_a_message_that_comes_twice_is_refused_the_second_time() -> None:
    walk = Walk("message_events", {"order": "A1"})
    token = walk.wait("answer").token
    walk.deliver("answer")
    with pytest.raises(errors.Conflict):
        walk.run.deliver(token, {})


def test_a_wait_is_not_completed_by_the_wrong_kind_of_call() -> None:
    walk = Walk("message_events", {"order": "A1"})
    with pytest.raises(errors.Conflict):
        walk.run.complete(walk.wait("answer").token, {})
    with pytest.raises(errors.Conflict):
        walk.run.fire(walk.wait("answer").token)


def test_a_process_lists_its_ways_in() -> None:
    starts = {start.element_id: start for start in program("message_start").start_events}
    assert starts["ordered"].message_name == "order"
    assert starts["ordered"].correlation == "=order"
    assert starts["alarm"].signal_name == "alarm"
    assert starts["nightly"].timer == runtime.Timer("cycle", "0 0 1 * * *")
    assert [start.kind for start in starts.values()] == ["none", "message", "timer", "signal"]


def test_a_message_start_event_applies_its_output_mapping() -> None:
    walk = Walk("message_start", {"body": {"order": "A7"}}, start="ordered")
    assert walk.path == ["ordered", "handle"]
    assert walk.variables["order"] == "A7"


def test_starting_at_an_element_that_is_not_there_is_refused() -> None:
    with pytest.raises(errors.Invalid):
        runtime.begin(program("message_start"), {}, host=HOST, start_element="nowhere")


def test_a_signal_interrupts_and_a_thrown_one_is_reported() -> None:
    walk = Walk("signal_events", {"region": "north"})
    walk.complete("work")
    assert [(thrown.kind, thrown.name) for thrown in walk.thrown] == [("signal", "go-north")]
    assert vars(walk.wait("wait").awaits) == {"name": "go-north"}
    walk.deliver("wait")
    assert walk.run.end == ["done"]
    other = Walk("signal_events", {"region": "north"})
    other.deliver("stopped")
    assert other.run.end == ["halted"]


def test_an_error_from_a_job_goes_to_the_boundary_event_with_its_code() -> None:
    walk = Walk("error_events")
    assert walk.error("reserve", "OUT_OF_STOCK", {"missing": 3})
    assert walk.at == ["order_more"]
    assert walk.variables["missing"] == 3


def test_an_error_without_a_matching_boundary_event_rises_to_the_subprocess() -> None:
    walk = Walk("error_events")
    assert walk.error("reserve", "SOMETHING")
    assert walk.at == ["apologise"]
    assert walk.variables == {"reason": "SOMETHING"}


def test_an_error_end_event_is_caught_around_its_subprocess() -> None:
    walk = Walk("error_events")
    walk.complete("reserve", {"broken": True})
    assert walk.at == ["apologise"]
    assert "fulfil" not in [place for place, _ in walk.run.live]


def test_an_error_that_nothing_catches_is_told_to_the_caller_and_changes_nothing() -> None:
    walk = Walk("exclusive_gateway")
    assert not walk.error("review", "OUT_OF_STOCK")
    assert walk.at == ["review"]


def test_an_error_end_event_that_nothing_catches_is_an_incident_with_the_code() -> None:
    walk = Walk("error_events")
    walk.error("reserve", "SOMETHING")
    walk.complete("apologise")
    assert walk.run.live == [("uncaught", "incident")]
    assert walk.wait("uncaught").awaits.error_code == "FATAL"


def test_an_escalation_is_noted_beside_the_running_work() -> None:
    walk = Walk("escalation_events")
    assert walk.at == ["go_on", "read_note"]
    walk.complete("go_on")
    assert walk.at == ["read_note", "read_note"]


def test_an_escalation_that_nothing_catches_is_reported_and_the_token_goes_on() -> None:
    walk = Walk("escalation_events")
    walk.complete("go_on")
    assert [(thrown.kind, thrown.name, thrown.element_id) for thrown in walk.thrown] == [("escalation", "LATE", "outer_raise")]


def test_an_escalation_from_a_task_is_caught_around_it() -> None:
    walk = Walk("escalation_events")
    assert walk.escalate("go_on", "LATE")
    assert not walk.escalate("go_on", "OTHER")
    assert walk.at == ["go_on", "read_note", "read_note"]


def test_a_conditional_event_happens_when_a_variable_makes_it_true() -> None:
    walk = Walk("conditional_events", {"amount": 10})
    assert walk.at == ["noticed", "too_dear", "work"]
    walk.set({"amount": 60})
    assert "look" in walk.at
    walk.set({"amount": 70})
    assert walk.at.count("look") == 1
    walk.set({"amount": Decimal("100.01")})
    assert walk.at == ["approve", "look"]


def test_a_condition_that_holds_from_the_start_does_not_wait() -> None:
    walk = Walk("conditional_events", {"amount": 10, "paid": True})
    walk.complete("work")
    assert walk.run.is_ended


def test_a_link_event_jumps_to_its_partner() -> None:
    walk = Walk("link_events")
    walk.complete("a")
    assert walk.at == ["b"]
    assert walk.path == ["begin", "a", "jump", "land", "b"]


def test_a_terminate_end_event_ends_the_other_branches() -> None:
    walk = Walk("terminate")
    walk.complete("a")
    assert walk.run.is_ended
    assert walk.at == []
    assert walk.run.end == ["all_over"]
