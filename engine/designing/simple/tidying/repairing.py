"""What an edit left badly drawn: a node outside its lane or on another, a flow through a node, a covered name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from lxml import etree

from engine.designing.simple.drawn.plane import SPACE, Plane
from engine.designing.simple.graph import Graph
from engine.designing.simple.tidying import routing
from engine.diagrams import drawing, labels, measure
from engine.diagrams.drawing import Box, Drawing, Point
from engine.problems import Problem

ROUNDS, MOST = 3, 8  # how often, and how many ways are looked for: an edit is to take no longer than a person notices
GRAVE = (measure.OUTSIDE, measure.ON_NODE, measure.THROUGH, measure.CROSSINGS)
STANDS_BADLY = (measure.OUTSIDE, measure.ON_NODE, measure.OF_OTHERS)
NAMED_BADLY = (measure.LABELS, measure.LABEL_ON_NODE, measure.LABEL_ON_FLOW)


@dataclass(frozen=True)
class Drawn:
    """How a file was drawn before an edit: what was badly drawn already, the ways of flows, the nodes."""

    faults: frozenset[str]
    ways: Mapping[str, list[Point]]
    nodes: frozenset[str]


def drawn(root: etree._Element, graph: Graph) -> Drawn:
    """How a file is drawn."""
    return Drawn(frozenset(_text(each) for each in measure.problems(root)), _ways(root), frozenset(graph.nodes))


def repair(root: etree._Element, graph: Graph, before: Drawn, loose: Collection[str], *, moves: bool) -> list[Problem]:
    """Mends what is worse than before; gives what is still worse.

    `loose` are flows that have no good way yet; `moves`: whether nodes may be put elsewhere.
    """
    repairing = _Repair(root, graph, before, moves)
    repairing.lead(loose)
    left_over = repairing.worse()
    for _round in range(ROUNDS):
        if not left_over:
            break
        repairing.mend(left_over)
        left_over = repairing.worse()
    return left_over


def _text(problem: Problem) -> str:
    return problem.element_id if problem.element_id else problem.message


class _Repair:
    def __init__(self, root: etree._Element, graph: Graph, before: Drawn, moves: bool) -> None:
        self.root, self.graph, self.before, self.moves = root, graph, before, moves
        self.left = MOST

    def worse(self) -> list[Problem]:
        """What is badly drawn and was not before."""
        return [each for each in measure.problems(self.root) if _text(each) not in self.before.faults]

    def mend(self, problems: list[Problem]) -> None:
        """Puts each fault right as well as it can; names last, as they go where their elements are."""
        for each in problems:
            if each.message in STANDS_BADLY and self.moves:
                self._put(self._newer(each))
            elif each.message == measure.THROUGH:
                self.lead([each.element_id])
            elif each.message == measure.CROSSINGS:
                self.lead(self._led_anew())
        for each in self.worse():
            if each.message in NAMED_BADLY:
                self._name(each.element_id, str(each.values.get("other", "")))

    def _led_anew(self) -> list[str]:
        """The flows whose way is not just the old one moved aside."""
        old = self.before.ways
        return [id for id, points in _ways(self.root).items() if len(old.get(id, ())) != len(points)]

    def _newer(self, problem: Problem) -> str:
        """Of two nodes on top of each other the one that came with the edit."""
        other = str(problem.values.get("other", ""))
        old = self.before.nodes
        fresh = (id for id in self.graph.nodes if id not in old and other in (id, self.graph.nodes[id].get("name")))
        return problem.element_id if problem.element_id not in old else next(fresh, problem.element_id)

    def _put(self, id: str) -> None:
        """Gives a node a column of its own, in its lane, and its flows new ways."""
        plane = Plane(self.root)
        old = plane.box(id)
        if old is None or id not in self.graph.nodes or self.graph.attached.get(id):
            return
        lane = self._lane(id, plane)
        x = plane.gap(old[0] - SPACE / 2, id)
        plane.make_column(x, old[2] + 2 * SPACE)
        y = old[1] if lane is None else min(max(old[1], lane.y + SPACE / 2), lane.bottom - old[3] - SPACE / 2)
        plane.draw_box(id, (x + SPACE, y, old[2], old[3]))
        self.lead([*self.graph.into.get(id, ()), *self.graph.out.get(id, ())])

    def _lane(self, id: str, plane: Plane) -> Box | None:
        holders = (each for each in self.root.iter("{*}lane") for ref in each.iter("{*}flowNodeRef") if ref.text == id)
        lane = next((plane.box(str(each.get("id"))) for each in holders), None)
        return None if lane is None else Box(*lane)

    def lead(self, flows: Iterable[str]) -> None:
        """New ways for flows, each after the others."""
        for id in flows:
            self.left -= 1
            if self.left < 0:
                return
            drawn, plane = drawing.read(self.root), Plane(self.root)
            line = next((each for each in drawn.lines if each.id == id), None)
            if line is None or line.source not in drawn.nodes or line.target not in drawn.nodes:
                continue
            way = self._route(drawn, line)
            if way is not None:
                plane.draw_line(id, way)

    def _route(self, drawn: Drawing, line: drawing.DrawnFlow) -> list[Point] | None:
        around = {*line.within, drawn.nodes[line.source].host, drawn.nodes[line.target].host}
        boxes = [each.box for each in drawn.nodes.values() if each.id not in around or each.host]
        others = [piece for each in drawn.lines if each.id != line.id for piece in each.segments]
        hosts = [drawn.nodes[id].box for id in around - set(line.within) if id in drawn.nodes]
        return routing.route(drawn.nodes[line.source].box, drawn.nodes[line.target].box, [*boxes, *hosts], others)

    def _name(self, id: str, other: str) -> None:
        """Another place for the name of an element, or for the one that it covers."""
        drawn = drawing.read(self.root)
        both: list[drawing.Shape | drawing.DrawnFlow] = [*drawn.nodes.values(), *drawn.lines]
        for each in (*(each for each in both if each.id == id), *(each for each in both if each.name == other)):
            box = labels.place(drawn, each) if each.label is not None else None
            if box is not None:
                Plane(self.root).draw_name(each.id, (box.x, box.y, box.width, box.height))
                return


def _ways(root: etree._Element) -> dict[str, list[Point]]:
    plane = Plane(root)
    return {id: plane.points(id) for id in plane.edges}
