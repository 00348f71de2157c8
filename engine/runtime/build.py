"""From a program to SpiffWorkflow's process spec: one task spec per flow node, linked by sequence flows."""

from __future__ import annotations

from engine.runtime import graph
from engine.runtime.nodes import activities, containers, events, gateways, loops
from engine.runtime.nodes.base import FlowNode, ProcessSpec
from engine.runtime.program import Element, Flow, Program

_TASKS: dict[str, type[FlowNode]] = {
    "userTask": activities.UserTask,
    "callActivity": activities.CallActivity,
    "receiveTask": activities.ReceiveTask,
    "subProcess": containers.Scope,
    "transaction": containers.Scope,
    "adHocSubProcess": containers.AdHocSubprocess,
    "exclusiveGateway": gateways.ExclusiveGateway,
    "parallelGateway": gateways.ParallelGateway,
    "inclusiveGateway": gateways.InclusiveGateway,
    "eventBasedGateway": gateways.EventBasedGateway,
    "intermediateThrowEvent": events.ThrowEvent,
    "endEvent": events.EndEvent,
    "boundaryEvent": events.BoundaryEvent,
}


class BuiltSpec(ProcessSpec):
    """The process spec of a program.

    Spec names are prefixed, so that no id of a diagram (`Start`, `End`, `Root`) meets one of Spiff's own.
    """

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.links = graph.links(program)
        self.root = containers.Process(self, "process", Element(program.process_id, program.name, "process"))
        self.nodes = {element.id: self._build(element) for element in program.elements.values()}
        for element in program.elements.values():
            self._connect(element)
        self.root.event_starts = self._event_starts(None)

    def _build(self, element: Element) -> FlowNode:
        spec = _type_of(self.program, element)(self, "node:" + element.id, element)
        if element.multi_instance is None:
            return spec
        body = loops.LoopBody if element.multi_instance.standard else loops.MultiInstanceBody
        return body(self, "body:" + element.id, element, spec)

    def _connect(self, element: Element) -> None:
        spec = self.nodes[element.id]
        spec.leave_by(self._flows_of(element))
        boundaries = self.program.boundaries.get(element.id, ())
        spec.boundaries = tuple(self.nodes[event.id] for event in boundaries)
        inner = spec.inner_spec if isinstance(spec, loops.Body) else spec
        if isinstance(inner, containers.Scope):
            inner.event_starts = self._event_starts(element.id)
            inner.starts = tuple(self.nodes[start.id] for start in graph.starts(self.program, element.id))

    def _flows_of(self, element: Element) -> tuple[Flow, ...]:
        if element.id in self.links:
            return (Flow("", element.id, self.links[element.id]),)
        return tuple(self.program.flows[flow] for flow in element.outgoing)

    def _event_starts(self, scope: str | None) -> tuple[FlowNode, ...]:
        return tuple(
            self.nodes[start.id]
            for element in self.program.children.get(scope, ())
            if element.event_subprocess
            for start in graph.starts(self.program, element.id)
        )


def _type_of(program: Program, element: Element) -> type[FlowNode]:
    if graph.is_event_subprocess_start(program, element):
        return events.EventSubprocessStart
    if element.type == "intermediateCatchEvent" and element.event and element.event.kind != "link":
        return events.CatchEvent
    if element.type == "businessRuleTask" and element.decision_id:
        return activities.DecisionTask
    if element.type == "scriptTask" and element.script is not None:
        return activities.ScriptTask
    if element.type in _TASKS:
        return _TASKS[element.type]
    if element.task_definition:
        return activities.JobTask
    if element.type == "sendTask":
        return events.ThrowEvent
    return events.PassingEvent if element.type.endswith("Event") else activities.Activity


def spec_of(program: Program) -> BuiltSpec:
    """The process spec of a program, built once and kept on the program, as `cached_property` would."""
    built: BuiltSpec | None = program.__dict__.get("_spec")
    return built or program.__dict__.setdefault("_spec", BuiltSpec(program))
