"""Gateways decide and join as BPMN 13.4 says."""

from __future__ import annotations

import pytest

from tests.engine.runtime.walking import Walk


@pytest.mark.parametrize(("decision", "end"), [("approve", "approved"), ("reject", "rejected")])
def test_an_exclusive_gateway_takes_the_flow_whose_condition_holds(decision: str, end: str) -> None:
    walk = Walk("exclusive_gateway")
    walk.complete("review", {"decision": decision})
    assert walk.run.is_ended
    assert walk.run.end == [end]


def test_an_exclusive_gateway_takes_its_default_when_no_condition_holds() -> None:
    walk = Walk("exclusive_gateway")
    walk.complete("review", {"decision": "return"})
    assert walk.at == ["review"]
    assert ("is_approved_to_review", "taken") in [(step.element_id, step.what) for step in walk.steps]


def test_the_outcome_of_a_user_task_is_a_variable_of_the_scope_around() -> None:
    walk = Walk("exclusive_gateway")
    walk.complete("review", {"decision": "approve"}, outcome="approve")
    assert walk.variables == {"decision": "approve", "outcome": "approve"}


@pytest.mark.parametrize("order", ["abc", "cab", "bca"])
def test_a_parallel_join_waits_for_every_branch(order: str) -> None:
    walk = Walk("parallel_gateway")
    for branch in order:
        assert "after" not in walk.at
        walk.complete(branch)
    assert walk.at == ["after"]
    assert walk.path.count("after") == 1


def test_a_parallel_join_in_a_loop_starts_afresh_every_round() -> None:
    walk = Walk("parallel_loop")
    for _ in range(3):
        walk.complete("b")
        assert walk.at == ["a"]
        walk.complete("a")
        assert walk.at == ["a", "b"]
    walk.complete("a", {"stop": True})
    walk.complete("b")
    assert walk.run.end == ["done"]


def test_a_parallel_branch_sees_what_the_other_one_wrote() -> None:
    walk = Walk("parallel_gateway", {"note": ""})
    walk.complete("a", {"note": "from a"})
    assert walk.run.variables(walk.wait("b").token)["note"] == "from a"


def test_a_join_that_can_never_be_complete_becomes_an_incident_instead_of_hanging() -> None:
    walk = Walk("stuck_join", {"x": 1})
    walk.complete("a")
    assert walk.run.live == [("join", "incident")]
    walk.retry("join")
    assert walk.run.live == [("join", "incident")]


def test_an_incident_at_a_join_is_over_when_the_missing_token_comes() -> None:
    walk = Walk("stuck_join", {"x": 1})
    walk.complete("a")
    walk.move("b")
    walk.complete("b")
    assert walk.run.end == ["done"]
    assert walk.at == []


def test_a_token_that_waits_at_a_join_in_vain_can_be_moved_away() -> None:
    walk = Walk("stuck_join", {"x": 1})
    walk.complete("a")
    walk.move("done", "join")
    assert walk.run.is_ended


@pytest.mark.parametrize(("x", "opened"), [(3, ["a", "b"]), (2, ["a"]), (1, ["c"])])
def test_an_inclusive_gateway_takes_every_flow_whose_condition_holds(x: int, opened: list[str]) -> None:
    walk = Walk("inclusive_gateway", {"x": x})
    assert walk.at == opened
    for branch in opened:
        assert "after" not in walk.at
        walk.complete(branch)
    assert walk.at == ["after"]


def test_an_inclusive_join_fires_when_the_last_missing_branch_ends_elsewhere() -> None:
    walk = Walk("inclusive_gateway", {"x": 3})
    walk.complete("b")
    assert walk.at == ["a"]
    walk.complete("a", {"gone": True})
    assert walk.at == ["after"]


def test_an_inclusive_join_that_is_the_head_of_a_loop_does_not_wait_for_itself() -> None:
    walk = Walk("inclusive_loop")
    walk.complete("work", {"again": True})
    walk.complete("work", {"again": False})
    walk.complete("finish")
    assert walk.run.is_ended


def test_the_first_event_behind_an_event_based_gateway_wins_and_the_others_close() -> None:
    walk = Walk("event_based_gateway", {"order": "A1", "patience": "P1D"})
    assert walk.run.live == [("wait", "gateway")]
    assert {wait.attached_to for wait in walk.open.values()} == {walk.run.dump()["tokens"][1]["id"]}
    walk.deliver("paid", {"amount": 5})
    assert walk.at == ["ship"]
    assert walk.variables["amount"] == 5
    assert sorted(closed.reason for closed in walk.closed) == ["cancelled", "cancelled", "completed"]
    assert [step.element_id for step in walk.steps if step.what == "taken"][-2:] == ["wait_to_paid", "paid_to_ship"]


def test_an_event_based_gateway_can_be_entered_again() -> None:
    walk = Walk("event_based_gateway", {"order": "A1", "patience": "P1D"})
    walk.fire("late")
    walk.complete("remind")
    walk.deliver("cancelled")
    assert walk.run.end == ["stopped"]


def test_elements_named_like_the_engines_own_parts_run() -> None:
    walk = Walk("reserved_ids")
    walk.complete("Root")
    assert walk.at == ["End"]
    walk.complete("End")
    assert walk.run.end == ["Stop"]
    assert walk.path == ["Start", "Root", "reserved_ids.EndJoin", "End", "Stop"]
