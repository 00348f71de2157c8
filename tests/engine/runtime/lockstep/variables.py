"""Variables in scopes on SpiffWorkflow's tasks, and FEEL as the script engine of its workflows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.event_definitions.timer import (
    CycleTimerEventDefinition,
    TimeDateEventDefinition,
    TimerEventDefinition,
)
from SpiffWorkflow.bpmn.specs.mixins import CallActivityMixin

from engine import feel, runtime

Scope = dict[str, Any]


def own(task: Any) -> Scope:
    """The variables of the task itself."""
    scope: Scope = task.internal_data.setdefault("local", {})
    return scope


def of_process(workflow: Any) -> Scope:
    """The variables of a process instance."""
    scope: Scope = workflow.data.setdefault("vars", {})
    return scope


def chain(task: Any) -> Iterator[Scope]:
    """The scopes that a task sees, its own first, the one of its process last."""
    yield own(task)
    workflow = task.workflow
    while workflow.parent_task_id is not None:
        outer = workflow.top_workflow.get_task_from_id(workflow.parent_task_id)
        if isinstance(outer.task_spec, CallActivityMixin):
            break
        yield own(outer)
        workflow = outer.workflow
    yield of_process(workflow)


def around(task: Any) -> Iterator[Scope]:
    """The scopes outside the task."""
    return itertools.islice(chain(task), 1, None)


def write(scopes: Iterable[Scope], values: Scope) -> None:
    """Write each value to the innermost scope that has the name, else to the process."""
    inner_first = list(scopes)
    for name, value in values.items():
        next((scope for scope in inner_first if name in scope), inner_first[-1])[name] = value


def visible(task: Any) -> Scope:
    """All that a task sees."""
    return {name: value for scope in reversed(list(chain(task))) for name, value in scope.items()}


def receive(task: Any, values: Scope) -> None:
    """Take over a result: the task's own under output mappings, else written outwards."""
    if task.task_spec.element.outputs:
        own(task).update(values)
    else:
        write(chain(task), values)


class FeelEngine(PythonScriptEngine):
    """Evaluates FEEL over the scopes; timers never come due by themselves, `Case.fire` says when."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.hosts: dict[int, runtime.Host] = {}  # by the identity of the workflow that stands for an instance

    def host(self, workflow: Any) -> runtime.Host:
        """What the runtime's instance of a workflow looks things up by: a called process may do what its caller may not."""
        while id(workflow) not in self.hosts:
            workflow = workflow.parent_workflow
        return self.hosts[id(workflow)]

    def value(self, task: Any, scopes: Iterable[Scope], text: str) -> Any:
        """An attribute's value: an expression's, or the text itself."""
        if not feel.is_expression(text):
            return text
        inner_first = list(scopes)
        odd = frozenset(name for scope in inner_first for name in scope if not name.isidentifier())
        expression = feel.compile(feel.body(text), names=odd)
        seen = {name: value for scope in reversed(inner_first) for name, value in scope.items() if name in expression.names}
        known = {name: feel.from_json(value) for name, value in seen.items()}
        host = self.host(task.workflow)
        found = expression.evaluate(known, functions=host.functions, now=host.now, budget=feel.Budget())
        return feel.to_json(found)

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        """SpiffWorkflow asks for conditions and timers."""
        definition = getattr(task.task_spec, "event_definition", None)
        for each in (definition, *getattr(definition, "event_definitions", ())):
            if isinstance(each, TimerEventDefinition) and each.expression == expression:
                return _never(each, str(self.value(task, chain(task), expression)))
        return self.value(task, around(task), expression if feel.is_expression(expression) else "=" + expression)

    def execute(self, task: Any, script: str, external_context: Any = None) -> bool:
        """SpiffWorkflow runs a script task."""
        name = task.task_spec.element.result_variable or "result"
        receive(task, {name: self.value(task, chain(task), script)})
        return True


def _never(definition: Any, text: str) -> str:
    if isinstance(definition, TimeDateEventDefinition):
        return "2999-01-01T00:00:00+00:00"
    if isinstance(definition, CycleTimerEventDefinition):
        return (text.split("/")[0] if text[:1] == "R" else "R") + "/P36500D"
    return "P36500D"
