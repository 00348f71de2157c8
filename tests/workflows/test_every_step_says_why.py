"""Every step and gateway of the companies' diagrams says its clause, or that it is ours or technical."""

import re
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).resolve().parent.parent.parent
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
STEPS = ("userTask", "callActivity", "subProcess", "serviceTask", "sendTask", "receiveTask", "scriptTask", "businessRuleTask")
SAYS = re.compile("依据|技术步骤|默认做法|规定")


@pytest.mark.parametrize("company", ["advertising", "event", "miniapp", "steel", "telecom"])
def test_no_step_and_no_gateway_is_without_its_ground(company: str) -> None:
    silent = [
        f"{file.name}: {element.get('id')}"
        for file in sorted((ROOT / "bpmn" / company).glob("*.bpmn"))
        for element in etree.parse(file).iter(etree.Element)
        if element.tag.removeprefix(BPMN) in STEPS or element.tag.endswith("Gateway")
        if not SAYS.search(element.findtext(f"{BPMN}documentation") or "")
    ]
    assert not silent
