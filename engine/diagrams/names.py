"""House style: a gateway that decides asks a question, and each way out of it names an answer."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.problems import Problem

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SHAPE = "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNShape"
NO_QUESTION = "Give the gateway a name, such as the question that it decides: “More than 5,000?”."
NO_ANSWER = "Name this way out of the gateway, such as with the answer: “yes”."


def problems(root: etree._Element) -> Iterator[Problem]:
    """Warnings at exclusive and inclusive gateways that decide without a name, and at the unnamed ways out of them.

    Nothing for a file without any drawing: nobody reads it as a picture.
    """
    if next(root.iter(SHAPE), None) is None:
        return
    leaving: dict[str, list[etree._Element]] = {}
    for flow in root.iter(BPMN + "sequenceFlow"):
        leaving.setdefault(flow.get("sourceRef", ""), []).append(flow)
    for gateway in root.iter(BPMN + "exclusiveGateway", BPMN + "inclusiveGateway"):
        flows = leaving.get(gateway.get("id", ""), [])
        if len(flows) > 1:
            yield from _unnamed(gateway, NO_QUESTION)
            for flow in flows:
                yield from _unnamed(flow, NO_ANSWER)


def _unnamed(node: etree._Element, message: str) -> Iterator[Problem]:
    if not node.get("name", "").strip():
        yield Problem(node.get("id", ""), "", message, severity="warning")
