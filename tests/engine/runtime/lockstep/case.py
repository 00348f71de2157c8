"""One case on SpiffWorkflow's `BpmnWorkflow`: the same verbs as `Run`, called processes inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import ErrorEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import CycleTimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins import CallActivityMixin, EndEventMixin, EventBasedGatewayMixin
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import MultiInstanceTask
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.util.task import TaskState

from engine import runtime
from tests.engine.runtime.lockstep import overrides, variables
from tests.engine.runtime.lockstep.diagrams import INSIDE, own_id
from tests.engine.runtime.lockstep.specs import OF_THE_CASE, Company, is_instance

LONG_AGO = "2000-01-01T00:00:00+00:00"
A_HUNDRED_YEARS = 3.15e9  # seconds
OPEN = TaskState.READY | TaskState.STARTED
Place = tuple[str, tuple[int, ...]]  # an element, and which instance of each multi-instance activity around it


class Missing(Exception):
    """SpiffWorkflow has nothing where the runtime has a token."""


class Case:
    """A root instance; `of` finds the workflow of each instance of its tree by key."""

    def __init__(
        self, company: Company, process_id: str, values: dict[str, Any], start: str | None, host: runtime.Host, key: int
    ) -> None:
        self.engine = variables.FeelEngine()
        self.top = BpmnWorkflow(*company.specs(process_id, start), script_engine=self.engine)
        self.engine.hosts[id(self.top)] = host
        self.top.data["vars"] = dict(values)
        self.of = {key: self.top}
        self.top.do_engine_steps()

    # What happens to it

    def called(self, parent: int, place: Place, key: int, values: dict[str, Any]) -> None:
        """The runtime has begun a called process as instance `key`; here it runs already."""
        known = list(self.of.values())
        task = self._find(
            parent,
            place,
            OPEN | TaskState.COMPLETED,
            lambda task: task.id in self.top.subprocesses and self.top.subprocesses[task.id] not in known,
        )
        self.of[key] = self.top.subprocesses[task.id]
        variables.of_process(self.of[key]).update({name: values[name] for name in OF_THE_CASE})

    def complete(self, key: int, place: Place, values: dict[str, Any], decided: dict[str, Any]) -> None:
        """The work at a place is done."""
        task = self._find(key, place, TaskState.READY)
        variables.receive(task, {**values, **decided})
        if task.task_spec.element.outputs:
            variables.write(variables.around(task), decided)
        task.run()
        self.top.do_engine_steps()

    def fire(self, key: int, place: Place) -> None:
        """A timer is due, for one round."""
        try:
            task = self._waiting(key, place)
            definition = task.task_spec.event_definition
        except Missing:
            task, definition = self._behind_gateway(key, place)
        if not isinstance(definition, CycleTimerEventDefinition):
            task.internal_data["event_value"] = LONG_AGO
        else:
            task.internal_data["event_value"] |= {"next": LONG_AGO, "duration": A_HUNDRED_YEARS}
        self.top.refresh_timers()
        self.top.do_engine_steps()

    def deliver(self, key: int, place: Place, values: dict[str, Any]) -> None:
        """A message or signal has come."""
        try:
            task = self._waiting(key, place)
            definition = task.task_spec.event_definition
            variables.receive(task, values)
        except Missing:
            try:
                task, definition = self._behind_gateway(key, place)
                variables.write(variables.chain(task), values)
            except Missing:
                return self._begin_event_subprocess(key, place, values)
        task.task_spec.catch(task, BpmnEvent(definition, {}))
        task.task_spec._update(task)
        return self.top.do_engine_steps()

    def throw_error(self, key: int, place: Place, code: str) -> None:
        """The work at a place fails with a BPMN error."""
        task = self._find(key, place, TaskState.READY)
        self.top.catch(BpmnEvent(ErrorEventDefinition("error", code), {}, target=task.workflow))
        self.top.do_engine_steps()

    def set_variables(self, key: int, values: dict[str, Any]) -> None:
        """Variables of an instance are set from outside."""
        variables.of_process(self.of[key]).update(values)

    def cancel(self, key: int) -> None:
        """An instance is cancelled; a called one goes with its case."""
        if self.of[key] is self.top:
            self.top.cancel()

    def _begin_event_subprocess(self, key: int, place: Place, values: dict[str, Any]) -> None:
        for workflow in self._inside(key):
            for name in workflow.spec.start.trigger_specs:
                for start in self.top.subprocess_specs[name].bpmn_start_events:
                    if own_id(start.bpmn_id) == place[0]:
                        self._begun(overrides.begin_event_subprocess(workflow, name, start), start, values)
                        return
        raise Missing(f"nothing waits at {place}")

    def _begun(self, inside: Any, start: Any, values: dict[str, Any]) -> None:
        if inside is None:
            raise Missing(f"the event subprocess of {start.bpmn_id} was not triggered")
        variables.own(self.top.get_task_from_id(inside.parent_task_id)).update(values)
        if start.element.interrupting:
            overrides.interrupt(inside)
        self.top.do_engine_steps()

    # What is compared

    @property
    def open(self) -> list[tuple[str, str]]:
        """Process and element of every open user task."""
        return [
            (workflow.spec.name.split(INSIDE)[0], task.task_spec.element.id)
            for workflow in (self.top, *self.top.subprocesses.values())
            for task in workflow.tasks.values()
            if task.has_state(OPEN)
            and (element := getattr(task.task_spec, "element", None)) is not None
            and element.type == "userTask"
            and not isinstance(task.task_spec, MultiInstanceTask)
        ]

    def ends(self, key: int) -> list[str]:
        """The end events that an instance has reached, sorted."""
        tasks = self.of[key].tasks.values()
        reached = {task.task_spec for task in tasks if task.state == TaskState.COMPLETED}
        return sorted({spec.element.id for spec in reached if isinstance(spec, EndEventMixin)})

    # Where things are

    def _inside(self, key: int) -> Iterator[Any]:
        """The workflow of an instance and those of its embedded subprocesses."""
        found = [self.of[key]]
        for workflow in found:
            yield workflow
            for inside in self.top.subprocesses.values():
                body = self.top.get_task_from_id(inside.parent_task_id)
                if body is not None and body.workflow is workflow and not isinstance(body.task_spec, CallActivityMixin):
                    found.append(inside)

    def _find(self, key: int, place: Place, states: int, fits: Callable[[Any], bool] = lambda task: True) -> Any:
        found = [
            task
            for workflow in self._inside(key)
            for task in list(workflow.tasks.values())
            if task.has_state(states)
            and own_id(getattr(task.task_spec, "bpmn_id", None)) == place[0]
            and not isinstance(task.task_spec, MultiInstanceTask)
            and fits(task)
        ]
        found = [task for task in found if len(found) == 1 or self._numbers(task) == place[1]] or found
        if not found:
            raise Missing(f"no task at {place}")
        return found[0]

    def _waiting(self, key: int, place: Place) -> Any:
        return self._find(key, place, TaskState.WAITING, lambda task: isinstance(task.task_spec, CatchingEvent))

    def _behind_gateway(self, key: int, place: Place) -> tuple[Any, Any]:
        for workflow in self._inside(key):
            for task in workflow.tasks.values():
                if task.has_state(TaskState.WAITING) and isinstance(task.task_spec, EventBasedGatewayMixin):
                    for number, target in enumerate(task.task_spec.outputs):
                        if own_id(target.bpmn_id) == place[0]:
                            return task, task.task_spec.event_definition.event_definitions[number]
        raise Missing(f"no event at {place}")

    def _numbers(self, task: Any) -> tuple[int, ...]:
        numbers = []
        while True:
            if is_instance(task):
                numbers.append(int(variables.own(task)["loopCounter"]))
            outer = task.workflow.parent_task_id and self.top.get_task_from_id(task.workflow.parent_task_id)
            if outer is None or isinstance(outer.task_spec, CallActivityMixin):
                return tuple(numbers)
            task = outer
