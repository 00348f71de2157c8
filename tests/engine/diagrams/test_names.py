"""Gateways that decide, and the ways out of them, are told when they have no name."""

from __future__ import annotations

from engine.diagrams import names, xml
from tests.engine import kit

DRAWN = b'<d:BPMNShape xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI" bpmnElement="way"/></bpmn:definitions>'


def told(gateway: str, *flows: str) -> list[str]:
    process = kit.diagram("p", gateway, kit.end("a"), kit.end("b"), *flows)
    content = process.content.replace(b"</bpmn:definitions>", DRAWN)
    return [each.element_id for each in names.problems(xml.safe_parse(content)) if each.severity == "warning"]


def test_what_decides_without_a_name_is_told() -> None:
    unnamed, flows = '<bpmn:exclusiveGateway id="way" name=" "/>', [kit.flow("way", "a", "x"), kit.flow("way", "b")]
    named = [flow.replace(" sourceRef", ' name="是" sourceRef') for flow in flows]
    assert told(unnamed, *flows) == ["way", "way_a", "way_b"]
    assert told(unnamed, *named) == ["way"]
    assert told(kit.node("inclusiveGateway", "way"), *named) == []
    assert told(unnamed, flows[1]) == [] and told(kit.node("parallelGateway", "way"), *flows) == []
