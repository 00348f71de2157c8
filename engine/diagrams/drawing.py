"""How a diagram is drawn: boxes, lines and labels of its DI part (BPMN 2.0.2, chapter 12), as plain geometry."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
OMG_DI = "{http://www.omg.org/spec/DD/20100524/DI}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
MEMBERS = re.compile(r'=\s*members of\(\s*"([^"]+)"\s*\)')
ACTIVITIES = {"callActivity", "subProcess", "adHocSubProcess", "transaction"}
LETTER, LINE, TITLE = 11.0, 13.2, 12.0  # a label's letters, as bpmn-js sets them
INDENT, HIGH = 15.0, 20.0  # how far a flow's name stands from it, and how high its bounds are
SPARE = 4.0  # how much of a label's width it leaves free at the end of a line
DEFAULT_WIDTH = 90.0
INSIDE = 1.5  # what lies on an edge, or is rounded, does not count as within

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle, in the diagram's units."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower side."""
        return self.y + self.height

    def overlaps(self, other: Box) -> bool:
        """Whether both have more than an edge in common."""
        across = min(self.right, other.right) - max(self.x, other.x)
        return across > INSIDE and min(self.bottom, other.bottom) - max(self.y, other.y) > INSIDE

    def holds(self, other: Box) -> bool:
        """Whether the other lies within."""
        level = self.x - INSIDE <= other.x and other.right <= self.right + INSIDE
        return level and self.y - INSIDE <= other.y and other.bottom <= self.bottom + INSIDE


@dataclass(frozen=True)
class Shape:
    """A flow node, pool or lane with its box; `within` is the id of what it is drawn in, `host` what it is attached to.

    `group` is the candidate group that the diagram itself names for a user task, empty where it names none or computes it.
    """

    id: str
    name: str
    kind: str
    box: Box
    within: tuple[str, ...] = ()
    host: str = ""
    label: Box | None = None
    group: str = ""


@dataclass(frozen=True)
class DrawnFlow:
    """A sequence flow or message flow with its way; `within` are the ids of the subprocesses around it, from outside to inside."""

    id: str
    name: str
    source: str
    target: str
    points: tuple[Point, ...]
    within: tuple[str, ...] = ()
    label: Box | None = None

    @property
    def segments(self) -> Iterator[tuple[Point, Point]]:
        """Its straight pieces."""
        return zip(self.points, self.points[1:], strict=False)


@dataclass
class Drawing:
    """What a file draws. `missing` are the flow nodes and sequence flows, by id and name, that have no place in it;
    `laneless` the ids of flow nodes that belong to no lane though their process has lanes."""

    nodes: dict[str, Shape] = field(default_factory=dict)
    lanes: dict[str, Shape] = field(default_factory=dict)
    lines: list[DrawnFlow] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)
    laneless: set[str] = field(default_factory=set)

    @property
    def is_empty(self) -> bool:
        """Nothing is drawn: there is no DI part."""
        return not (self.nodes or self.lanes or self.lines)


def read(root: etree._Element) -> Drawing:
    """What the DI part of a BPMN file draws; shapes without bounds and collapsed contents are left out."""
    shapes = {each.get("bpmnElement", ""): each for each in root.iter(DI + "BPMNShape")}
    edges = {each.get("bpmnElement", ""): each for each in root.iter(DI + "BPMNEdge")}
    folded = {id for id, each in shapes.items() if each.get("isExpanded") == "false"}
    drawing = Drawing()
    lane_of = {(ref.text or "").strip(): lane for lane in root.iter(BPMN + "lane") for ref in lane.iter(BPMN + "flowNodeRef")}
    for element in root.iter(BPMN + "lane"):
        if (box := _bounds(shapes.get(element.get("id", "")))) is not None:
            drawing.lanes[element.get("id", "")] = Shape(element.get("id", ""), element.get("name", ""), "lane", box)
    for process in root.iter(BPMN + "process"):
        _read_level(process, (), drawing, shapes, edges, lane_of, folded)
        if next(process.iter(BPMN + "lane"), None) is not None:
            own = {each.get("id", "") for each in process.iterchildren("{*}*")}
            drawing.laneless |= (own & drawing.nodes.keys()) - lane_of.keys()
    for element in root.iter(BPMN + "messageFlow"):
        _read_line(element, (), drawing, edges)
    return drawing


def _read_level(
    scope: etree._Element,
    around: tuple[str, ...],
    drawing: Drawing,
    shapes: dict[str, etree._Element],
    edges: dict[str, etree._Element],
    lane_of: dict[str, etree._Element],
    folded: set[str],
) -> None:
    for element in scope.iterchildren("{*}*"):
        id, name, kind = element.get("id", ""), element.get("name", ""), _kind(element)
        if kind == "flow":
            _read_line(element, around, drawing, edges)
        elif kind:
            box = _bounds(shapes.get(id))
            if box is None:
                drawing.missing.append((id, name))
                continue
            lane = lane_of.get(id)
            within = around or ((lane.get("id", ""),) if lane is not None else ())
            label = _label(shapes[id], name, box) if kind in {"event", "gateway"} else None
            if kind == "subProcess" and id not in folded:
                label = _title(name, box)
            drawing.nodes[id] = Shape(id, name, kind, box, within, element.get("attachedToRef", ""), label, _group(element))
            if kind == "subProcess" and id not in folded:
                _read_level(element, (*around, id), drawing, shapes, edges, lane_of, folded)


def _read_line(element: etree._Element, around: tuple[str, ...], drawing: Drawing, edges: dict[str, etree._Element]) -> None:
    line = _line(element, around, edges.get(element.get("id", "")))
    if line is None:
        drawing.missing.append((element.get("id", ""), element.get("name", "")))
    else:
        drawing.lines.append(line)


def _group(element: etree._Element) -> str:
    """The one group that a task names by itself: as text, or as members of("group")."""
    assigned = element.find(f"{BPMN}extensionElements/{ZEEBE}assignmentDefinition")
    if assigned is None:
        return ""
    given = assigned.get("candidateGroups") or assigned.get("candidateUsers") or ""
    members = MEMBERS.fullmatch(given.strip())
    return members[1] if members else "" if given.startswith("=") or "," in given else (assigned.get("candidateGroups") or "")


def _kind(element: etree._Element) -> str:
    name = etree.QName(element).localname
    if name == "sequenceFlow":
        return "flow"
    if name in ACTIVITIES:
        return "task" if name == "callActivity" else "subProcess"
    for ending, kind in (("Event", "event"), ("Gateway", "gateway"), ("ask", "task")):
        if name.endswith(ending):
            return kind
    return ""


def _bounds(shape: etree._Element | None) -> Box | None:
    given = None if shape is None else shape.find(DC + "Bounds")
    return None if given is None else Box(*(coordinate(given.get(name)) for name in ("x", "y", "width", "height")))


def coordinate(text: str | None) -> float:
    """A coordinate or size as the file has it; 0 for what is no finite number."""
    try:
        value = float(text or 0)
    except ValueError:
        return 0.0
    return value if math.isfinite(value) else 0.0


def _line(element: etree._Element, around: tuple[str, ...], edge: etree._Element | None) -> DrawnFlow | None:
    if edge is None:
        return None
    points = tuple((coordinate(each.get("x")), coordinate(each.get("y"))) for each in edge.iter(OMG_DI + "waypoint"))
    if len(points) < 2:
        return None
    source, target, name = element.get("sourceRef", ""), element.get("targetRef", ""), element.get("name", "")
    return DrawnFlow(element.get("id", ""), name, source, target, points, around, _label(edge, name, _beside(points)))


def _beside(points: tuple[Point, ...]) -> Box:
    """Where bpmn-js writes the name of a flow without bounds: above the piece in its middle, or right of one that goes up."""
    middle = len(points) / 2 - 1
    (x, y), (to_x, to_y) = points[math.floor(middle)], points[math.ceil(middle + 0.01)]
    is_upright = x == to_x
    return Box((x + to_x) / 2 + is_upright * INDENT, (y + to_y) / 2 - (not is_upright) * INDENT - HIGH / 2, 0, 0)


def _label(shape: etree._Element, name: str, near: Box) -> Box | None:
    """Where bpmn-js writes a name: wrapped to the width of its bounds, centred in them, from their top."""
    if not name.strip():
        return None
    given = shape.find(f"{DI}BPMNLabel/{DC}Bounds")
    if given is None:
        place = Box(near.x + near.width / 2 - DEFAULT_WIDTH / 2, near.bottom, DEFAULT_WIDTH, LINE)
    else:
        place = Box(*(coordinate(given.get(each)) for each in ("x", "y", "width", "height")))
    breadth = width(name)
    written = min(breadth, max(place.width, LETTER))
    return Box(place.x + (place.width - written) / 2, place.y, written, rows(name, place.width) * LINE)


def rows(name: str, wide: float) -> int:
    """In how many lines a label of a width is written: words stay whole as far as they fit into one."""
    room = max(wide - SPARE, LETTER) // LETTER * LETTER
    if width(name) <= wide:
        return 1
    lines, used = 1, 0.0
    for word in name.split():
        breadth, gap = width(word), width(" ") if used else 0.0
        if used and used + gap + breadth > room:
            lines, used, gap = lines + 1, 0.0, 0.0
        used += gap + breadth
        lines, used = lines + math.ceil(used / room) - 1, (used - 1) % room + 1
    return lines


def _title(name: str, box: Box) -> Box | None:
    """Where the name of an expanded subprocess stands: in the middle, under its upper edge."""
    breadth = min(width(name) * TITLE / LETTER, box.width)
    return Box(box.x + (box.width - breadth) / 2, box.y + 6, breadth, TITLE + 3) if name.strip() else None


def width(text: str) -> float:
    """How wide a label's text is in one line; a Chinese character is as wide as it is high."""
    return sum(LETTER if unicodedata.east_asian_width(letter) in "FW" else LETTER * 0.56 for letter in text)
