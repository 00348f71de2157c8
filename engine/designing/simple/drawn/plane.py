"""The drawing of a diagram under change: room is made for what comes in, what stands elsewhere keeps its place to the others."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from lxml import etree

from engine.diagrams.drawing import DEFAULT_WIDTH, coordinate, width
from engine.diagrams.drawn_anew import DC, DD, DI, free
from engine.diagrams.laying_out import Box, Point

SPACE = 40  # between two nodes that follow each other
HALF = 45  # how far a row reaches above and below its middle
CLOSE = 2.0
CLEAR = 14.0  # beside a name


@dataclass
class PlacedUnit:
    """What is put in as one: `boxes` and `lines` as if its first node stood at the left with its middle at y 0."""

    boxes: dict[str, Box] = field(default_factory=dict)
    lines: dict[str, list[Point]] = field(default_factory=dict)

    @property
    def width(self) -> float:
        """How wide it is."""
        return max(x + width for x, _y, width, _height in self.boxes.values())

    @property
    def above(self) -> float:
        """How far it reaches above its row."""
        return max(HALF, *(-y for _x, y, _width, _height in self.boxes.values()))

    @property
    def below(self) -> float:
        """How far it reaches below its row, lines too."""
        lows = [y for points in self.lines.values() for _x, y in points]
        return max(HALF, *(y + height for _x, y, _width, height in self.boxes.values()), *lows)

    @property
    def mirrored(self) -> PlacedUnit:
        """The same read from right to left, for flows that go that way."""
        wide = self.width
        boxes = {id: (wide - x - width, y, width, height) for id, (x, y, width, height) in self.boxes.items()}
        return PlacedUnit(boxes, {id: [(wide - x, y) for x, y in points] for id, points in self.lines.items()})


class Plane:
    """Boxes and lines of a file, by the id of their BPMN element; written back where they change."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.plane = next(root.iter(f"{DI}BPMNPlane"), None)
        self.shapes = {str(each.get("bpmnElement")): each for each in root.iter(f"{DI}BPMNShape")}
        self.edges = {str(each.get("bpmnElement")): each for each in root.iter(f"{DI}BPMNEdge")}

    def box(self, id: str) -> Box | None:
        """Where a node stands."""
        bounds = self.shapes[id].find(f"{DC}Bounds") if id in self.shapes else None
        return None if bounds is None else _box(bounds)

    def points(self, id: str) -> list[Point]:
        """The way of a flow."""
        return [] if id not in self.edges else [_point(each) for each in self.edges[id].iterchildren(f"{DD}waypoint")]

    def unit(self, first: str, nodes: Collection[str], flows: Collection[str]) -> PlacedUnit:
        """What is drawn of nodes and flows, to be put elsewhere."""
        start = self.box(first)
        assert start is not None
        left = min(box[0] for id in nodes if (box := self.box(id)))
        y = start[1] + start[3] / 2
        boxes = {id: (box[0] - left, box[1] - y, box[2], box[3]) for id in nodes if (box := self.box(id))}
        lines = {id: [(a - left, b - y) for a, b in self.points(id)] for id in flows if id in self.edges}
        return PlacedUnit(boxes, lines)

    def put(self, flow: str, unit: PlacedUnit, behind: str = "") -> bool:
        """Puts a unit onto the way of a flow, whose rest becomes the way of the flow `behind` (empty: is forgotten).

        False where there is no place.
        """
        points = self.points(flow)
        stretch = max(enumerate(pairwise(points)), key=lambda each: _level(*each[1]), default=None)
        if stretch is None or _level(*stretch[1]) <= 0:
            return False
        number, ((x0, y), (x1, _same)) = stretch
        left, right = min(x0, x1), max(x0, x1)
        before, after = (self._room(each) for each in ((flow, behind) if x0 <= x1 else (behind, flow)))
        lacking = unit.width + before + after - (right - left)
        unit = unit if x0 <= x1 else unit.mirrored
        if lacking > 0:
            self._shift(right, lacking, 0, avoiding=left)
            right += lacking
        self._make_rows(left, right, y, unit)
        points = self.points(flow)
        x = left + before + (right - left - unit.width - before - after) / 2
        y = points[number][1]
        self._draw(unit, x, y)
        into, out = (x, x + unit.width) if x0 <= x1 else (x + unit.width, x)
        self.draw_line(flow, [*points[: number + 1], (into, y)])
        if behind:
            self.draw_line(behind, [(out, y), *points[number + 1 :]])
        return True

    def drop(self, flow: str, unit: PlacedUnit) -> None:
        """Puts a unit into a column of its own where the longest piece of a flow's way is."""
        (x0, y0), (x1, y1) = max(pairwise(self.points(flow)), key=lambda each: math.dist(*each), default=((0, 0), (0, 0)))
        x = self.gap((x0 + x1) / 2)
        self.make_column(x, unit.width + 2 * SPACE)
        self._draw(unit, x + SPACE, (y0 + y1) / 2)

    def gap(self, x: float, without: str = "") -> float:
        """The next place from which everything can be moved to the right without cutting a node."""
        boxes = (box for id in self.shapes if id != without and not self.holds(id) and (box := self.box(id)))
        for left, _y, wide, _height in sorted(boxes):
            if left + 1 < x < left + wide + SPACE / 2:
                x = left + wide + SPACE / 2
        return x

    def _room(self, flow: str) -> float:
        """How much of a level way a flow needs, so that its name covers nothing."""
        named = next((each.get("name", "") for each in self.root.iter("{*}sequenceFlow") if each.get("id") == flow), "")
        return max(SPACE, min(width(named), DEFAULT_WIDTH) + CLEAR if named.strip() else 0)

    def _make_rows(self, left: float, right: float, y: float, unit: PlacedUnit) -> None:
        """Moves away what stands above or below the row where the unit will."""
        band = (left + CLOSE, y + HALF, right - left - 2 * CLOSE, unit.below - HALF)
        if unit.below > HALF and self._meets(band):
            self._shift(y + HALF, 0, unit.below - HALF + SPACE)
        band = (left + CLOSE, y - unit.above, right - left - 2 * CLOSE, unit.above - HALF)
        if unit.above > HALF and self._meets(band):
            self._shift(y - HALF, 0, unit.above - HALF + SPACE)

    def row_below(self, left: float, right: float, y: float) -> float:
        """The middle of a free row below a height between two places, made free if need be."""
        middle = y + SPACE
        if self._meets((left, middle - HALF, right - left, 2 * HALF)):
            self._shift(y + CLOSE, 0, 2 * HALF)
        return middle

    def lowest(self, nodes: Iterable[str], flows: Iterable[str]) -> float:
        """The lower edge of nodes and flows."""
        lows = [box[1] + box[3] for id in nodes if (box := self.box(id))]
        return max([*lows, *(y for id in flows for _x, y in self.points(id))])

    def join(self, first: str, second: str) -> None:
        """Lets a flow go on along the way of another."""
        one, other = self.points(first), self.points(second)
        if one and other:
            (_x, y), (to_x, to_y) = one[-1], other[0]
            self.draw_line(first, _straight([*one, *([] if abs(y - to_y) < CLOSE else [(to_x, y)]), *other]))

    def connect(self, flow: str, source: str, target: str) -> None:
        """A way of its own between two nodes."""
        one, other = self.box(source), self.box(target)
        if one and other:
            x, y = one[0] + one[2], one[1] + one[3] / 2
            to_x, to_y = other[0], other[1] + other[3] / 2
            middle = (x + to_x) / 2
            self.draw_line(flow, _straight([(x, y), (middle, y), (middle, to_y), (to_x, to_y)]))

    def draw_box(self, id: str, box: Box) -> None:
        """Draws a node at a place, or moves it there with its label."""
        if self.plane is None:
            return
        if id not in self.shapes:
            self.shapes[id] = etree.SubElement(self.plane, f"{DI}BPMNShape", id=free(self.root, f"{id}_di"), bpmnElement=id)
            etree.SubElement(self.shapes[id], f"{DC}Bounds")
        old = self.box(id)
        if old is not None and old[2]:
            for bounds in self.shapes[id].iterfind(f"{DI}BPMNLabel/{DC}Bounds"):
                x, y, width, height = _box(bounds)
                _write(bounds, (x + box[0] - old[0], y + box[1] - old[1], width, height))
        own = self.shapes[id].find(f"{DC}Bounds")
        if own is not None:
            _write(own, box)

    def draw_line(self, id: str, points: Iterable[Point]) -> None:
        """Draws a flow along a way; a label placed by hand goes back to the middle."""
        if self.plane is None:
            return
        if id not in self.edges:
            self.edges[id] = etree.SubElement(self.plane, f"{DI}BPMNEdge", id=free(self.root, f"{id}_di"), bpmnElement=id)
        edge = self.edges[id]
        for old in [*edge.iterchildren(f"{DD}waypoint"), *edge.iterchildren(f"{DI}BPMNLabel")]:
            edge.remove(old)
        for place, (x, y) in enumerate(points):
            point = etree.Element(f"{DD}waypoint", x=f"{x:.0f}", y=f"{y:.0f}")
            edge.insert(place, point)

    def draw_name(self, id: str, box: Box) -> None:
        """Puts the name of a node or flow at a place."""
        drawn = self.shapes.get(id, self.edges.get(id))
        if drawn is None:
            return
        label = drawn.find(f"{DI}BPMNLabel")
        label = etree.SubElement(drawn, f"{DI}BPMNLabel") if label is None else label
        bounds = label.find(f"{DC}Bounds")
        _write(etree.SubElement(label, f"{DC}Bounds") if bounds is None else bounds, box)

    def make_column(self, at: float, wide: float) -> None:
        """Moves all that stands from a place on to the right."""
        self._shift(at, wide, 0)

    def remove(self, ids: Collection[str]) -> None:
        """Takes what is drawn of elements away."""
        for drawn in (self.shapes, self.edges):
            for id in [each for each in drawn if each in ids]:
                element = drawn.pop(id)
                holder = element.getparent()
                if holder is not None:
                    holder.remove(element)

    def _draw(self, unit: PlacedUnit, x: float, y: float) -> None:
        for id, box in unit.boxes.items():
            self.draw_box(id, (box[0] + x, box[1] + y, box[2], box[3]))
        for id, points in unit.lines.items():
            self.draw_line(id, [(a + x, b + y) for a, b in points])

    def _shift(self, at: float, right: float, down: float, avoiding: float | None = None) -> None:
        """Moves what stands from a place on to the right, or from a height on down; what reaches over it grows."""
        axis = 0 if right else 1
        for id, shape in self.shapes.items():
            for bounds in shape.iter(f"{DC}Bounds"):
                box = list(_box(bounds))
                if box[axis] >= at - CLOSE:
                    box[axis] += right or down
                elif self.holds(id) and box[axis] + box[axis + 2] > at - CLOSE and bounds.getparent() is shape:
                    box[axis + 2] += right or down
                _write(bounds, (box[0], box[1], box[2], box[3]))
        for edge in self.edges.values():
            for point in edge.iterchildren(f"{DD}waypoint"):
                x, y = _point(point)
                if (x if right else y) >= at - CLOSE:
                    point.set("x", f"{x + right:.0f}")
                    point.set("y", f"{y + down:.0f}")
            for bounds in edge.iter(f"{DC}Bounds"):
                x, y, width, height = _box(bounds)
                if (x if right else y) >= at - CLOSE:
                    _write(bounds, (x + right, y + down, width, height))

    def holds(self, id: str) -> bool:
        """Whether others may stand within it: a pool, a lane, an open subprocess."""
        return (
            self.shapes[id].get("isExpanded") == "true" or self.shapes[id].get("isHorizontal") is not None or id in self.frames
        )

    @property
    def frames(self) -> set[str]:
        """Pools and lanes."""
        return {str(each.get("id")) for each in self.root.iter("{*}participant", "{*}lane")}

    def _meets(self, band: Box) -> bool:
        """Whether a node stands in a band."""
        boxes: Mapping[str, Box | None] = {id: self.box(id) for id in self.shapes if not self.holds(id)}
        return any(each is not None and _overlap(each, band) for each in boxes.values())


def _overlap(one: Box, other: Box) -> bool:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    return across > 0 and min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1]) > 0


def _level(one: Point, other: Point) -> float:
    """How long a piece is if it is level, else 0."""
    return abs(one[0] - other[0]) if abs(one[1] - other[1]) < CLOSE else 0


def _straight(points: list[Point]) -> list[Point]:
    """Without the points that lie on a straight way."""
    kept = points[:1]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        is_level = abs(before[1] - point[1]) < CLOSE and abs(point[1] - after[1]) < CLOSE
        is_upright = abs(before[0] - point[0]) < CLOSE and abs(point[0] - after[0]) < CLOSE
        if not is_level and not is_upright:
            kept.append(point)
    return [*kept, *points[-1:]]


def _box(bounds: etree._Element) -> Box:
    x, y, width, height = (coordinate(bounds.get(name)) for name in ("x", "y", "width", "height"))
    return x, y, width, height


def _point(point: etree._Element) -> Point:
    return coordinate(point.get("x")), coordinate(point.get("y"))


def _write(bounds: etree._Element, box: Box) -> None:
    for name, number in zip(("x", "y", "width", "height"), box, strict=True):
        if coordinate(bounds.get(name)) != number or bounds.get(name) is None:
            bounds.set(name, f"{number:.0f}")
