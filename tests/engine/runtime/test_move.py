"""Tokens are sent back, on, in and out of subprocesses without leaving anything behind."""

from __future__ import annotations

import pytest

from engine import errors
from tests.engine.runtime.walking import Walk


def test_going_back_cancels_the_task_and_opens_a_fresh_one_at_the_target() -> None:
    walk = Walk("link_events")
    walk.complete("a")
    left = walk.wait("b").token
    walk.move("a", "b")
    assert walk.at == ["a"]
    assert ("b", "cancelled", left) in [(step.element_id, step.what, step.token) for step in walk.steps]
    walk.complete("a")
    walk.complete("b")
    assert walk.run.end == ["done"]


def test_a_join_that_fired_is_not_fed_twice_after_a_branch_was_reopened_before_it() -> None:
    walk = Walk("parallel_gateway")
    walk.complete("a")
    walk.move("b", "b")
    walk.complete("b")
    assert walk.at == ["c"]
    walk.complete("c")
    assert walk.at == ["after"]


def test_moving_out_of_a_subprocess_closes_it_when_nothing_is_left_inside() -> None:
    walk = Walk("subprocess", {"total": 1})
    walk.move("after", "a")
    assert walk.at == ["after", "b", "timeout"]
    walk.move("after", "b")
    assert walk.at == ["after", "after"]
    assert "inner" not in [place for place, _ in walk.run.live]


def test_moving_into_a_subprocess_opens_it_with_its_boundary_events_and_inputs() -> None:
    walk = Walk("subprocess", {"total": 4})
    walk.complete("a")
    walk.complete("b")
    walk.move("b", "after")
    assert walk.at == ["b", "timeout"]
    assert walk.run.variables(walk.wait("b").token)["amount"] is not None
    walk.complete("b")
    assert walk.at == ["after"]


def test_moving_within_a_subprocess_stays_in_it() -> None:
    walk = Walk("subprocess", {"total": 1})
    walk.move("b", "a")
    assert walk.at == ["b", "b", "timeout"]
    assert [place for place, _ in walk.run.live].count("inner") == 1


def test_moving_an_item_away_lets_the_others_finish() -> None:
    walk = Walk("multi_instance_parallel", {"voters": ["a", "b"]})
    run = walk.loaded()
    run.move([walk.wait("vote").token], "count_votes")
    assert sorted(run.live) == [("count_votes", "user_task"), ("vote", "user_task")]


def test_moving_to_a_multi_instance_task_starts_all_its_items() -> None:
    walk = Walk("multi_instance_parallel", {"voters": ["a"]})
    walk.complete("vote", {"choice": "yes"})
    walk.set({"voters": ["a", "b"]})
    walk.move("vote", "count_votes")
    assert len(walk.waits("vote")) == 2


def test_a_failed_place_can_be_left_by_a_move() -> None:
    walk = Walk("no_match")
    walk.complete("a", {"amount": 7})
    walk.move("a", "choice")
    assert walk.at == ["a"]


@pytest.mark.parametrize("target", ["nowhere", "timeout", "i_begin"])
def test_a_start_within_a_boundary_event_and_the_unknown_are_no_targets(target: str) -> None:
    walk = Walk("subprocess", {"total": 1})
    with pytest.raises(errors.Invalid):
        walk.run.move([walk.wait("a").token], target)


def test_moving_an_event_behind_a_gateway_moves_the_gateways_token() -> None:
    walk = Walk("event_based_gateway", {"order": "A1", "patience": "P1D"})
    run = walk.loaded()
    run.move([walk.wait("paid").token], "ship")
    assert run.live == [("ship", "user_task")]


def test_an_incident_of_the_process_itself_is_not_moved() -> None:
    walk = Walk("event_subprocesses")
    with pytest.raises(errors.Invalid):
        walk.run.move([walk.wait("event_subprocesses").token], "work")


def test_a_token_that_is_gone_cannot_be_moved() -> None:
    walk = Walk("parallel_gateway")
    token = walk.wait("a").token
    walk.complete("a")
    with pytest.raises(errors.Conflict):
        walk.run.move([token], "b")
