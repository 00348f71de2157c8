"""One executable process of a diagram as plain data: elements, flows, start events, lanes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from engine.problems import Mend

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True)
class DiagramProblem:
    """Why an element cannot run (`error`) or is doubtful (`warning`); `message` is an English msgid."""

    element_id: str
    element_name: str
    severity: str
    message: str
    values: dict[str, object] = field(default_factory=dict)
    trace: tuple[str, ...] = ()
    mend: Mend | None = None

    def played(self, trace: tuple[str, ...], mend: Mend | None = None) -> DiagramProblem:
        """The problem with the elements and flows, in order, by which it comes about, and what was found to cure it."""
        return replace(self, trace=trace, mend=mend)


@dataclass(frozen=True)
class Timer:
    """A timer definition; `type` is date, duration or cycle, `expression` its raw text (maybe "=FEEL")."""

    type: str
    expression: str


@dataclass(frozen=True)
class Message:
    """A message a process waits for or throws; both texts may be "=FEEL"."""

    name: str
    correlation_key: str | None = None


@dataclass(frozen=True)
class Event:
    """The event definition of an event (BPMN 10.5.5).

    `kind` is none, message, timer, signal, error, escalation, conditional, compensate, cancel,
    terminate, link or multiple. `code` is the error or escalation code; None catches every code.
    """

    kind: str
    name: str = ""
    code: str | None = None
    correlation_key: str | None = None
    timer: Timer | None = None
    condition: str = ""
    activity: str | None = None


@dataclass(frozen=True)
class StartEvent:
    """A way into the process; `kind` as in `Event`."""

    element_id: str
    kind: str
    message_name: str | None = None
    correlation: str | None = None
    signal_name: str | None = None
    timer: Timer | None = None


@dataclass(frozen=True)
class TaskDefinition:
    """`zeebe:taskDefinition`: the job type and its retries; both may be "=FEEL"."""

    type: str
    retries: str = "3"


@dataclass(frozen=True)
class IoMapping:
    """One `zeebe:input` or `zeebe:output`: evaluates `source`, writes to the path `target`."""

    source: str
    target: str


@dataclass(frozen=True)
class MultiInstance:
    """`zeebe:loopCharacteristics`, or BPMN's standard loop when `standard` is set."""

    sequential: bool = False
    input_collection: str = ""
    input_element: str = ""
    output_collection: str = ""
    output_element: str = ""
    completion_condition: str = ""
    cardinality: str = ""
    standard: bool = False
    loop_condition: str = ""
    loop_maximum: int | None = None
    unread_maximum: str = ""  # what stands there instead of a number
    test_before: bool = False


@dataclass(frozen=True)
class Flow:
    """A sequence flow; `condition` is its raw text or None."""

    id: str
    source: str
    target: str
    name: str = ""
    condition: str | None = None


@dataclass(frozen=True)
class Element:
    """A flow node with its Camunda 8 attributes; texts may be "=FEEL" wherever Camunda allows it.

    `type` is the BPMN local name; `parent` the enclosing subprocess, `lane` the nearest lane's name;
    `attached_to` the activity of a boundary event.
    """

    id: str
    name: str
    type: str
    documentation: str = ""
    lane: str | None = None
    parent: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    form_id: str | None = None
    assignee: str | None = None
    candidate_users: str | None = None
    candidate_groups: str | None = None
    due_date: str | None = None
    priority: str | None = None
    task_definition: TaskDefinition | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[IoMapping, ...] = ()
    outputs: tuple[IoMapping, ...] = ()
    called_process_id: str | None = None
    propagate_all_parent_variables: bool = True
    propagate_all_child_variables: bool = True
    decision_id: str | None = None
    result_variable: str | None = None
    script: str | None = None
    multi_instance: MultiInstance | None = None
    event: Event | None = None
    attached_to: str | None = None
    interrupting: bool = True
    default: str | None = None
    event_subprocess: bool = False
    for_compensation: bool = False
    compensated_by: str | None = None
    active_elements: str = ""
    completion_condition: str = ""
    cancel_remaining: bool = True
    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()

    def is_own(self, name: str) -> bool:
        """Whether a variable that is sent with the element's completion ends with it, and is none of the case's (`Node.receive`)."""
        names = {mapping.target.partition(".")[0] for mapping in self.outputs or self.inputs}
        return name not in names if self.outputs else name in names

    @property
    def message(self) -> Message | None:
        """The message this element waits for or throws, if it does."""
        if self.event is None or self.event.kind != "message":
            return None
        return Message(self.event.name, self.event.correlation_key)


@dataclass(frozen=True, eq=False)
class Program:
    """An immutable process; shared read-only between runs and threads, cached by its caller."""

    process_id: str
    name: str
    is_executable: bool
    version_tag: str | None
    elements: Mapping[str, Element]
    flows: Mapping[str, Flow]
    start_events: tuple[StartEvent, ...]
    lanes: tuple[str, ...]
    documentation: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    captions: tuple[str, ...] = ()

    @cached_property
    def children(self) -> Mapping[str | None, tuple[Element, ...]]:
        """Elements by the subprocess that holds them; None is the process itself."""
        grouped: dict[str | None, list[Element]] = {}
        for element in self.elements.values():
            grouped.setdefault(element.parent, []).append(element)
        return {parent: tuple(elements) for parent, elements in grouped.items()}

    @cached_property
    def boundaries(self) -> Mapping[str, tuple[Element, ...]]:
        """Boundary events by the activity they are attached to."""
        grouped: dict[str, list[Element]] = {}
        for element in self.elements.values():
            if element.attached_to:
                grouped.setdefault(element.attached_to, []).append(element)
        return {host: tuple(events) for host, events in grouped.items()}
