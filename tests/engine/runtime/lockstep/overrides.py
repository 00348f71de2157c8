"""The five overrides without which SpiffWorkflow 3.2.0 cannot go through the shipped processes.

1. `Following._predict`: prediction stops at what it has seen, else a loop without a gateway overflows the stack.
2. `Following._on_complete_hook`: what follows a completed task is definite, else multi-instance is refused behind a boundary event.
3. `end_join_is_due`: an event subprocess that never came does not hold the end of the process.
4. `interrupt`: an interrupting event subprocess ends what else runs in its scope.
5. `begin_event_subprocess`: a message reaches the event subprocess of a called process, too.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import StartEventMixin
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.util.task import TaskState


class Following:
    """How a spec says what comes next."""

    def _predict(
        self: Any, my_task: Any, seen: Any = None, looked_ahead: int = 0, mask: int = TaskState.PREDICTED_MASK
    ) -> None:
        path = list(seen or ())
        if my_task.has_state(mask):
            self._predict_hook(my_task)
        if my_task.has_state(TaskState.PREDICTED_MASK | TaskState.FUTURE):
            path.append(self)
        is_near = my_task.has_state(TaskState.DEFINITE_MASK) or looked_ahead + 1 < self.lookahead
        for child in my_task.children:
            if child.has_state(mask) and child.task_spec not in path and is_near:
                child.task_spec._predict(child, path[:], looked_ahead + 1, mask)

    def _on_complete_hook(self: Any, my_task: Any) -> None:
        for child in my_task.children:
            if child.has_state(TaskState.PREDICTED_MASK):
                child._set_state(TaskState.FUTURE)
                child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        if not my_task.children and self.outputs:
            my_task._sync_children(self.outputs, TaskState.FUTURE)
        super()._on_complete_hook(my_task)  # type: ignore[misc]


def end_join_is_due(self: Any, my_task: Any) -> bool:
    """Whether nothing is under way in the process any more; cancels the event subprocesses that never came."""
    everything = list(my_task.workflow.tasks.values())
    idle = [task for task in everything if _never_came(task)]
    for task in everything:
        is_related = task is my_task or my_task.is_descendant_of(task) or task.is_descendant_of(my_task)
        is_idle = any(task is one or task.is_descendant_of(one) for one in idle)
        is_waiting_here = task.task_spec is self and task.state == TaskState.WAITING
        if not (is_related or is_idle or is_waiting_here or task.has_state(TaskState.FINISHED_MASK)):
            return False
    for task in idle:
        task.cancel()
    return True


def _never_came(task: Any) -> bool:
    element = getattr(task.task_spec, "element", None)
    inside = task.workflow.top_workflow.subprocesses.get(task.id)
    if element is None or not element.event_subprocess or task.state != TaskState.STARTED or inside is None:
        return False
    tasks = inside.tasks.values()
    is_open = any(one.has_state(TaskState.WAITING) and isinstance(one.task_spec, StartEventMixin) for one in tasks)
    return is_open and not any(one.has_state(TaskState.READY | TaskState.STARTED) for one in tasks)


def begin_event_subprocess(workflow: Any, name: str, start: Any) -> Any:
    """Trigger the event subprocess of that name in a process, called or not; gives its workflow, None if it was not."""
    top = workflow.top_workflow
    before = set(top.subprocesses)
    event = BpmnEvent(start.event_definition, {})
    if workflow is top:
        top.catch(event)
    else:
        key = workflow.spec.start.trigger_wf(workflow.task_tree, name)
        waiting = next(task for task in top.subprocesses[key].tasks.values() if task.task_spec is start)
        waiting.task_spec.catch(waiting, event)
        waiting.task_spec._update(waiting)
    return next((inside for key, inside in top.subprocesses.items() if key not in before), None)


def interrupt(inside: Any) -> None:
    """End what else runs in the scope of an interrupting event subprocess."""
    top = inside.top_workflow
    body = top.get_task_from_id(inside.parent_task_id)
    for task in list(body.workflow.tasks.values()):
        is_related = task is body or body.is_descendant_of(task) or task.is_descendant_of(body)
        if task.parent is not None and not is_related and not task.has_state(TaskState.FINISHED_MASK):
            for other in list(top.subprocesses.values()):
                if other.parent_task_id == task.id:
                    other.cancel()
            task.cancel()
