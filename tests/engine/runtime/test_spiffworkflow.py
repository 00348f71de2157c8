"""What SpiffWorkflow 3.2.0 does by itself, and why parts of the runtime are ours: docs/spiffworkflow.md names these tests.

A test that fails after an upgrade may be good news: the reason it shows is gone, and the part can be SpiffWorkflow's.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
from SpiffWorkflow.dmn.specs.model import DecisionTable
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.util.task import TaskState

from tests.engine.runtime.plain_spiff import Plain, diagram, flows, some

AROUND = some("startEvent", "s") + some("endEvent", "e")
MULTI = (
    '<bpmn:userTask id="d"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>items</bpmn:loopDataInputRef>'
    '<bpmn:loopDataOutputRef>out</bpmn:loopDataOutputRef><bpmn:inputDataItem id="i" name="i"/>'
    '<bpmn:outputDataItem id="o" name="o"/></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>'
)


def test_a_long_loop_loses_its_token_and_is_reported_complete() -> None:
    plain = Plain(
        diagram(AROUND + some("exclusiveGateway", "g", "c") + some("userTask", "a"), "s g a c g?again", "c e?not(again)")
    )
    rounds = 0
    while not plain.is_over:
        plain.do("a", again=True)
        rounds += 1
    assert rounds == 333, "the token of the 334th is gone, although the process was to go on"
    assert plain.at == []


def test_the_tree_keeps_every_step_of_the_past() -> None:
    plain = Plain(
        diagram(AROUND + some("exclusiveGateway", "g", "c") + some("userTask", "a"), "s g a c g?again", "c e?not(again)")
    )
    before = len(plain.workflow.tasks)
    for _ in range(50):
        plain.do("a", again=True)
    assert len(plain.workflow.tasks) >= before + 150


def looped(gateway: str) -> bytes:
    """Two branches joined, and again."""
    inner = some("exclusiveGateway", "m", "c") + some(gateway, "f", "j") + some("userTask", "a", "b")
    every = "?True" if gateway == "inclusiveGateway" else ""
    return diagram(AROUND + inner, f"s m f a{every} j c m?again", f"f b{every} j", "c e?not(again)")


@pytest.mark.parametrize("gateway", ["parallelGateway", "inclusiveGateway"])
def test_a_join_in_a_loop_takes_an_arrival_of_an_earlier_round_for_one_of_this(gateway: str) -> None:
    plain = Plain(looped(gateway))
    for task in ("a", "b"):
        plain.do(task, again=True)
    assert plain.ready == ["a", "b"]
    plain.do("b", again=True)
    assert plain.ready == ["a", "a", "b"], "the join went on without the branch of `a`"


def test_multi_instance_collects_its_results_in_the_order_they_come() -> None:
    plain = Plain(diagram(AROUND + MULTI, "s d e"), items=["first", "second"])
    for item in ("second", "first"):
        task = next(task for task in plain.workflow.get_tasks() if task.data.get("i") == item)
        task.data["o"] = f"result of the {item}"
        task.run()
    plain.workflow.do_engine_steps()
    assert plain.workflow.last_task.data["out"] == ["result of the second", "result of the first"]


def test_data_are_copied_at_every_step_so_that_a_branch_does_not_see_what_the_other_wrote() -> None:
    plain = Plain(
        diagram(AROUND + some("parallelGateway", "f", "j") + some("userTask", "a", "b", "z"), "s f a z j e", "f b j"),
        known=["x"],
    )
    plain.do("a", note="from a")
    assert "note" not in plain.task("b").data
    assert plain.task("z").data["known"] is not plain.task("b").data["known"]


def test_a_list_that_a_branch_made_shorter_is_long_again_behind_the_join() -> None:
    plain = Plain(
        diagram(AROUND + some("parallelGateway", "f", "j") + some("userTask", "a", "b", "z"), "s f a j z e", "f b j"),
        names=["x", "y"],
    )
    plain.do("a", names=["x"])
    plain.do("b")
    assert plain.task("z").data["names"] == ["x", "y"]


@pytest.mark.parametrize("taken", ["End", "p.EndJoin"])
def test_a_task_named_like_a_part_of_the_engine_is_never_reached_and_the_case_is_over(taken: str) -> None:
    plain = Plain(diagram(AROUND + some("userTask", taken), f"s {taken} e"))
    assert plain.ready == []
    assert plain.is_over


def test_a_start_event_named_start_is_refused_without_a_word_about_the_element() -> None:
    with pytest.raises(WorkflowException) as refused:
        Plain(diagram(some("startEvent", "Start") + some("userTask", "a") + some("endEvent", "e"), "Start a e"))
    assert str(refused.value).strip() == "No output task connected.."


def test_a_loop_without_a_gateway_overflows_the_stack() -> None:
    source = diagram(AROUND + some("userTask", "a", "b"), "s a b a")
    with pytest.raises(RecursionError):
        Plain(source)


def test_a_multi_instance_task_behind_a_boundary_event_and_a_task_is_refused_in_the_middle_of_the_run() -> None:
    boundary = '<bpmn:boundaryEvent id="x" attachedToRef="a"><bpmn:messageEventDefinition messageRef="m"/></bpmn:boundaryEvent>'
    plain = Plain(diagram(AROUND + some("userTask", "a", "c") + boundary + MULTI, "s a e", "x c d e"), items=[1])
    plain.deliver(plain.task("x").task_spec.event_definition)
    with pytest.raises(WorkflowException, match="non-predicted child"):
        plain.do("c")


def test_a_message_beside_an_activity_is_heard_once_and_never_again() -> None:
    message = '<bpmn:messageEventDefinition messageRef="m"/>'
    boundary = f'<bpmn:boundaryEvent id="x" attachedToRef="a" cancelActivity="false">{message}</bpmn:boundaryEvent>'
    plain = Plain(diagram(AROUND + some("userTask", "a", "c") + boundary, "s a e", "x c e"))
    definition = plain.task("x").task_spec.event_definition
    plain.deliver(definition)
    plain.deliver(definition)
    assert plain.ready == ["a", "c"], "BPMN starts `c` with every message, as long as `a` is open"


def with_event_subprocess(event: str, interrupting: str) -> bytes:
    inner = f'<bpmn:startEvent id="ss" isInterrupting="{interrupting}">{event}</bpmn:startEvent>' + some("userTask", "x")
    inner += some("endEvent", "ee") + flows("ss x ee")
    return diagram(
        AROUND + some("userTask", "a") + f'<bpmn:subProcess id="es" triggeredByEvent="true">{inner}</bpmn:subProcess>', "s a e"
    )


def test_an_interrupting_event_subprocess_interrupts_nothing_and_changes_the_process_for_all_others() -> None:
    plain = Plain(with_event_subprocess('<bpmn:messageEventDefinition messageRef="m"/>', "true"))
    start = next(iter(plain.workflow.subprocess_specs["es"].bpmn_start_events))
    plain.deliver(start.event_definition)
    assert plain.ready == ["a", "x"]
    assert "ss" in Plain(plain.specs).at, "a workflow that begins afterwards already waits in the event subprocess"


def test_a_timer_event_subprocess_that_never_came_keeps_the_process_from_ending() -> None:
    timer = "<bpmn:timerEventDefinition><bpmn:timeDuration>'P5D'</bpmn:timeDuration></bpmn:timerEventDefinition>"
    plain = Plain(with_event_subprocess(timer, "false"))
    plain.do("a")
    assert not plain.is_over
    assert "p.EndJoin" in plain.at


def test_a_standard_loop_writes_into_the_process_that_all_share() -> None:
    loop = '<bpmn:userTask id="a"><bpmn:standardLoopCharacteristics loopMaximum="2"/></bpmn:userTask>'
    first = Plain(diagram(AROUND + loop, "s a e"))
    round_spec = next(task.task_spec for task in first.workflow.get_tasks() if task.state == TaskState.READY)
    assert round_spec.completed_event.n_subscribers()


def test_a_called_process_is_read_into_the_case_and_not_started_as_one_of_its_own() -> None:
    call = '<bpmn:callActivity id="a" calledElement="q"/>'
    called = f'<bpmn:process id="q" isExecutable="true">{some("startEvent", "t")}{some("userTask", "b")}{some("endEvent", "u")}{flows("t b u")}</bpmn:process>'
    source = diagram(AROUND + call, "s a e").replace(b"</bpmn:definitions>", called.encode() + b"</bpmn:definitions>")
    plain = Plain(source)
    assert plain.task("b").workflow.top_workflow is plain.workflow


@pytest.mark.parametrize("kind", ["manualTask", "task"])
def test_a_manual_or_undefined_task_waits_for_a_person(kind: str) -> None:
    assert Plain(diagram(AROUND + some(kind, "a"), "s a e")).ready == ["a"], "in Camunda 8 it is passed at once"


def test_a_service_task_calls_its_service_within_the_step() -> None:
    operator = '<x:serviceTaskOperator id="weigh" resultVariable="kilos"><x:parameters/></x:serviceTaskOperator>'
    extension = (
        f'<bpmn:extensionElements xmlns:x="http://spiffworkflow.org/bpmn/schema/1.0/core">{operator}</bpmn:extensionElements>'
    )
    parser = SpiffBpmnParser()
    parser.add_bpmn_str(diagram(AROUND + f'<bpmn:serviceTask id="a">{extension}</bpmn:serviceTask>', "s a e"))
    workflow = BpmnWorkflow(parser.get_spec("p"), script_engine=Weighing())
    workflow.do_engine_steps()
    assert workflow.is_completed(), "ours rests as a job until its worker answers"


class Weighing(PythonScriptEngine):
    def call_service(self, _task: object, **_asked: object) -> str:
        return "5"


@pytest.mark.parametrize("policy", ["FIRST", "RULE ORDER", "ANY", "PRIORITY", "OUTPUT ORDER"])
def test_most_hit_policies_of_a_decision_table_make_no_difference(policy: str) -> None:
    """With unlike outputs `ANY` must fail, and `RULE ORDER` give a list: SpiffWorkflow gives the first row's in any case."""
    table = DecisionTable("t", "t", policy)
    asked = []

    class Row:
        def __init__(self, output: int) -> None:
            self.inputEntries: list[object] = []
            self.output = output

        def output_as_dict(self, _task: object) -> dict[str, int]:
            asked.append(self.output)
            return {"level": self.output}

    table.rules = [Row(1), Row(2)]
    assert DMNEngine(table).result(None) == {"level": 1}
    assert asked == [1]


def test_the_document_names_every_test_here_and_no_other() -> None:
    document = (Path(__file__).parents[3] / "docs/spiffworkflow.md").read_text(encoding="utf-8")
    here = set(re.findall(r"^def (test_\w+)", Path(__file__).read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"`(test_\w+)`", document))
    assert named == here - {"test_the_document_names_every_test_here_and_no_other"}
