"""Diagrams without a drawing are laid out: lanes and pools kept, nothing outside its lane, no flow through a node."""

from __future__ import annotations

import re
from pathlib import Path

from lxml import etree

from engine.deploying.checking import checks
from engine.diagrams import drawn_anew
from tests.engine import kit

ROOT = Path(__file__).parents[3]
SHIPPED = sorted((ROOT / "bpmn").rglob("*.bpmn"))


def laid_out(content: bytes) -> bytes:
    root = etree.fromstring(content)
    drawn_anew.drawn_anew(root)
    return etree.tostring(root)


def test_every_shipped_diagram_is_laid_out_with_nothing_outside_or_on_top_of_another() -> None:
    for path in SHIPPED:
        content = laid_out(path.read_bytes())
        told = [str(each) for each in checks.drawings([checks.Resource(path.name, content)])]
        assert [each for each in told if "on top of" in each or "outside" in each or "has no place" in each] == [], path.name
        without = re.sub(rb"<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>", b"", content, flags=re.DOTALL)
        assert len(etree.fromstring(without)) == len(
            [each for each in etree.fromstring(path.read_bytes()) if "BPMNDiagram" not in str(each.tag)]
        )


def test_a_loop_of_two_thousand_steps_is_laid_out() -> None:
    names = [f"a{number}" for number in range(2000)]
    flows = [kit.flow(names[-1], names[0])]
    content = kit.diagram(
        "p", kit.start(), *map(kit.task, names), kit.end(), kit.chain("started", *names, "done"), *flows
    ).content
    assert b"BPMNShape" in laid_out(content)
