"""Laying out the flow nodes of one process or subprocess: layers from left to right, rows within lanes, flows at right angles.

A node stands one layer behind the last that leads to it; flows that go back run along the top of the lane they lead to.
A flow over several layers keeps a row of its own, and every bend a track of its own between two layers, so that flows
neither run through nodes nor on each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
GAP, TRACK, BETWEEN_ROWS, ABOVE_LANE = 36, 12, 34, 24
LABEL = 22  # height of the words under an event or gateway
HEAD, MARGIN, TITLE = 60, 20, 40  # of a pool at its left, within a subprocess, and above what is in one
CONTAINERS = ("subProcess", "transaction", "adHocSubProcess")
Point = tuple[float, float]
Box = tuple[float, float, float, float]
Spot = tuple[int, int, int]
"""Layer, lane and row."""


@dataclass(frozen=True)
class Flow:
    """A sequence flow between two nodes of the scope."""

    id: str
    source: str
    target: str


@dataclass
class Drawn:
    """Where everything of a scope stands: `boxes` x, y, width, height; `lines` the points of flows."""

    boxes: dict[str, Box] = field(default_factory=dict)
    lines: dict[str, list[Point]] = field(default_factory=dict)
    width: float = 0
    height: float = 0

    def add(self, other: Drawn, x: float, y: float) -> None:
        """Takes over what is drawn elsewhere, moved."""
        self.boxes |= {id: (box[0] + x, box[1] + y, box[2], box[3]) for id, box in other.boxes.items()}
        self.lines |= {id: [(a + x, b + y) for a, b in points] for id, points in other.lines.items()}


def lay_out(element: etree._Element, *, is_inner: bool = False) -> Drawn:
    """The layout of a process or subprocess, what is within its subprocesses too; at the origin."""
    return _Scope(element, is_inner).drawn()


class _Scope:
    def __init__(self, element: etree._Element, is_inner: bool) -> None:
        self.left = GAP if is_inner else HEAD
        self.kinds: dict[str, str] = {}
        self.attached: dict[str, str] = {}
        self.inner: dict[str, Drawn] = {}
        self.flows: list[Flow] = []
        self.lanes: list[str] = []
        self.lane: dict[str, int] = {}
        self._read(element)
        self.nodes = [id for id in self.kinds if id not in self.attached]
        self.out: dict[str, list[Flow]] = defaultdict(list)
        for flow in self.flows:
            self.out[self._anchor(flow.source)].append(flow)
        self.back = self._going_back()
        self.layer = self._layers()
        self.row: dict[str, int] = {}
        self.spots: dict[str, list[Spot]] = {flow.id: [] for flow in self.flows}
        self._place()

    def _read(self, element: etree._Element) -> None:
        for each in element.iterchildren(f"{BPMN}*"):
            kind, id = str(etree.QName(each).localname), str(each.get("id"))
            if kind.endswith(("Task", "Event", "Gateway")) or kind in ("task", "callActivity", *CONTAINERS):
                self.kinds[id] = kind
                if kind == "boundaryEvent":
                    self.attached[id] = str(each.get("attachedToRef"))
                if kind in CONTAINERS:
                    self.inner[id] = lay_out(each, is_inner=True)
        known = self.kinds.keys()
        self.attached = {id: host for id, host in self.attached.items() if host in known and host not in self.attached}
        for each in element.iterchildren(f"{BPMN}sequenceFlow"):
            flow = Flow(str(each.get("id")), str(each.get("sourceRef")), str(each.get("targetRef")))
            if {flow.source, flow.target} <= known and flow.target not in self.attached:
                self.flows.append(flow)
        for each in element.iterfind(f"{BPMN}laneSet/{BPMN}lane"):
            self.lanes.append(str(each.get("id")))
            for reference in each.iterfind(f"{BPMN}flowNodeRef"):
                self.lane[(reference.text or "").strip()] = len(self.lanes) - 1

    def _anchor(self, id: str) -> str:
        return self.attached.get(id, id)

    def _lane(self, id: str) -> int:
        return self.lane.get(self._anchor(id), 0)

    def _size(self, id: str) -> tuple[float, float]:
        if id in self.inner:
            return max(self.inner[id].width + 2 * MARGIN, 140), max(self.inner[id].height + TITLE + MARGIN, 100)
        kind = self.kinds[id]
        least: float = 46 * sum(host == id for host in self.attached.values()) + 20
        return (36, 36) if kind.endswith("Event") else (50, 50) if kind.endswith("Gateway") else (max(100, least), 80)

    # Layers

    def _going_back(self) -> set[str]:
        """The flows that close a circle, walking from the nodes that nothing leads to."""
        led_to = {flow.target for flow in self.flows}
        back: set[str] = set()
        done: set[str] = set()
        for first in [*(id for id in self.nodes if id not in led_to), *self.nodes]:
            if first in done:
                continue
            open_ = {first}
            stack = [(first, iter(self.out[first]))]
            while stack:
                node, flows = stack[-1]
                flow = next(flows, None)
                if flow is None:
                    stack.pop()
                    open_.discard(node)
                    done.add(node)
                elif flow.target in open_:
                    back.add(flow.id)
                elif flow.target not in done:
                    open_.add(flow.target)
                    stack.append((flow.target, iter(self.out[flow.target])))
        return back

    def _forward(self) -> list[Flow]:
        return [flow for flow in self.flows if flow.id not in self.back]

    def _layers(self) -> dict[str, int]:
        """One behind the last that leads there; a start stands right before what it leads to."""
        waiting = Counter(flow.target for flow in self._forward())
        layer = dict.fromkeys(self.nodes, 0)
        ready = [id for id in self.nodes if not waiting[id]]
        for node in ready:
            for flow in self.out[node]:
                if flow.id in self.back:
                    continue
                layer[flow.target] = max(layer[flow.target], layer[node] + 1)
                waiting[flow.target] -= 1
                if not waiting[flow.target]:
                    ready.append(flow.target)
        for node in self.nodes:
            behind = [layer[flow.target] for flow in self.out[node] if flow.id not in self.back]
            if self.kinds[node] == "startEvent" and behind:
                layer[node] = min(behind) - 1
        return layer

    # Rows

    def _place(self) -> None:
        used: dict[tuple[int, int], set[int]] = defaultdict(set)
        last: dict[str, tuple[int, int]] = {}
        for layer in range(self._count()):
            for flow in self._forward():
                if flow.id in last and self.layer[self._anchor(flow.source)] < layer < self.layer[flow.target]:
                    lane, row = last[flow.id]
                    lane, row = (lane, row) if lane == self._lane(flow.target) else (self._lane(flow.target), 0)
                    row = _taken(used[lane, layer], row)
                    self.spots[flow.id].append((layer, lane, row))
                    last[flow.id] = (lane, row)
            for node in sorted((id for id in self.nodes if self.layer[id] == layer), key=lambda id: self._wish(id, last)):
                lane = self._lane(node)
                self.row[node] = row = _taken(used[lane, layer], max(self._wish(node, last)[1], 0))
                for flow in self.out[node]:
                    if flow.id in self.back:
                        continue
                    own = _taken(used[lane, layer], row + 1) if flow.source in self.attached else row
                    self.spots[flow.id].append((layer, lane, own))
                    last[flow.id] = (lane, own)
        for flow in self._forward():
            self.spots[flow.id].append((self.layer[flow.target], self._lane(flow.target), self.row[flow.target]))

    def _wish(self, node: str, last: dict[str, tuple[int, int]]) -> tuple[int, int]:
        """Lane and row that a node would have: that of the flow that leads to it."""
        lane = self._lane(node)
        lanes = [last[flow.id][1] for flow in self.flows if flow.target == node and last.get(flow.id, (-1, 0))[0] == lane]
        return lane, min(lanes, default=-1)

    def _count(self) -> int:
        return max(self.layer.values(), default=0) + 1

    # Measures

    def drawn(self) -> Drawn:
        """The boxes and lines."""
        made = Drawn()
        self._measure_rows()
        self._measure_columns()
        for node in self.nodes:
            width, height = self._size(node)
            x = self.x[self.layer[node]] + (self.width[self.layer[node]] - width) / 2
            made.boxes[node] = (x, self.middle[self._lane(node), self.row[node]] - height / 2, width, height)
        self._draw_attached(made)
        for flow in self.flows:
            made.lines[flow.id] = list(self._backward(made, flow) if flow.id in self.back else self._onward(made, flow))
        for node, inner in self.inner.items():
            made.add(inner, made.boxes[node][0] + MARGIN, made.boxes[node][1] + TITLE)
        made.width, made.height = self.right, self.bottom
        for lane, (top, below) in zip(self.lanes, self.bands, strict=False):
            made.boxes[lane] = (30, top, self.right - 30, below - top)
        return made

    def _measure_rows(self) -> None:
        rows: dict[tuple[int, int], float] = defaultdict(lambda: 24.0)
        for _layer, lane, row in (spot for spots in self.spots.values() for spot in spots):
            rows[lane, row] = max(rows[lane, row], 24.0)
        for node in self.nodes:
            height = self._size(node)[1]
            own = self._lane(node), self.row[node]
            rows[own] = max(rows[own], height + (LABEL if height < 60 else 0))
        returning = Counter(self._lane(flow.target) for flow in self.flows if flow.id in self.back)
        self.middle: dict[tuple[int, int], float] = {}
        self.bands: list[tuple[float, float]] = []
        y = 0.0
        for lane in range(max(1, len(self.lanes))):
            top, y = y, y + ABOVE_LANE + returning[lane] * TRACK
            for row in range(max((each for own, each in rows if own == lane), default=0) + 1):
                self.middle[lane, row] = y + rows[lane, row] / 2
                y += rows[lane, row] + BETWEEN_ROWS
            self.bands.append((top, y))
        self.bottom = y

    def _measure_columns(self) -> None:
        count = self._count()
        self.width = [
            max((self._size(id)[0] for id in self.nodes if self.layer[id] == layer), default=36) for layer in range(count)
        ]
        self.tracks: dict[tuple[str, int, str], int] = {}
        busy: Counter[int] = Counter()
        for gap, id, kind in self._bends():
            self.tracks[id, gap, kind] = busy[gap]
            busy[gap] += 1
        self.x: list[float] = []
        x: float = self.left + busy[-1] * TRACK
        for layer in range(count):
            self.x.append(x)
            x += self.width[layer] + GAP + busy[layer] * TRACK
        self.right = x

    def _bends(self) -> Iterator[tuple[int, str, str]]:
        """Each place behind a layer where a flow goes up or down, in the order of their tracks: down from below, up from above."""
        bends: list[tuple[int, int, float, str, str]] = []
        for flow in self.flows:
            if flow.id in self.back:
                bends.append((self.layer[self._anchor(flow.source)], 2, 0, flow.id, "leave"))
                bends.append((self.layer[flow.target] - 1, -1, 0, flow.id, "arrive"))
            for before, after in pairwise(self.spots[flow.id]):
                down = self.middle[after[1:]] - self.middle[before[1:]]
                if down:
                    bends.append(
                        (
                            before[0],
                            0 if down > 0 else 1,
                            -self.middle[before[1:]] if down > 0 else self.middle[before[1:]],
                            flow.id,
                            "on",
                        )
                    )
        yield from ((gap, id, kind) for gap, _turn, _height, id, kind in sorted(bends))

    def _track(self, flow: Flow, gap: int, kind: str) -> float:
        base = self.x[gap] + self.width[gap] if gap >= 0 else self.left - GAP + 4
        return base + GAP / 2 + TRACK * self.tracks[flow.id, gap, kind]

    # Boxes and lines

    def _draw_attached(self, made: Drawn) -> None:
        on: dict[str, list[str]] = defaultdict(list)
        for id, host in self.attached.items():
            on[host].append(id)
        for host, ids in on.items():
            x, y, width, height = made.boxes[host]
            for place, id in enumerate(ids, 1):
                made.boxes[id] = (x + width * place / (len(ids) + 1) - 18, y + height - 18, 36, 36)

    def _onward(self, made: Drawn, flow: Flow) -> Iterator[Point]:
        x, y, width, height = made.boxes[flow.source]
        spots = self.spots[flow.id]
        level = y + height / 2
        if flow.source in self.attached:
            yield (x + 18, y + 36)
            level = self.middle[spots[0][1:]]
            yield (x + 18, level)
        else:
            yield (x + width, level)
        for before, after in pairwise(spots):
            wanted = self.middle[after[1:]]
            if wanted != level:
                track = self._track(flow, before[0], "on")
                yield from ((track, level), (track, wanted))
                level = wanted
        x, y, _width, height = made.boxes[flow.target]
        yield (x, y + height / 2)

    def _backward(self, made: Drawn, flow: Flow) -> Iterator[Point]:
        x, y, width, height = made.boxes[flow.source]
        lane = self._lane(flow.target)
        returning = [each.id for each in self.flows if each.id in self.back and self._lane(each.target) == lane]
        top = self.bands[lane][0] + 10 + (returning.index(flow.id) + 1) * TRACK
        leave = self._track(flow, self.layer[self._anchor(flow.source)], "leave")
        arrive = self._track(flow, self.layer[flow.target] - 1, "arrive")
        if flow.source in self.attached:
            yield from ((x + 18, y + 36), (x + 18, y + 48), (leave, y + 48))
        else:
            yield from ((x + width, y + height / 2), (leave, y + height / 2))
        x, y, _width, height = made.boxes[flow.target]
        yield from ((leave, top), (arrive, top), (arrive, y + height / 2), (x, y + height / 2))


def _taken(used: set[int], wish: int) -> int:
    """The free row nearest to the wish, now taken."""
    row = next(row for far in range(len(used) + 1) for row in (wish + far, wish - far) if row >= 0 and row not in used)
    used.add(row)
    return row
