"""The flow nodes and sequence flows of one process as a graph, read from its XML element."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from lxml import etree

from engine import errors
from engine.diagrams.laying_out import BPMN, CONTAINERS

GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway")


@dataclass
class Graph:
    """What is directly within a process: `nodes` and `flows` are its XML elements by id, in the order of the file;
    `out` and `into` the ids of the flows of a node, `attached` the boundary events of an activity."""

    nodes: dict[str, etree._Element] = field(default_factory=dict)
    flows: dict[str, etree._Element] = field(default_factory=dict)
    out: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    into: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    attached: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def kind(self, id: str) -> str:
        """The BPMN type of a node, such as userTask."""
        return str(etree.QName(self.nodes[id]).localname)

    def source(self, flow: str) -> str:
        """The id of the node that a flow leaves."""
        return str(self.flows[flow].get("sourceRef"))

    def target(self, flow: str) -> str:
        """The id of the node that a flow leads to."""
        return str(self.flows[flow].get("targetRef"))

    def after(self, id: str) -> list[str]:
        """The nodes that follow one, those behind its boundary events too."""
        return [self.target(flow) for at in (id, *self.attached.get(id, ())) for flow in self.out.get(at, ())]


def read(process: etree._Element) -> Graph:
    """The graph of a process; what its subprocesses hold is theirs, flows that lead nowhere are left out."""
    made = Graph()
    for element in process.iterchildren(f"{BPMN}*"):
        kind, id = str(etree.QName(element).localname), str(element.get("id"))
        if kind.endswith(("Task", "Event", "Gateway")) or kind in ("task", "callActivity", *CONTAINERS):
            made.nodes[id] = element
    for element in process.iterchildren(f"{BPMN}sequenceFlow"):
        if {element.get("sourceRef"), element.get("targetRef")} <= made.nodes.keys():
            id = str(element.get("id"))
            made.flows[id] = element
            made.out[made.source(id)].append(id)
            made.into[made.target(id)].append(id)
    for id, element in made.nodes.items():
        if made.kind(id) == "boundaryEvent" and element.get("attachedToRef") in made.nodes:
            made.attached[str(element.get("attachedToRef"))].append(id)
    return made


def containers(process: etree._Element, id: str) -> list[etree._Element]:
    """A subprocess of that id with those around it, from outside to inside; none for an empty id. Raises NotFound."""
    if not id:
        return []
    container = next((each for kind in CONTAINERS for each in process.iter(f"{BPMN}{kind}") if each.get("id") == id), None)
    if container is None:
        raise errors.NotFound("This card is not there any more.")
    around = [each for each in container.iterancestors() if str(etree.QName(each).localname) in CONTAINERS]
    return [*reversed(around), container]


def process_of(root: etree._Element, process_id: str) -> etree._Element | None:
    """The process of that id; of a file whose process bears another one the first that can be executed."""
    processes = list(root.iterchildren(f"{BPMN}process"))
    of_id = [each for each in processes if each.get("id") == process_id]
    return next(iter([*of_id, *(each for each in processes if each.get("isExecutable") == "true")]), None)
