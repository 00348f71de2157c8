"""Subprocesses, event subprocesses, transactions, compensation, ad-hoc work and called processes."""

from __future__ import annotations

from tests.engine.runtime.walking import Walk


def test_a_subprocess_is_over_when_the_last_of_its_branches_is() -> None:
    walk = Walk("subprocess", {"total": 1})
    walk.complete("a")
    assert walk.at == ["b", "timeout"]
    walk.complete("b")
    assert walk.at == ["after"]


def test_a_subprocess_keeps_its_own_variables_and_maps_its_result_outwards() -> None:
    walk = Walk("subprocess", {"total": 1})
    walk.complete("a", {"amount": 10})
    assert walk.variables == {"total": 1}
    walk.complete("b")
    assert walk.variables == {"total": 11}


def test_a_boundary_event_of_a_subprocess_ends_all_that_runs_inside() -> None:
    walk = Walk("subprocess", {"total": 1})
    walk.fire("timeout")
    assert walk.run.end == ["timed_out"]
    assert walk.at == []


def test_an_interrupting_event_subprocess_takes_over() -> None:
    walk = Walk("event_subprocesses", {"order": "A1"})
    assert walk.at == ["cancel_asked", "note_came", "work"]
    walk.deliver("cancel_asked", {"reason": "late"})
    assert walk.at == ["clean_up"]
    assert walk.run.variables(walk.wait("clean_up").token)["reason"] == "late"
    assert "reason" not in walk.variables
    walk.complete("clean_up")
    assert walk.run.is_ended


def test_a_non_interrupting_event_subprocess_runs_beside_as_often_as_it_is_triggered() -> None:
    walk = Walk("event_subprocesses", {"order": "A1"})
    walk.deliver("note_came", {"text": "one"})
    walk.deliver("note_came", {"text": "two"})
    assert walk.at == ["cancel_asked", "note_came", "read_note", "read_note", "work"]
    texts = [walk.run.variables(wait.token)["text"] for wait in walk.waits("read_note")]
    assert texts == ["one", "two"]
    walk.complete("work")
    assert not walk.run.is_ended
    walk.complete("read_note")
    walk.complete("read_note")
    assert walk.run.is_ended
    assert walk.at == []


def test_an_error_starts_an_event_subprocess_of_the_scope() -> None:
    walk = Walk("event_subprocesses", {"order": "A1"})
    assert walk.error("work", "OUT_OF_STOCK")
    assert walk.at == ["repair"]


def test_an_error_thrown_inside_an_event_subprocess_does_not_start_it_again() -> None:
    walk = Walk("event_subprocesses", {"order": "A1"})
    walk.error("work", "OUT_OF_STOCK")
    assert not walk.error("repair", "OUT_OF_STOCK")


def test_a_cancelled_transaction_compensates_last_first_and_leaves_by_its_cancel_event() -> None:
    walk = Walk("transaction")
    walk.complete("book_hotel")
    walk.complete("book_flight", {"ok": False})
    assert walk.at == ["cancel_flight"]
    walk.complete("cancel_flight")
    assert walk.at == ["cancel_hotel"]
    walk.complete("cancel_hotel")
    assert walk.at == ["apologise"]


def test_a_completed_transaction_can_still_be_compensated_from_outside() -> None:
    walk = Walk("transaction")
    walk.complete("book_hotel")
    walk.complete("book_flight", {"ok": True})
    walk.complete("celebrate")
    walk.complete("cancel_flight")
    walk.complete("cancel_hotel")
    assert walk.run.end == ["done"]


def test_an_ad_hoc_subprocess_opens_what_was_chosen_and_ends_on_its_condition() -> None:
    walk = Walk("ad_hoc", {"wanted": ["a", "b"], "enough": False})
    assert walk.at == ["a", "b"]
    walk.complete("b")
    assert walk.at == ["a", "b2"]
    walk.complete("b2", {"enough": True})
    assert walk.at == ["after"]
    assert [step.element_id for step in walk.steps if step.what == "cancelled"] == ["a"]


def test_an_ad_hoc_subprocess_whose_work_is_all_done_ends_without_its_condition() -> None:
    walk = Walk("ad_hoc", {"wanted": ["a"], "enough": False})
    walk.complete("a")
    assert walk.at == ["after"]


def test_an_ad_hoc_subprocess_without_anything_chosen_is_passed() -> None:
    assert Walk("ad_hoc", {"wanted": []}).at == ["after"]


def test_an_unknown_activity_of_an_ad_hoc_subprocess_is_an_incident() -> None:
    walk = Walk("ad_hoc", {"wanted": ["nothing"]})
    assert walk.run.live == [("prepare", "incident")]
    walk.set({"wanted": ["c"]})
    walk.retry("prepare")
    assert walk.at == ["c"]


def test_a_call_activity_waits_for_an_instance_of_its_own() -> None:
    walk = Walk("call_activity", {"kind": "b", "order": "A1"})
    wait = walk.wait("call")
    assert wait.kind == "call"
    assert vars(wait.awaits) == {
        "process_id": "child_b",
        "inputs": {"kind": "b", "order": "A1", "number": "A1"},
        "propagate_all_parent_variables": True,
        "propagate_all_child_variables": False,
    }
    walk.complete("call", {"result": 5, "noise": 1})
    assert walk.variables == {"kind": "b", "order": "A1", "answer": 5}
    walk.complete("call_all", {"noise": 2})
    assert walk.variables["noise"] == 2


def test_an_error_of_a_called_process_is_caught_at_the_call_activity() -> None:
    walk = Walk("call_activity", {"kind": "b", "order": "A1"})
    assert walk.error("call", "ANY")
    assert walk.run.end == ["no"]


def test_cancelling_an_instance_closes_every_wait() -> None:
    walk = Walk("event_subprocesses", {"order": "A1"})
    walk.deliver("note_came")
    walk.cancel()
    assert walk.run.is_ended
    assert walk.run.end == []
    assert walk.at == []
    assert {closed.reason for closed in walk.closed} == {"cancelled"}
