"""XML names of BPMN 2.0 and of Camunda 8's extensions."""

from __future__ import annotations

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"


def local(node: etree._Element) -> str:
    """The name of a BPMN element without its name space; empty for elements of other name spaces."""
    tag = str(node.tag)
    return tag[len(BPMN) :] if tag.startswith(BPMN) else ""
