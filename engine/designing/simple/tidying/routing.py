"""A way for a flow between two nodes: level and upright pieces that run through no node and cross few others (Dijkstra)."""

from __future__ import annotations

import bisect
import heapq
import math
from collections.abc import Iterable, Iterator, Sequence

from engine.diagrams.drawing import Box, Point

CLEAR = 12.0  # how near a way passes a node
TURN, CROSSED, ALONG = 40.0, 90.0, 6.0  # what a turn, a crossing, each unit on top of another flow costs, in units of way
MOST = 4_000  # places looked at before one gives up
WAYS: tuple[Point, ...] = ((1, 0), (-1, 0), (0, 1), (0, -1))
Segment = tuple[Point, Point]


def route(source: Box, target: Box, nodes: Iterable[Box], others: Sequence[Segment]) -> list[Point] | None:
    """The points of the way, from the edge of one box to that of the other; None where there is none.

    `nodes`: what it must not run through, both ends among them; `others`: the pieces of other flows.
    """
    boxes = list(nodes)
    starts, goals = list(_doors(source)), {(*point, (-way[0], -way[1])) for point, way in _doors(target)}
    xs, ys = _grid(boxes, [point for point, _way in (*starts, *_doors(target))])
    return _Search(boxes, others, xs, ys).way(starts, goals)


def _doors(box: Box) -> Iterator[tuple[Point, Point]]:
    """The middles of the sides, each with the way that leads outside."""
    x, y = box.x + box.width / 2, box.y + box.height / 2
    yield from (
        ((box.right, y), (1, 0)),
        ((box.x, y), (-1, 0)),
        ((x, box.bottom), (0, 1)),
        ((x, box.y), (0, -1)),
    )


def _grid(boxes: list[Box], points: list[Point]) -> tuple[list[float], list[float]]:
    xs = {edge for box in boxes for edge in (box.x - CLEAR, box.right + CLEAR)} | {x for x, _y in points}
    ys = {edge for box in boxes for edge in (box.y - CLEAR, box.bottom + CLEAR)} | {y for _x, y in points}
    return sorted(xs), sorted(ys)


class _Search:
    def __init__(self, boxes: list[Box], others: Sequence[Segment], xs: list[float], ys: list[float]) -> None:
        self.boxes, self.xs, self.ys = boxes, xs, ys
        self.columns = {x: place for place, x in enumerate(xs)}
        self.rows = {y: place for place, y in enumerate(ys)}
        self.level = sorted((b, min(a, c), max(a, c)) for (a, b), (c, d) in others if abs(b - d) < 1)
        self.upright = sorted((a, min(b, d), max(b, d)) for (a, b), (c, d) in others if abs(a - c) < 1)
        self.known: dict[Segment, float | None] = {}

    def way(self, starts: list[tuple[Point, Point]], goals: set[tuple[float, float, Point]]) -> list[Point] | None:
        """The cheapest way from a door to one of the goals, each a point and the way in which it is reached."""
        best = {(*point, way): 0.0 for point, way in starts}
        came: dict[tuple[float, float, Point], tuple[float, float, Point]] = {}
        open_ = [(0.0, state) for state in best]
        for _number in range(MOST):
            if not open_:
                return None
            cost, state = heapq.heappop(open_)
            if state in goals:
                return _points(state, came)
            if cost > best[state]:
                continue
            for reached, more in self._onward(state, is_first=state not in came):
                if cost + more < best.get(reached, float("inf")):
                    best[reached], came[reached] = cost + more, state
                    heapq.heappush(open_, (cost + more, reached))
        return None

    def _onward(
        self, state: tuple[float, float, Point], *, is_first: bool
    ) -> Iterator[tuple[tuple[float, float, Point], float]]:
        x, y, before = state
        for way in (before,) if is_first else WAYS:
            if way == (-before[0], -before[1]):
                continue
            column, row = self.columns[x] + int(way[0]), self.rows[y] + int(way[1])
            if not (0 <= column < len(self.xs) and 0 <= row < len(self.ys)):
                continue
            to = (self.xs[column], self.ys[row])
            met = self._met((x, y), to)
            if met is not None:
                yield (*to, way), abs(to[0] - x) + abs(to[1] - y) + TURN * (way != before) + met

    def _met(self, one: Point, other: Point) -> float | None:
        """What it costs to meet the other flows on a piece; None where a node is in the way."""
        piece = (min(one, other), max(one, other))
        if piece not in self.known:
            self.known[piece] = None if any(_within(piece, box) for box in self.boxes) else self._cost(piece)
        return self.known[piece]

    def _cost(self, piece: Segment) -> float:
        (x0, y0), (x1, y1) = piece
        is_level = y0 == y1
        at, start, end = (y0, x0, x1) if is_level else (x0, y0, y1)
        same, across = (self.level, self.upright) if is_level else (self.upright, self.level)
        crossed = sum(low < at < high for _at, low, high in _between(across, start, end))
        along = sum(max(0, min(end, high) - max(start, low)) for _at, low, high in _between(same, at - 1, at + 1))
        return CROSSED * crossed + ALONG * along


def _between(sorted_: list[tuple[float, float, float]], low: float, high: float) -> list[tuple[float, float, float]]:
    return sorted_[bisect.bisect_left(sorted_, (low,)) : bisect.bisect_right(sorted_, (high, math.inf))]


def _points(
    state: tuple[float, float, Point], came: dict[tuple[float, float, Point], tuple[float, float, Point]]
) -> list[Point]:
    states = [state]
    while states[-1] in came:
        states.append(came[states[-1]])
    points = [(x, y) for x, y, _way in reversed(states)]
    kept = points[:1]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        if not (before[0] == point[0] == after[0] or before[1] == point[1] == after[1]):
            kept.append(point)
    return [*kept, points[-1]]


def _within(piece: Segment, box: Box) -> bool:
    """Whether a level or upright piece runs within a box, its edges not counted."""
    (x0, y0), (x1, y1) = piece
    left, right, top, bottom = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
    return left < box.right - 1 and right > box.x + 1 and top < box.bottom - 1 and bottom > box.y + 1
