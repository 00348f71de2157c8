"""A signature drawn by hand as lines of points: checked, and turned into the path of a drawing. No picture file is ever read.

A stroke is a list of points [x, y] in whole units of a field `WIDTH` × `HEIGHT`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

WIDTH, HEIGHT = 600, 200
MOST_POINTS = 6_000
SHORTEST = 40  # units of line in all; less is a slip of the pen
COLOUR = "#16213a"

Strokes = Sequence[Sequence[Sequence[int]]]


def fault(given: Any) -> str | None:
    """What is wrong with what was sent as strokes, as a message id; None for a signature."""
    if not isinstance(given, list) or not all(isinstance(stroke, list) and stroke for stroke in given):
        return "A signature is a list of strokes, each a list of points [x, y]."
    points = [point for stroke in given for point in stroke]
    if len(points) > MOST_POINTS:
        return "The signature has too many points."
    if not all(_is_point(point) for point in points):
        return "A point of the signature lies outside its field of 600 × 200."
    if sum(map(_length, given)) < SHORTEST:
        return "Please sign with more than a dot."
    return None


def path(strokes: Strokes) -> str:
    """The strokes as the data of an SVG path."""
    return " ".join(
        "M" + " L".join(f"{x} {y}" for x, y in (stroke if len(stroke) > 1 else [*stroke, *stroke])) for stroke in strokes
    )


def drawing(strokes: Strokes) -> str:
    """The strokes as an SVG file of its own, for paper."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<path d="{path(strokes)}" fill="none" stroke="{COLOUR}" stroke-width="5" stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )


def _is_point(point: Any) -> bool:
    if not isinstance(point, list) or len(point) != 2 or not all(type(each) is int for each in point):
        return False
    return 0 <= point[0] <= WIDTH and 0 <= point[1] <= HEIGHT


def _length(stroke: Sequence[Sequence[int]]) -> float:
    return sum(math.dist(point, following) for point, following in itertools.pairwise(stroke))
