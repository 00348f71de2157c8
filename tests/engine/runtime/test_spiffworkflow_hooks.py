"""The private names of SpiffWorkflow 3.2.0 that the runtime stands on: after an upgrade, these tests tell which one broke."""

from __future__ import annotations

import inspect
from importlib import metadata
from typing import Any

import pytest
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition as SpiffEventDefinition
from SpiffWorkflow.bpmn.specs.mixins import ExclusiveGatewayMixin, IntermediateThrowEventMixin, StartEventMixin
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.script_task import ScriptEngineTask
from SpiffWorkflow.operators import Operator
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from engine import runtime
from engine.runtime.nodes import activities, definitions, gateways
from engine.runtime.nodes.base import FlowNode
from engine.runtime.tokens import Token, Tree
from tests.engine.runtime.walking import Walk, extended, inline


def test_the_version_is_the_one_whose_private_names_are_known() -> None:
    assert metadata.version("SpiffWorkflow") == "3.2.0"


def every_part() -> runtime.Program:
    """A script, a choice, a thrown event, one that is waited for, a task."""
    subscription = extended('<zeebe:subscription correlationKey="=&quot;k&quot;"/>')
    script = extended('<zeebe:script expression="=1 + 2" resultVariable="n"/>')
    flows = "".join(
        f'<bpmn:sequenceFlow id="to_{target}" sourceRef="{source}" targetRef="{target}"/>'
        for source, target in (("s", "sum"), ("sum", "g"), ("g", "out"), ("out", "wait"), ("wait", "review"), ("review", "e"))
    )
    return inline(
        f'<bpmn:startEvent id="s"/><bpmn:scriptTask id="sum">{script}'
        '</bpmn:scriptTask><bpmn:exclusiveGateway id="g" default="to_out"/>'
        '<bpmn:intermediateThrowEvent id="out"><bpmn:signalEventDefinition signalRef="sig"/></bpmn:intermediateThrowEvent>'
        '<bpmn:intermediateCatchEvent id="wait"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>'
        '<bpmn:userTask id="review"/><bpmn:endEvent id="e"/><bpmn:endEvent id="other"/>'
        '<bpmn:sequenceFlow id="to_other" sourceRef="g" targetRef="other">'
        f"<bpmn:conditionExpression>=n = 4</bpmn:conditionExpression></bpmn:sequenceFlow>{flows}",
        f'<bpmn:message id="m" name="m">{subscription}</bpmn:message><bpmn:signal id="sig" name="sig"/>',
    )


OVERRIDDEN = [
    (FlowNode, BpmnTaskSpec, "_predict_hook", "SpiffWorkflow would guess at the future after each choice"),
    (FlowNode, BpmnTaskSpec, "_update_hook", "a token comes to a node"),
    (FlowNode, BpmnTaskSpec, "_on_ready_hook", "a token can go on"),
    (FlowNode, BpmnTaskSpec, "_run_hook", "a node does its work"),
    (FlowNode, BpmnTaskSpec, "_on_complete_hook", "a token leaves"),
    (FlowNode, BpmnTaskSpec, "_on_cancel", "a token is cancelled"),
    (Token, Task, "_set_state", "a token changes its state"),
    (Token, Task, "_add_child", "a choice makes the next token"),
    (Token, Task, "_inherit_data", "an event would copy all data"),
    (Tree, Workflow, "_task_completed_notify", "a token is done"),
    (gateways.FlowCondition, Operator, "_matches", "a choice asks a condition"),
    (activities.ScriptTask, ScriptEngineTask, "_execute", "a script runs"),
    (definitions.EventDefinition, SpiffEventDefinition, "update_task", "an event has not come yet"),
    (definitions.EventDefinition, SpiffEventDefinition, "throw", "an event is thrown"),
]


@pytest.mark.parametrize(("ours", "theirs", "name", "when"), OVERRIDDEN, ids=[name for _, _, name, _ in OVERRIDDEN])
def test_what_the_runtime_overrides_is_still_called(
    ours: Any, theirs: Any, name: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = []
    original = getattr(ours, name)

    def recording(*arguments: Any, **more: Any) -> Any:
        called.append(name)
        return original(*arguments, **more)

    monkeypatch.setattr(ours, name, recording)
    walk = Walk(every_part())
    walk.deliver("wait")
    walk.cancel()
    assert called, f"nobody calls {name} when {when}"
    if hasattr(theirs, name):
        assert len(inspect.signature(getattr(theirs, name)).parameters) == len(inspect.signature(original).parameters)


CALLED = [
    (BpmnTaskSpec, "_update", ["self", "my_task"]),
    (Task, "_ready", ["self"]),
    (ExclusiveGatewayMixin, "_run_hook", ["self", "my_task"]),
    (IntermediateThrowEventMixin, "_run_hook", ["self", "my_task"]),
    (CatchingEvent, "_update_hook", ["self", "my_task"]),
    (CatchingEvent, "_on_ready_hook", ["self", "my_task"]),
    (CatchingEvent, "_run_hook", ["self", "my_task"]),
    (CatchingEvent, "catch", ["self", "my_task", "event"]),
    (StartEventMixin, "_update_hook", ["self", "my_task"]),
    (ScriptEngineTask, "_run_hook", ["self", "task"]),
]


@pytest.mark.parametrize(("owner", "name", "parameters"), CALLED)
def test_what_the_runtime_calls_is_still_there(owner: Any, name: str, parameters: list[str]) -> None:
    assert list(inspect.signature(getattr(owner, name)).parameters) == parameters


@pytest.mark.parametrize("name", ["_state", "_parent", "_children", "internal_data", "data", "task_spec", "workflow"])
def test_what_the_runtime_reads_of_a_task_is_kept_on_it(name: str) -> None:
    walk = Walk(every_part())
    token = walk.loaded()._tree.root
    assert name in vars(token)


def test_a_caught_event_is_remembered_where_spiffworkflow_looks_for_it() -> None:
    token = Walk(every_part()).loaded()._tree.tasks
    waiting = next(one for one in token.values() if one.task_spec.element.id == "wait")
    definition = waiting.task_spec.event_definition
    assert not definition.has_fired(waiting)
    definition.catch(waiting)
    assert definition.has_fired(waiting)


def test_the_states_of_a_task_keep_their_numbers() -> None:
    named = {
        name: getattr(TaskState, name) for name in ("FUTURE", "WAITING", "READY", "STARTED", "COMPLETED", "ERROR", "CANCELLED")
    }
    assert list(named.values()) == sorted(named.values())
    assert named["COMPLETED"] | named["ERROR"] | named["CANCELLED"] == TaskState.FINISHED_MASK
