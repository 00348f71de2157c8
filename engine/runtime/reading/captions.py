"""What a diagram says around the steps of a process: its pool, pools and message flows beside it, data, annotations."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.runtime.reading.names import BPMN

_DATA = ("dataObjectReference", "dataStoreReference")


def captions_of(process: etree._Element) -> Iterator[str]:
    """The texts in a picture of the process that stand on nothing that runs (BPMN 2.0.2, 9 and 10.4), as they are drawn."""
    yield from (node.get("name", "") for kind in _DATA for node in process.iter(BPMN + kind))
    yield from _annotations(process)
    around = process.getparent()
    for collaboration in () if around is None else around.iter(BPMN + "collaboration"):
        yield from _beside(process, collaboration)
        yield from _annotations(collaboration)


def _beside(process: etree._Element, collaboration: etree._Element) -> Iterator[str]:
    """Names of the process's pool, and of what it exchanges with other pools; those of pools that run are their own."""
    pools = {each.get("id", ""): each for each in collaboration.iter(BPMN + "participant")}
    mine = {id for id, each in pools.items() if each.get("processRef") == process.get("id")}
    yield from (pools[id].get("name", "") for id in sorted(mine))
    mine |= {each.get("id", "") for each in process.iter(f"{BPMN}*")}
    for flow in collaboration.iter(BPMN + "messageFlow"):
        ends = {flow.get("sourceRef", ""), flow.get("targetRef", "")}
        if ends & mine:
            yield flow.get("name", "")
            yield from (pools[id].get("name", "") for id in sorted(ends & pools.keys()) if not pools[id].get("processRef"))


def _annotations(scope: etree._Element) -> Iterator[str]:
    for annotation in scope.iter(f"{BPMN}textAnnotation"):
        yield from ((text.text or "").strip() for text in annotation.findall(f"{BPMN}text"))
