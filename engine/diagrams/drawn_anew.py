"""A diagram without a drawing gets one: its pools, lanes and subprocesses are kept; nothing else in the file changes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, count

from lxml import etree

from engine.diagrams.laying_out import BPMN, CONTAINERS, Box, Drawn, Point, lay_out

DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DD = "{http://www.omg.org/spec/DD/20100524/DI}"
ABOVE, BETWEEN_POOLS, EMPTY_POOL, LEAST_WIDTH = 80, 60, 60, 600
DRAWN = (
    "Task",
    "task",
    "Event",
    "Gateway",
    "Activity",
    "Process",
    "transaction",
    "sequenceFlow",
)  # how kinds of steps and flows end
LOOSE = ("textAnnotation", "dataObjectReference", "dataStoreReference")


def is_drawn(root: etree._Element) -> bool:
    """Whether a file draws its processes: all steps and flows that stand in them, whatever stands within subprocesses."""
    shown = {each.get("bpmnElement") for each in root.iter(f"{DI}BPMNShape", f"{DI}BPMNEdge")}
    parts = (each for process in root.iter(f"{BPMN}process") for each in process.iterchildren(etree.Element))
    ids = {each.get("id") for each in parts if etree.QName(each).localname.endswith(DRAWN)}
    return bool(shown) and ids - {None} <= shown


def drawn_anew(root: etree._Element) -> None:
    """Puts a drawing of all its processes in the place of what drawing a file has; changes the tree in place."""
    for old in root.findall(f"{DI}BPMNDiagram"):
        root.remove(old)
    whole = _whole(root)
    collaboration = root.find(f"{BPMN}collaboration")
    process = root.find(f"{BPMN}process")
    owner = collaboration if collaboration is not None else process
    if owner is None:
        return
    diagram = etree.SubElement(root, f"{DI}BPMNDiagram", id=free(root, "diagram"))
    plane = etree.SubElement(diagram, f"{DI}BPMNPlane", id=free(root, "plane"), bpmnElement=str(owner.get("id")))
    open_ = {str(each.get("id")) for kind in CONTAINERS for each in root.iter(f"{BPMN}{kind}")}
    for id, box in whole.boxes.items():
        _shape(plane, id, box, is_open=id in open_)
    for id, points in whole.lines.items():
        _edge(plane, id, points)


def _whole(root: etree._Element) -> Drawn:
    """All processes below each other, each within its pool if it has one, then the pools that show no process."""
    whole, y, width = Drawn(), float(ABOVE), float(LEAST_WIDTH)
    pools = {str(each.get("processRef")): str(each.get("id")) for each in root.iter(f"{BPMN}participant")}
    for process in root.iterchildren(f"{BPMN}process"):
        own = lay_out(process)
        _put_loose(process, own)
        whole.add(own, 0, y)
        if str(process.get("id")) in pools:
            whole.boxes = {pools[str(process.get("id"))]: (0, y, own.width, own.height), **whole.boxes}
        y, width = y + own.height + BETWEEN_POOLS, max(width, own.width)
    for pool in root.iter(f"{BPMN}participant"):
        if str(pool.get("id")) not in whole.boxes:
            whole.boxes[str(pool.get("id"))] = (0, y, width, EMPTY_POOL)
            y += EMPTY_POOL + BETWEEN_POOLS
    _connect(root, whole)
    return whole


def _put_loose(process: etree._Element, own: Drawn) -> None:
    """Notes and data below everything else, side by side."""
    loose = [each for kind in LOOSE for each in process.iterchildren(f"{BPMN}{kind}")]
    for place, each in enumerate(loose):
        height = 40 if each.tag == f"{BPMN}textAnnotation" else 50
        own.boxes[str(each.get("id"))] = (60 + place * 140, own.height, 100 if height == 40 else 36, height)
    if loose:
        own.height += 80
        own.width = max(own.width, 60 + 140 * len(loose))


def _connect(root: etree._Element, whole: Drawn) -> None:
    """Message flows and associations, straight between the middles of what they connect."""
    for each in (*root.iter(f"{BPMN}messageFlow"), *root.iter(f"{BPMN}association")):
        source, target = (whole.boxes.get(str(each.get(end))) for end in ("sourceRef", "targetRef"))
        if source and target:
            is_down = source[1] < target[1]
            narrow = source if source[2] <= target[2] else target
            x = narrow[0] + narrow[2] / 2
            start, end = (source[1] + source[3], target[1]) if is_down else (source[1], target[1] + target[3])
            whole.lines[str(each.get("id"))] = [(x, start), (x, end)]


def _shape(plane: etree._Element, id: str, box: Box, *, is_open: bool) -> None:
    shape = etree.SubElement(plane, f"{DI}BPMNShape", id=f"{id}_di", bpmnElement=id)
    if is_open:
        shape.set("isExpanded", "true")
    x, y, width, height = (f"{number:.0f}" for number in box)
    etree.SubElement(shape, f"{DC}Bounds", x=x, y=y, width=width, height=height)


def _edge(plane: etree._Element, id: str, points: Iterable[Point]) -> None:
    edge = etree.SubElement(plane, f"{DI}BPMNEdge", id=f"{id}_di", bpmnElement=id)
    for x, y in points:
        etree.SubElement(edge, f"{DD}waypoint", x=f"{x:.0f}", y=f"{y:.0f}")


def free(root: etree._Element, wish: str) -> str:
    """An id that no element of a file bears: the wish, or that with a number behind it."""
    taken = {each.get("id") for each in root.iter("{*}*")}
    return next(id for id in chain((wish,), (f"{wish}_{number}" for number in count(2))) if id not in taken)
