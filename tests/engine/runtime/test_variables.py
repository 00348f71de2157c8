"""Variables live in scopes and move by Camunda 8's rules."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from engine import runtime
from tests.engine.runtime.walking import HOST, NOW, Walk, around, extended, xml

START = {"price": Decimal("0.1"), "quantity": 3, "channel": "post"}


def test_a_script_task_computes_exactly() -> None:
    assert Walk("variables", START).variables["total"] == Decimal("0.3")


def test_a_decision_is_asked_for_with_its_result_variable() -> None:
    walk = Walk("variables", START)
    assert walk.wait("decide").kind == "decision"
    assert vars(walk.wait("decide").awaits) == {
        "decision_id": "discount",
        "result_variable": "discount",
        "inputs": {**START, "total": Decimal("0.3")},
    }
    walk.complete("decide", {"discount": 5})
    assert walk.variables["discount"] == 5


def test_a_job_gets_its_inputs_one_built_on_the_other_and_its_type_may_be_feel() -> None:
    walk = Walk("variables", START)
    walk.complete("decide", {"discount": 5})
    work = walk.wait("notify").awaits
    assert work.type == "mail.post"
    assert work.retries == 3
    assert work.inputs == {"cost": Decimal("0.3"), "more": Decimal("1.3"), "nested": {"deep": "x"}}


def test_with_output_mappings_nothing_else_gets_out_of_a_task() -> None:
    walk = Walk("variables", START)
    walk.complete("decide", {"discount": 5})
    walk.complete("notify", {"reply": "ok", "noise": 1})
    assert walk.variables["answer"] == "ok"
    assert walk.variables["nested"] == {"reply": "ok"}
    assert not {"noise", "cost", "reply"} & set(walk.variables)


def test_the_outcome_gets_out_of_a_task_with_output_mappings() -> None:
    mapping = '<zeebe:ioMapping><zeebe:output source="=outcome + note" target="line"/></zeebe:ioMapping>'
    walk = Walk(around(f'<bpmn:userTask id="x">{extended(mapping)}</bpmn:userTask>'))
    walk.complete("x", {"note": "!"}, outcome="approve")
    assert walk.variables == {"line": "approve!", "outcome": "approve"}


def test_the_outcome_may_have_a_name_of_its_own() -> None:
    walk = Walk("link_events")
    walk.run.complete(walk.wait("a").token, {}, outcome="approve", result="decision")
    assert walk.run.variables() == {"decision": "approve"}


def test_manual_and_undefined_tasks_are_passed() -> None:
    walk = Walk("variables", START)
    walk.complete("decide", {"discount": 5})
    walk.complete("notify", {"reply": "ok"})
    assert walk.at == ["check"]
    assert walk.path[-3:] == ["by_hand", "anything", "check"]


def test_a_result_goes_to_the_scope_that_holds_its_name_else_to_the_process() -> None:
    walk = Walk("subprocess", {"total": 1})
    walk.complete("a", {"amount": 7, "fresh": 2})
    inner = walk.run.variables(walk.wait("b").token)
    assert inner == {"total": 1, "amount": 7, "fresh": 2}
    assert walk.variables == {"total": 1, "fresh": 2}


def test_variables_can_be_set_in_the_scope_of_one_token_only() -> None:
    walk = Walk("parallel_gateway", {"note": "all"})
    walk.set({"note": "mine"}, walk.wait("a").token)
    assert walk.run.variables(walk.wait("a").token)["note"] == "mine"
    assert walk.run.variables(walk.wait("b").token)["note"] == "all"


def test_a_state_is_not_changed_by_the_run_that_was_loaded_from_it() -> None:
    walk = Walk("multi_instance_sequential", {"signers": ["p", "q", "r"]})
    before = repr(walk.state)
    run = walk.loaded()
    run.complete(walk.wait("sign").token, {"signature": "P"})
    assert repr(walk.state) == before


def test_expressions_may_ask_the_hosts_look_ups_and_its_clock() -> None:
    source = xml("variables").replace(b"=price * quantity", b"=[head of(channel), string(now())]")
    host = runtime.Host(now=NOW + timedelta(days=1), functions={"head of": lambda name: f"head of {name}"})
    run = runtime.begin(runtime.parse(source)[0], START, host=host)
    head, moment = run.variables()["total"]
    assert head == "head of post"
    assert str(moment).startswith("2026-03-03T01:00")


def test_a_variable_may_be_called_like_a_built_in_function_or_hold_an_operator() -> None:
    source = xml("variables").replace(b"=price * quantity", "=count([date]) + 高-低".encode())
    run = runtime.begin(runtime.parse(source)[0], {**START, "date": "2026-03-02", "高-低": 2}, host=HOST)
    assert run.variables()["total"] == 3
