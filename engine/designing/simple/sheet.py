"""One process of a BPMN file under change: nodes and flows added, turned, taken away; all else stays as it is written."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from lxml import etree

from engine.designing.simple import graph as graphs
from engine.diagrams import drawn_anew
from engine.diagrams.laying_out import BPMN

REFERENCES = (f"{BPMN}incoming", f"{BPMN}outgoing", f"{BPMN}flowNodeRef")
BEFORE_FLOWS = frozenset(f"{BPMN}{name}" for name in ("documentation", "extensionElements", "auditing", "monitoring"))
ARTIFACTS = tuple(f"{BPMN}{name}" for name in ("textAnnotation", "association", "group", "correlationSubscription"))


class Sheet:
    """A process with its file; `graph` is read anew after each change by `renew`."""

    def __init__(self, root: etree._Element, process: etree._Element) -> None:
        self.root, self.process = root, process
        self.graph = graphs.read(process)
        self.refers = next(process.iter(f"{BPMN}outgoing"), None) is not None  # whether nodes list their flows

    def renew(self) -> None:
        """Reads the graph once more."""
        self.graph = graphs.read(self.process)

    def free(self, wish: str) -> str:
        """An id that nothing in the file bears, near to the wish."""
        return drawn_anew.free(self.root, re.sub(r"[^\w.-]", "_", wish))

    def add_node(self, kind: str, id: str, name: str, beside: str) -> etree._Element:
        """A new flow node, in the lane of the node `beside`."""
        node = etree.Element(f"{BPMN}{kind}", id=id)
        if name:
            node.set("name", name)
        self.put(node)
        self.stand_beside(id, beside)
        self.graph.nodes[id] = node
        return node

    def put(self, element: etree._Element) -> None:
        """Adds a node or flow behind the others, before notes."""
        first = next((each for each in self.process.iterchildren(*ARTIFACTS)), None)
        element.tail = "\n    "
        if first is None:
            self.process.append(element)
        else:
            first.addprevious(element)

    def stand_beside(self, id: str, other: str) -> None:
        """Puts a node into the lanes of another."""
        for reference in [each for each in self.process.iter(f"{BPMN}flowNodeRef") if (each.text or "").strip() == other]:
            own = etree.Element(f"{BPMN}flowNodeRef")
            own.text, own.tail = id, reference.tail
            reference.addnext(own)

    def add_flow(self, source: str, target: str, name: str = "") -> str:
        """A new sequence flow; gives its id."""
        id = self.free(f"{source}_to_{target}"[:80])
        flow = etree.Element(f"{BPMN}sequenceFlow", id=id, sourceRef=source, targetRef=target)
        if name:
            flow.set("name", name)
        self.put(flow)
        self.refer(source, "outgoing", id)
        self.refer(target, "incoming", id)
        self.renew()
        return id

    def turn(self, flows: Iterable[str], target: str) -> None:
        """Lets flows lead to another node."""
        for id in flows:
            flow = self.graph.flows[id]
            old = flow.get("targetRef")
            if old != target:
                self._forget(self.graph.nodes[str(old)], id, "incoming")
                flow.set("targetRef", target)
                self.refer(target, "incoming", id)
        self.renew()

    def remove(self, ids: Collection[str]) -> set[str]:
        """Takes nodes, the flows at them, and whatever refers to those, out of the file; gives the ids that are gone."""
        gone = set(ids) | {id for each in ids for id in (*self.graph.out.get(each, ()), *self.graph.into.get(each, ()))}
        for id in list(gone):
            element = self.graph.nodes.get(id, self.graph.flows.get(id))
            if element is not None:
                gone |= {str(each.get("id")) for each in element.iter("{*}*") if each.get("id")}
                _drop(element)
        for each in list(self.root.iter(*REFERENCES)):
            if (each.text or "").strip() in gone:
                _drop(each)
        for each in list(self.root.iter(f"{BPMN}association")):
            if {each.get("sourceRef"), each.get("targetRef")} & gone:
                gone.add(str(each.get("id")))
                _drop(each)
        for each in self.process.iter("{*}*"):
            if each.get("default") in gone:
                each.attrib.pop("default")
        self.renew()
        return gone

    def drop_flow(self, flow: etree._Element) -> None:
        """Takes a flow away; the nodes at its ends stay."""
        id = str(flow.get("id"))
        for each in [each for each in self.root.iter(*REFERENCES) if (each.text or "").strip() == id]:
            _drop(each)
        for each in self.process.iter("{*}*"):
            if each.get("default") == id:
                each.attrib.pop("default")
        _drop(flow)
        self.renew()

    def bypass(self, node: str) -> set[str]:
        """Takes a node with one way out away; what led to it leads on. Gives the ids that are gone."""
        (out,) = self.graph.out[node]
        self.turn(self.graph.into[node], self.graph.target(out))
        return self.remove({node})

    def refer(self, node: str, kind: str, flow: str) -> None:
        """Lists a flow at a node as `incoming` or `outgoing`, in files whose nodes list theirs."""
        if not self.refers:
            return
        element = self.graph.nodes[node]
        own = etree.Element(f"{BPMN}{kind}")
        own.text = flow
        before = BEFORE_FLOWS | {f"{BPMN}incoming"} | ({f"{BPMN}outgoing"} if kind == "outgoing" else set())
        place = sum(1 for each in element.iterchildren("{*}*") if each.tag in before)
        last = list(element.iterchildren("{*}*"))[place - 1] if place else None
        if last is None:
            element.insert(0, own)
        else:
            own.tail, last.tail = last.tail, last.tail
            last.addnext(own)

    def _forget(self, element: etree._Element, flow: str, kind: str) -> None:
        for each in list(element.iterchildren(f"{BPMN}{kind}")):
            if (each.text or "").strip() == flow:
                _drop(each)


def _drop(element: etree._Element) -> None:
    """Removes an element; the white space behind it goes with it, no text does."""
    holder = element.getparent()
    if holder is not None:
        holder.remove(element)
