"""Where an element without a name stands, told by what it is and the nearest that have names: people know no ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from engine import errors
from engine.diagrams import xml
from engine.problems import UnnamedElement

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
MOST = 2  # neighbours named on each side


def of_unnamed(diagram: bytes) -> dict[str, UnnamedElement]:
    """By the id of each flow node and flow without a name: its kind and what has a name before and after it.

    Nothing of a diagram that cannot be read.
    """
    try:
        root = xml.safe_parse(diagram)
    except errors.Refusal:
        return {}
    flows = list(root.iter(f"{BPMN}sequenceFlow"))
    nodes = {node.get("id", ""): node for node in root.iter(etree.Element) if node.get("id")}
    into = _edges((flow.get("targetRef", ""), flow.get("sourceRef", "")) for flow in flows)
    out = _edges((flow.get("sourceRef", ""), flow.get("targetRef", "")) for flow in flows)
    for id, node in nodes.items():
        if host := node.get("attachedToRef"):
            into.setdefault(id, []).append(host)
    unnamed = {}
    for id in {*into, *out}:
        if id in nodes and not _name(nodes[id]):
            unnamed[id] = UnnamedElement(_kind(nodes[id]), _nearest(id, into, nodes), _nearest(id, out, nodes))
    for flow in flows:
        if flow.get("id") and not _name(flow):
            ends = (flow.get("sourceRef", ""), into), (flow.get("targetRef", ""), out)
            unnamed[flow.get("id", "")] = UnnamedElement(_kind(flow), *(_from(end, edges, nodes) for end, edges in ends))
    return unnamed


def _edges(pairs: Iterator[tuple[str, str]]) -> dict[str, list[str]]:
    flows: dict[str, list[str]] = {}
    for one, other in pairs:
        flows.setdefault(one, []).append(other)
    return flows


def _from(id: str, edges: Mapping[str, list[str]], nodes: Mapping[str, etree._Element]) -> tuple[str, ...]:
    name = _name(nodes[id]) if id in nodes else ""
    return (name,) if name else _nearest(id, edges, nodes)


def _nearest(id: str, edges: Mapping[str, list[str]], nodes: Mapping[str, etree._Element]) -> tuple[str, ...]:
    """The names that are reached first, past what has none."""
    names: dict[str, None] = {}
    seen, here = {id}, [id]
    while here and not names:
        here = [each for at in here for each in edges.get(at, ()) if each in nodes and each not in seen]
        seen.update(here)
        names.update((_name(nodes[each]), None) for each in here if _name(nodes[each]))
    return tuple(names)[:MOST]


def _name(node: etree._Element) -> str:
    return " ".join((node.get("name") or "").split())


def _kind(node: etree._Element) -> str:
    return str(node.tag).rpartition("}")[2]
