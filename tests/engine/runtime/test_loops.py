"""Multi-instance activities and standard loops."""

from __future__ import annotations

from tests.engine.runtime.walking import Walk, around, extended


def test_a_parallel_multi_instance_task_opens_once_per_item_with_variables_of_its_own() -> None:
    walk = Walk("multi_instance_parallel", {"voters": ["a", "b", "c"]})
    inputs = [wait.awaits.inputs for wait in walk.waits("vote")]
    assert [entry["voter"] for entry in inputs] == ["a", "b", "c"]
    assert [entry["loopCounter"] for entry in inputs] == [1, 2, 3]


def test_the_output_collection_keeps_the_order_of_the_items() -> None:
    walk = Walk("multi_instance_parallel", {"voters": ["a", "b"]})
    walk.complete("vote", {"choice": "yes"}, nth=1)
    walk.complete("vote", {"choice": "no"})
    assert walk.at == ["count_votes"]
    assert walk.variables["votes"] == [{"who": "a", "vote": "no"}, {"who": "b", "vote": "yes"}]


def test_a_completion_condition_over_what_was_collected_ends_the_rest() -> None:
    walk = Walk("multi_instance_parallel", {"voters": ["a", "b", "c", "d"]})
    walk.complete("vote", {"choice": "no"}, nth=3)
    assert len(walk.waits("vote")) == 3
    walk.complete("vote", {"choice": "no"}, nth=1)
    assert walk.at == ["count_votes"]
    assert [step.element_id for step in walk.steps if step.what == "cancelled"] == ["vote", "vote"]


def test_a_boundary_event_of_a_multi_instance_task_ends_all_items() -> None:
    walk = Walk("multi_instance_parallel", {"voters": ["a", "b"]})
    assert len(walk.waits("late")) == 1
    walk.fire("late")
    assert walk.run.is_ended
    assert walk.at == []


def test_the_outcomes_of_all_items_can_be_collected() -> None:
    settings = extended(
        '<zeebe:loopCharacteristics inputCollection="=[1, 2]" outputCollection="all" outputElement="=outcome"/>'
    )
    loop = f"<bpmn:multiInstanceLoopCharacteristics>{settings}</bpmn:multiInstanceLoopCharacteristics>"
    walk = Walk(around(f'<bpmn:userTask id="x">{loop}</bpmn:userTask>'))
    walk.complete("x", outcome="approve")
    walk.complete("x", outcome="reject")
    assert walk.variables == {"all": ["approve", "reject"]}


def test_what_each_item_maps_to_the_output_element_is_collected_and_stays_with_the_item() -> None:
    mapping = '<zeebe:ioMapping><zeebe:output source="={of: item, found: finding}" target="part"/></zeebe:ioMapping>'
    multiple = '<zeebe:loopCharacteristics inputCollection="=[1, 2]" inputElement="item" outputCollection="all" outputElement="=part"/>'
    loop = f"<bpmn:multiInstanceLoopCharacteristics>{extended(multiple)}</bpmn:multiInstanceLoopCharacteristics>"
    walk = Walk(around(f'<bpmn:userTask id="x">{extended(mapping)}{loop}</bpmn:userTask>'))
    walk.complete("x", {"finding": "b"}, nth=1)
    walk.complete("x", {"finding": "a"})
    assert walk.variables == {"all": [{"of": 1, "found": "a"}, {"of": 2, "found": "b"}]}


def test_an_empty_collection_is_passed() -> None:
    walk = Walk("multi_instance_parallel", {"voters": []})
    assert walk.at == ["count_votes"]
    assert walk.variables["votes"] == []


def test_a_collection_that_is_no_list_is_an_incident_that_can_be_repaired() -> None:
    walk = Walk("multi_instance_parallel", {"voters": "a"})
    assert walk.run.live == [("vote", "incident")]
    walk.set({"voters": ["a"]})
    walk.retry("vote")
    assert sorted(wait.kind for wait in walk.open.values()) == ["timer", "user_task"]


def test_a_sequential_multi_instance_task_opens_one_after_the_other() -> None:
    walk = Walk("multi_instance_sequential", {"signers": ["p", "q", "r"]})
    for signer in "pqr":
        assert [wait.awaits.inputs["signer"] for wait in walk.open.values()] == [signer]
        walk.complete("sign", {"signature": signer.upper()})
    assert walk.at == ["after"]
    assert walk.variables == {"signers": ["p", "q", "r"], "signed": ["P", "Q", "R"]}


def test_the_result_of_an_item_stays_with_the_item() -> None:
    walk = Walk("multi_instance_sequential", {"signers": ["p", "q"], "signature": "mine"})
    walk.complete("sign", {"signature": "P"})
    assert walk.variables["signature"] == "mine"


def test_every_item_of_a_multi_instance_subprocess_is_a_scope() -> None:
    walk = Walk("multi_instance_subprocess", {"items": [5, 7]})
    assert [wait.awaits.inputs["shown"] for wait in walk.waits("confirm")] == [5, 7]
    walk.complete("confirm")
    walk.complete("confirm")
    assert walk.run.is_ended


def test_a_standard_loop_goes_on_while_its_condition_holds() -> None:
    walk = Walk("standard_loop", {"ok": False})
    walk.complete("try_it")
    walk.complete("try_it", {"ok": True})
    assert walk.run.is_ended


def test_a_standard_loop_stops_at_its_maximum() -> None:
    walk = Walk("standard_loop", {"ok": False})
    for _ in range(3):
        walk.complete("try_it")
    assert walk.run.is_ended
    assert walk.variables == {"ok": False}
