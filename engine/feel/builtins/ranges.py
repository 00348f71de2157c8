"""Built-ins that compare points and ranges (DMN 1.5 clause 10.3.4.7, after Allen's interval algebra)."""

from __future__ import annotations

import re

from engine.feel.builtins import registry
from engine.feel.builtins.registry import builtin
from engine.feel.compiling import compiled
from engine.feel.data.values import Range, order
from engine.feel.errors import FeelError, Null
from engine.feel.reading import parser, syntax
from engine.feel.run import ExpressionRun
from engine.feel.scope import RootScope

_POINT = "number|string|date|time|moment|months|days"
# A range without an end: the side that is left out must be open.
_ENDLESS = re.compile(r"\s*(?:([\[(\]])\s*([^\s.].*?)\s*\.\.\s*[)\[]|[(\]]\s*\.\.\s*(\S.*?)\s*[\])\[])\s*", re.S)
_CONSTRUCTORS = frozenset({"date", "time", "date and time", "duration"})


@builtin("range", "from: string", "A range from a text such as “[1..5)”.")
def range_(run: ExpressionRun, from_: str) -> Range:
    run.budget.step(60 + len(from_))
    tree = _read(from_)
    ends = syntax.children(tree) if tree is not None else []
    made = compiled(tree)(RootScope({}, registry.BUILTINS, run)) if tree is not None and all(map(_is_constant, ends)) else None
    if not isinstance(made, Range):
        raise Null("“%(text)s” is no range.", text=from_[:100])
    return made


def _read(text: str) -> syntax.RangeOf | syntax.Test | None:
    """The tree of a range; one with an end left out (`[2..)`) is that of a comparison, as DMN 1.5 has them equal."""
    try:
        if endless := _ENDLESS.fullmatch(text):
            opening, low, high = endless.groups()
            end = low or high
            operator = (">=" if opening == "[" else ">") if low else "<=" if text.rstrip().endswith("]") else "<"
            test = parser.parse(f"{operator} {end}", unary=True)
            tests = test.tests if isinstance(test, syntax.UnaryTests) else []
            return tests[0] if len(tests) == 1 and isinstance(tests[0], syntax.Test) else None
        tree = parser.parse(text)
    except FeelError:
        return None
    is_test = isinstance(tree, syntax.Test) and text.lstrip().startswith("(")
    return tree if isinstance(tree, syntax.RangeOf | syntax.Test) and (is_test or not isinstance(tree, syntax.Test)) else None


def _is_constant(node: syntax.Node) -> bool:
    if isinstance(node, syntax.Call):
        name = node.function.name if isinstance(node.function, syntax.Name) else ""
        return name in _CONSTRUCTORS and all(isinstance(a, syntax.Literal) for a in node.arguments)
    return isinstance(node, syntax.Literal | syntax.AtLiteral)


def _compare(left: object, right: object) -> int:
    compared = order(left, right)
    if compared is None:
        raise Null("These values have no order.")
    return compared


def _as_range(value: object) -> Range:
    return value if isinstance(value, Range) else Range(value, value, True, True)


def _ends(left: Range, right: Range) -> int:
    """How the end of one range lies to the end of another; an open end comes just before its value."""
    return _compare(left.high, right.high) or left.high_closed - right.high_closed


def _starts(left: Range, right: Range) -> int:
    return _compare(left.low, right.low) or right.low_closed - left.low_closed


def _gap(left: Range, right: Range) -> bool:
    """Whether the first range ends before the second begins."""
    compared = _compare(left.high, right.low)
    return compared < 0 or (compared == 0 and not (left.high_closed and right.low_closed))


_EITHER = f"{_POINT}|range"


@builtin("before", f"point1: {_EITHER}, point2: {_EITHER}", "Whether one lies wholly before the other.")
@builtin("before", f"range1: {_EITHER}, range2: {_EITHER}")
@builtin("before", f"point: {_EITHER}, range: {_EITHER}")
@builtin("before", f"range: {_EITHER}, point: {_EITHER}")
def before(first: object, second: object) -> bool:
    return _gap(_as_range(first), _as_range(second))


@builtin("after", f"point1: {_EITHER}, point2: {_EITHER}", "Whether one lies wholly after the other.")
@builtin("after", f"range1: {_EITHER}, range2: {_EITHER}")
@builtin("after", f"point: {_EITHER}, range: {_EITHER}")
@builtin("after", f"range: {_EITHER}, point: {_EITHER}")
def after(first: object, second: object) -> bool:
    return _gap(_as_range(second), _as_range(first))


@builtin("meets", "range1: range, range2: range", "Whether the first ends exactly where the second begins.")
def meets(first: Range, second: Range) -> bool:
    return first.high_closed and second.low_closed and _compare(first.high, second.low) == 0


@builtin("met by", "range1: range, range2: range", "Whether the first begins exactly where the second ends.")
def met_by(first: Range, second: Range) -> bool:
    return meets(second, first)


@builtin("overlaps", "range1: range, range2: range", "Whether two ranges have a value in common.")
def overlaps(first: Range, second: Range) -> bool:
    return not _gap(first, second) and not _gap(second, first)


@builtin("overlaps before", "range1: range, range2: range", "Whether the first begins earlier and ends inside the second.")
def overlaps_before(first: Range, second: Range) -> bool:
    return _starts(first, second) < 0 and not _gap(first, second) and _ends(first, second) <= 0


@builtin("overlaps after", "range1: range, range2: range", "Whether the first begins inside the second and ends later.")
def overlaps_after(first: Range, second: Range) -> bool:
    return overlaps_before(second, first)


@builtin("finishes", f"point: {_POINT}, range: range", "Whether the first ends the second.")
@builtin("finishes", "range1: range, range2: range")
def finishes(first: object, second: Range) -> bool:
    inner = _as_range(first)
    return _ends(inner, second) == 0 and (not isinstance(first, Range) or _starts(inner, second) >= 0)


@builtin("finished by", f"range: range, point: {_POINT}", "Whether the second ends the first.")
@builtin("finished by", "range1: range, range2: range")
def finished_by(first: Range, second: object) -> bool:
    return finishes(second, first)


@builtin("starts", f"point: {_POINT}, range: range", "Whether the first begins the second.")
@builtin("starts", "range1: range, range2: range")
def starts(first: object, second: Range) -> bool:
    inner = _as_range(first)
    return _starts(inner, second) == 0 and (not isinstance(first, Range) or _ends(inner, second) <= 0)


@builtin("started by", f"range: range, point: {_POINT}", "Whether the second begins the first.")
@builtin("started by", "range1: range, range2: range")
def started_by(first: Range, second: object) -> bool:
    return starts(second, first)


@builtin("includes", f"range: range, point: {_POINT}", "Whether the second lies within the first.")
@builtin("includes", "range1: range, range2: range")
def includes(first: Range, second: object) -> bool:
    inner = _as_range(second)
    return _starts(first, inner) <= 0 and _ends(inner, first) <= 0


@builtin("during", f"point: {_POINT}, range: range", "Whether the first lies within the second.")
@builtin("during", "range1: range, range2: range")
def during(first: object, second: Range) -> bool:
    return includes(second, first)


@builtin("coincides", f"point1: {_POINT}, point2: {_POINT}", "Whether two points or two ranges are the same.")
@builtin("coincides", "range1: range, range2: range")
def coincides(first: object, second: object) -> bool:
    left, right = _as_range(first), _as_range(second)
    return _starts(left, right) == 0 and _ends(left, right) == 0
