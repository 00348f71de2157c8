"""Whether a drawn diagram can be read: everything in its place, nothing on top of something else, few crossings."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from lxml import etree

from engine.diagrams import drawing
from engine.diagrams.drawing import INSIDE, Box, Drawing, DrawnFlow, Point, Shape
from engine.problems import Problem

MAX_CROSSINGS = 2
SHOWN = 10
MAX_SHAPES = 800  # a larger diagram is not measured: nobody reads it, and it would take long
NOT_DRAWN = "It has no place in the drawing."
OUTSIDE = "It is drawn outside “%(around)s”."
NO_LANE = "It is drawn outside all lanes."
OF_OTHERS = "“%(group)s” does it, but it is drawn in the lane “%(lane)s”."
ON_NODE = "It is drawn on top of “%(other)s”."
LABELS = "Its name covers that of “%(other)s”."
LABEL_ON_NODE = "Its name covers “%(other)s”."
LABEL_ON_FLOW = "Its name stands on the flow %(flow)s."
THROUGH = "It runs through “%(other)s”."
CROSSINGS = "Flows cross or cover each other %(number)s times; at most %(limit)s can be followed by eye: %(flows)s."

T = TypeVar("T")


def problems(root: etree._Element) -> list[Problem]:
    """What makes a BPMN file's drawing hard to read, as warnings; nothing for a file without any drawing."""
    drawn = drawing.read(root)
    if drawn.is_empty or len(drawn.nodes) + len(drawn.lines) > MAX_SHAPES:
        return []
    problems_measured = [
        *_missing(drawn),
        *_outside(drawn),
        *_of_others(drawn),
        *_on_top(drawn),
        *_labels(drawn),
        *_through(drawn),
        *_crossings(drawn),
    ]
    return list({(each.element_id, str(each)): each for each in problems_measured}.values())


def _warning(id: str, name: str, message: str, **values: object) -> Problem:
    return Problem(id, name, message, values, "warning")


def _missing(drawn: Drawing) -> Iterator[Problem]:
    return (_warning(id, name, NOT_DRAWN) for id, name in drawn.missing)


def _outside(drawn: Drawing) -> Iterator[Problem]:
    for node in drawn.nodes.values():
        for place in (drawn.lanes.get(id) or drawn.nodes.get(id) for id in node.within[-1:]):
            if place is not None and not (node.host or _reaches_over_lanes(node, drawn) or place.box.holds(node.box)):
                yield _warning(node.id, node.name, OUTSIDE, around=place.name or place.id)
        if node.id in drawn.laneless and not node.host and _lane_around(node, drawn) is None:
            yield _warning(node.id, node.name, NO_LANE)


def _reaches_over_lanes(node: Shape, drawn: Drawing) -> bool:
    """An expanded subprocess whose steps stand in the lanes of several groups."""
    if node.kind != "subProcess":
        return False
    steps = (each for each in drawn.nodes.values() if node.id in each.within)
    return len({lane.id for each in steps if (lane := _lane_around(each, drawn)) is not None}) > 1


def _of_others(drawn: Drawing) -> Iterator[Problem]:
    """User tasks that name a group, drawn in the lane of another; what is in no lane belongs to nobody else."""
    for node in drawn.nodes.values():
        lane = _lane_around(node, drawn)
        if node.group and lane is not None and lane.name not in ("", node.group):
            yield _warning(node.id, node.name, OF_OTHERS, group=node.group, lane=lane.name)


def _lane_around(node: Shape, drawn: Drawing) -> Shape | None:
    """The innermost lane in which the middle of a node lies; an expanded subprocess may reach over several."""
    x, y = node.box.x + node.box.width / 2, node.box.y + node.box.height / 2
    around = [lane for lane in drawn.lanes.values() if lane.box.holds(Box(x, y, 0, 0))]
    return min(around, key=lambda lane: lane.box.width * lane.box.height, default=None)


def _on_top(drawn: Drawing) -> Iterator[Problem]:
    for one, other in _near(drawn.nodes.values(), lambda node: node.box):
        if not _belong_together(one, other):
            yield _warning(one.id, one.name, ON_NODE, other=other.name or other.id)


def _belong_together(one: Shape, other: Shape) -> bool:
    """One is attached to the other, or drawn within it."""
    return one.id in (other.host, *other.within) or other.id in (one.host, *one.within)


def _labels(drawn: Drawing) -> Iterator[Problem]:
    both: tuple[Shape | DrawnFlow, ...] = (*drawn.nodes.values(), *drawn.lines)
    named = [each for each in both if each.label is not None]
    for one, other in _near(named, _label_of):
        yield _warning(one.id, one.name, LABELS, other=other.name)
    for each in named:
        for node in drawn.nodes.values():
            if node.kind != "subProcess" and covers(_label_of(each), node):
                yield _warning(each.id, each.name, LABEL_ON_NODE, other=node.name or node.id)
        for line in drawn.lines:
            if line.id != each.id and crosses(line, _label_of(each)):
                yield _warning(each.id, each.name, LABEL_ON_FLOW, flow=_way(line, drawn))


def covers(label: Box, node: Shape) -> bool:
    """Whether a label lies on a node as it is seen: an event is a circle, a gateway a diamond."""
    if not label.overlaps(node.box) or node.kind == "task":
        return label.overlaps(node.box)
    wide, high = node.box.width / 2, node.box.height / 2
    x, y = node.box.x + wide, node.box.y + high
    beside = abs(min(max(x, label.x), label.right) - x) / wide
    below = abs(min(max(y, label.y), label.bottom) - y) / high
    return (math.hypot(beside, below) if node.kind == "event" else beside + below) < 1 - INSIDE / wide


def _label_of(each: Shape | DrawnFlow) -> Box:
    return each.label or Box(0, 0, 0, 0)


def _near(items: Iterable[T], box: Callable[[T], Box]) -> Iterator[tuple[T, T]]:
    """Pairs whose boxes overlap, found by going from left to right."""
    open: list[T] = []
    for item in sorted(items, key=lambda each: box(each).x):
        open = [each for each in open if box(each).right > box(item).x]
        yield from ((each, item) for each in open if box(each).overlaps(box(item)))
        open.append(item)


def _through(drawn: Drawing) -> Iterator[Problem]:
    for line in drawn.lines:
        own = {line.source, line.target, *line.within}
        for node in drawn.nodes.values():
            if node.id not in own and crosses(line, node.box):
                yield _warning(line.id, line.name, THROUGH, other=node.name or node.id)


def crosses(line: DrawnFlow, box: Box) -> bool:
    """Whether a flow runs within a box."""
    return _extent(line).overlaps(box) and any(_enters(segment, box) for segment in line.segments)


def _enters(segment: tuple[Point, Point], box: Box) -> bool:
    """Whether a straight piece runs within a box (Liang–Barsky), its edge not counted."""
    (x0, y0), (x1, y1) = segment
    first, last = 0.0, 1.0
    for start, way, low, high in (
        (x0, x1 - x0, box.x + INSIDE, box.right - INSIDE),
        (y0, y1 - y0, box.y + INSIDE, box.bottom - INSIDE),
    ):
        if way == 0:
            if not low < start < high:
                return False
            continue
        one, other = sorted(((low - start) / way, (high - start) / way))
        first, last = max(first, one), min(last, other)
    return first < last


def _crossings(drawn: Drawing) -> Iterator[Problem]:
    crossed = [(one, other) for one, other in _near(drawn.lines, _extent) if _cross(one, other)]
    if len(crossed) > MAX_CROSSINGS:
        flows = "; ".join(f"{_way(one, drawn)} × {_way(other, drawn)}" for one, other in crossed[:SHOWN])
        yield _warning("", "", CROSSINGS, number=len(crossed), limit=MAX_CROSSINGS, flows=flows)


def _way(line: DrawnFlow, drawn: Drawing) -> str:
    """A flow in words: from what to what."""
    ends = (drawn.nodes.get(id) for id in (line.source, line.target))
    return " → ".join(
        id if node is None else node.name or id for node, id in zip(ends, (line.source, line.target), strict=True)
    )


def _extent(line: DrawnFlow) -> Box:
    xs, ys = zip(*line.points, strict=True)
    return Box(min(xs) - 2, min(ys) - 2, max(xs) - min(xs) + 4, max(ys) - min(ys) + 4)


def _cross(one: DrawnFlow, other: DrawnFlow) -> bool:
    joined = one.source == other.source or one.target == other.target
    return any(_meet(a, b, joined) for a in one.segments for b in other.segments)


def _meet(one: tuple[Point, Point], other: tuple[Point, Point], joined: bool) -> bool:
    """Whether two straight pieces cross, or one lies on the other; flows that part or join may share a piece."""
    a, b = one
    c, d = other
    turns = (_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b))
    if all(turn == 0 for turn in turns):
        return not joined and _shared(one, other) > INSIDE
    return turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0


def _turn(a: Point, b: Point, c: Point) -> int:
    area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return 0 if abs(area) < INSIDE else (1 if area > 0 else -1)


def _shared(one: tuple[Point, Point], other: tuple[Point, Point]) -> float:
    """How long two pieces of the same straight line lie on each other."""
    axis = 0 if abs(one[0][0] - one[1][0]) >= abs(one[0][1] - one[1][1]) else 1
    low = max(min(p[axis] for p in one), min(p[axis] for p in other))
    return min(max(p[axis] for p in one), max(p[axis] for p in other)) - low
