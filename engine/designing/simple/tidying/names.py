"""A place for the name of an event, gateway or flow where it covers neither a node nor another name, and no flow runs through it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from engine.diagrams import measure
from engine.diagrams.drawing import DEFAULT_WIDTH, LINE, SPARE, Box, Drawing, DrawnFlow, Shape, width

GAP = 4.0
STEPS = (0.5, 0.25, 0.75, 0.1, 0.9)


def place(drawn: Drawing, each: Shape | DrawnFlow) -> Box | None:
    """Where the name may stand, away from flows if it can; None where everything around is taken."""
    size = _size(each.name)
    around = _around(each, *size) if isinstance(each, Shape) else _along(each, *size)
    free = [box for box in around if _is_free(drawn, each, box)]
    others = [line for line in drawn.lines if line is not each]
    return next((box for box in free if not any(measure.crosses(line, box) for line in others)), next(iter(free), None))


def _size(name: str) -> tuple[float, float]:
    wide = min(width(name) + SPARE, DEFAULT_WIDTH)
    return wide, LINE * math.ceil(width(name) / max(wide - SPARE, 1))


def _around(shape: Shape, wide: float, high: float) -> Iterator[Box]:
    box = shape.box
    middle, row = box.x + (box.width - wide) / 2, box.y + (box.height - high) / 2
    for far in (GAP, 3 * GAP, 8 * GAP):
        for y in (box.bottom + far, box.y - high - far):
            for aside in (0, wide / 2, -wide / 2):
                yield Box(middle + aside, y, wide, high)
        yield from (Box(x, row, wide, high) for x in (box.right + far, box.x - wide - far))


def _along(line: DrawnFlow, wide: float, high: float) -> Iterator[Box]:
    """Beside its pieces, the longest first."""
    for one, other in sorted(line.segments, key=lambda each: -math.dist(*each)):
        for step in STEPS:
            x, y = one[0] + (other[0] - one[0]) * step, one[1] + (other[1] - one[1]) * step
            if abs(one[1] - other[1]) < 1:
                yield from (Box(x - wide / 2, at, wide, high) for at in (y - high - GAP, y + GAP))
            else:
                yield from (Box(at, y - high / 2, wide, high) for at in (x + GAP, x - wide - GAP))


def _is_free(drawn: Drawing, own: Shape | DrawnFlow, box: Box) -> bool:
    nodes = (each for each in drawn.nodes.values() if each.kind != "subProcess")
    named: list[Shape | DrawnFlow] = [*drawn.nodes.values(), *drawn.lines]
    labels = (each.label for each in named if each is not own)
    return not any(box.overlaps(each.box) for each in nodes) and not any(
        label is not None and box.overlaps(label) for label in labels
    )
