"""Tasks: user, job (service, send, script by job), script, business rule, call, receive, pass-through."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import ReceiveTaskMixin as SpiffReceiveTask
from SpiffWorkflow.bpmn.specs.mixins import UserTaskMixin as SpiffUserTask
from SpiffWorkflow.bpmn.specs.mixins.script_task import ScriptEngineTask

from engine.runtime import expressions, scopes
from engine.runtime.nodes import compensation, subscriptions
from engine.runtime.nodes.base import FlowNode
from engine.runtime.nodes.definitions import Catching
from engine.runtime.program import TaskDefinition
from engine.runtime.tokens import Token
from engine.runtime.waits import AwaitedCall, AwaitedDecision, AwaitedJob, AwaitedTask


class Activity(FlowNode):
    """A task that passes through; also manual and undefined tasks (Camunda 8)."""

    def enter(self, token: Token) -> bool:
        self.map_inputs(token)
        subscriptions.attach(token, self.boundaries)
        return True

    def on_left(self, token: Token) -> None:
        compensation.remember(token)


class UserTask(Activity, SpiffUserTask):
    """A task for people; the verbs resolve who must act."""

    def work(self, token: Token) -> bool:
        token.workflow.open(token, AwaitedTask(inputs=dict(token.data)))
        return False


class JobTask(Activity):
    """A task whose job type a worker or a registered operation serves."""

    def work(self, token: Token) -> bool:
        open_job(token, self.element.task_definition or TaskDefinition(""), dict(self.element.headers))
        return False


class ScriptTask(Activity, ScriptEngineTask):
    """A `zeebe:script`: a FEEL expression whose result becomes a variable."""

    def work(self, token: Token) -> bool:
        return bool(ScriptEngineTask._run_hook(self, token))

    def _execute(self, task: Token) -> bool:
        value = expressions.evaluate(task, self.element.script or "=null")
        self.receive(task, {self.element.result_variable or "result": value})
        return True


class DecisionTask(Activity):
    """A `zeebe:calledDecision`; the verb evaluates it and completes with {result variable: value}."""

    def work(self, token: Token) -> bool:
        decision_id = expressions.string(token, self.element.decision_id or "")
        result = self.element.result_variable or ""
        token.workflow.open(token, AwaitedDecision(decision_id, result, inputs=scopes.visible(token)))
        return False


class CallActivity(Activity):
    """A `zeebe:calledElement`; the child is an instance of its own, started by the verb."""

    def work(self, token: Token) -> bool:
        element = self.element
        awaited = AwaitedCall(
            process_id=expressions.string(token, element.called_process_id or ""),
            inputs=scopes.visible(token) if element.propagate_all_parent_variables else dict(token.data),
            propagate_all_parent_variables=element.propagate_all_parent_variables,
            propagate_all_child_variables=element.propagate_all_child_variables,
        )
        token.workflow.open(token, awaited)
        return False

    def receive(self, token: Token, variables: dict[str, Any]) -> None:
        """The child's variables: local for the output mappings, or all outwards, or none."""
        if self.element.outputs or self.element.propagate_all_child_variables:
            super().receive(token, variables)


class ReceiveTask(Catching, Activity, SpiffReceiveTask):
    """A task that waits for a message."""

    def rest(self, token: Token) -> None:
        """Open what the task waits for. Raises `Failure`."""
        Activity.enter(self, token)
        subscriptions.open_wait(token)


def open_job(token: Token, definition: TaskDefinition, headers: dict[str, str]) -> None:
    """Rest as a job; type and retries may be FEEL."""
    awaited = AwaitedJob(
        type=expressions.string(token, definition.type),
        headers=headers,
        inputs=dict(token.data),
        retries=expressions.whole(token, definition.retries),
    )
    token.workflow.open(token, awaited)
