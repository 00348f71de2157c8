"""A place for the name of an event, gateway or flow where it covers neither a node nor another name, and no flow runs through it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import replace

from lxml import etree

from engine.diagrams import drawing, measure
from engine.diagrams.drawing import DC, DEFAULT_WIDTH, DI, LINE, SPARE, Box, Drawing, DrawnFlow, Shape, width

GAP = 4.0
ROOMY = 1.12  # how much wider than most a word may be whose letters are wide: one that does not fit is broken
STEPS = (0.5, 0.25, 0.75, 0.1, 0.9)


def place(drawn: Drawing, each: Shape | DrawnFlow) -> Box | None:
    """Where the name may stand, away from flows if it can; None where everything around is taken."""
    others = [line for line in drawn.lines if line.id != each.id]
    free: list[Box] = []
    for roomy in (ROOMY, 1.0):
        size = _size(each.name, roomy)
        around = _around(each, *size) if isinstance(each, Shape) else _along(each, *size)
        unused = [box for box in around if _is_free(drawn, each, box)]
        clear_of_flows = (box for box in unused if not any(measure.crosses(line, box) for line in others))
        if (box := next(clear_of_flows, None)) is not None:
            return box
        free += unused
    return next(iter(free), None)


def clear(root: etree._Element, ids: Collection[str]) -> None:
    """Puts the names of these elements elsewhere that cover something where they stand; one without another place stays."""
    drawn = drawing.read(root)
    shown = {each.get("bpmnElement"): each for each in root.iter(DI + "BPMNShape", DI + "BPMNEdge")}
    named: list[Shape | DrawnFlow] = [*drawn.nodes.values(), *drawn.lines]
    for each in [each for each in named if each.id in ids and each.label is not None]:
        is_title = isinstance(each, Shape) and each.kind == "subProcess"
        if is_title or not _is_covered(drawn, each) or (box := place(drawn, each)) is None:
            continue
        _write(shown[each.id], box)
        if isinstance(each, Shape):
            drawn.nodes[each.id] = replace(each, label=box)
        else:
            drawn.lines[drawn.lines.index(each)] = replace(each, label=box)


def _is_covered(drawn: Drawing, each: Shape | DrawnFlow) -> bool:
    label = each.label or Box(0, 0, 0, 0)
    is_on_node = any(node.kind != "subProcess" and measure.covers(label, node) for node in drawn.nodes.values())
    is_on_flow = any(line.id != each.id and measure.crosses(line, label) for line in drawn.lines)
    return is_on_node or is_on_flow or not _is_free(drawn, each, label, ())


def _write(shown: etree._Element, box: Box) -> None:
    label = shown.find(f"{DI}BPMNLabel")
    label = etree.SubElement(shown, f"{DI}BPMNLabel") if label is None else label
    bounds = label.find(f"{DC}Bounds")
    bounds = etree.SubElement(label, f"{DC}Bounds") if bounds is None else bounds
    for name in ("x", "y", "width", "height"):
        bounds.set(name, f"{getattr(box, name):g}")


def _size(name: str, roomy: float) -> tuple[float, float]:
    wide = min(width(name) + SPARE, DEFAULT_WIDTH)
    wide = max([wide, *(width(word) * roomy + SPARE for word in name.split() if word.isascii())])
    return wide, LINE * drawing.rows(name, wide)


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


def _is_free(drawn: Drawing, own: Shape | DrawnFlow, box: Box, nodes: Collection[Shape] | None = None) -> bool:
    """Whether no other name stands there, nor one of these nodes; of all, where none are said."""
    around = [each for each in drawn.nodes.values() if each.kind != "subProcess"] if nodes is None else nodes
    named: list[Shape | DrawnFlow] = [*drawn.nodes.values(), *drawn.lines]
    others = (each.label for each in named if each.id != own.id)
    return not any(box.overlaps(each.box) for each in around) and not any(
        label is not None and box.overlaps(label) for label in others
    )
