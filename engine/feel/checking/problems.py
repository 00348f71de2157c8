"""What is wrong with an expression before it runs, for the modeler."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from engine.basics.nearest import nearest
from engine.feel import errors
from engine.feel.builtins import BUILTINS
from engine.feel.checking import bare_words, full_width, static_kinds
from engine.feel.data import types
from engine.feel.reading import free_names, lexer, syntax, trees

UNQUOTED = "There is no “%(name)s”. A text stands in quotation marks: write %(meant)s."
_ALIKE = {"date", "date and time"}  # which can be compared: a date counts as its midnight in UTC
# What is unknown: said plainly, with full-width characters in it, and with a guess at what was meant.
_UNKNOWN = {
    "name": (
        "There is no “%(name)s”.",
        "There is no “%(name)s”. It holds full-width characters; type them with the English keyboard.",
        "There is no “%(name)s”. Did you mean “%(similar)s”?",
    ),
    "function": (
        "There is no function “%(name)s”.",
        "There is no function “%(name)s”. It holds full-width characters; type them with the English keyboard.",
        "There is no function “%(name)s”. Did you mean “%(similar)s”?",
    ),
    "type": (
        "There is no type “%(name)s”.",
        "There is no type “%(name)s”. It holds full-width characters; type them with the English keyboard.",
        "There is no type “%(name)s”. Did you mean “%(similar)s”?",
    ),
}
UNKNOWN_NAMES = frozenset((UNQUOTED, *_UNKNOWN["name"]))


@dataclass(frozen=True, slots=True)
class ExpressionProblem:
    """A finding: place, `error` or `warning`, a message id and its values."""

    line: int
    column: int
    severity: str
    message: str
    values: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message


def problems(
    text: str,
    known_names: Iterable[str] | None = None,
    *,
    unary: bool = False,
    functions: Iterable[str] | None = (),
    quoted: Iterable[str] | None = None,
    kinds: Mapping[str, str] | None = None,
) -> list[ExpressionProblem]:
    """What is wrong with a text, in the order of the text; empty when nothing is.

    `known_names`: the names that will be there (a dotted path makes its first part known); None leaves names
    unchecked. `functions`: the lookups that the engine will hand in; None leaves calls unchecked. `quoted`, for a cell of a decision table: the
    texts that stand in quotation marks in its column; there an unknown word is an error, as it was meant to be one.
    `kinds`: those of variables as far as they are known ("number", "string", …).
    """
    lookups = frozenset(functions or ())
    known = None if known_names is None else frozenset(known_names)
    try:
        tree = trees.tree(text, unary=unary, names=(known or frozenset()) | lookups)
        check = _Check(text, known, lookups, quoted, functions is not None, kinds or {})
        return sorted(check.all(tree), key=lambda problem: (problem.line, problem.column))
    except errors.FeelSyntaxError as error:
        return [_syntax_problem(text, error)]
    except errors.FeelError as error:
        return [ExpressionProblem(1, 1, "error", error.text, dict(error.values))]
    except RecursionError:
        return [ExpressionProblem(1, 1, "error", "This expression is nested too deeply.")]


def kind(text: str, kinds: Mapping[str, str]) -> str | None:
    """The kind of value that a text makes when it makes one at all, by the kinds of its variables; None where it cannot be told."""
    try:
        return static_kinds.kind_of(trees.tree(text, names=frozenset(kinds)), kinds)
    except (errors.FeelError, RecursionError):
        return None


def _syntax_problem(text: str, error: errors.FeelSyntaxError) -> ExpressionProblem:
    """The full-width sign nearest to where reading stopped, which is what stopped it; else the error itself."""

    def distance(slip_seen: tuple[int, str, str]) -> tuple[int, int]:
        line, column = lexer.position(text, slip_seen[0])
        return abs(line - error.line), abs(column - error.column)

    slip = min(full_width.signs(text), key=distance, default=None)
    return (
        ExpressionProblem(error.line, error.column, "error", error.text, dict(error.values))
        if slip is None
        else _slip(text, slip)
    )


def _slip(text: str, slip_seen: tuple[int, str, str]) -> ExpressionProblem:
    at, sign, meant = slip_seen
    line, column = lexer.position(text, at)
    message = "“%(sign)s” is a full-width sign; write “%(meant)s” instead, with the English keyboard."
    return ExpressionProblem(line, column, "error", message, {"sign": sign, "meant": meant})


@lru_cache(maxsize=64)
def _roots(known: frozenset[str]) -> frozenset[str]:
    """The names with the first parts of dotted paths; the cells of a table all ask for the same."""
    return frozenset(lexer.normal(name.split(".")[0]) for name in known) | known


class _Check:
    def __init__(
        self,
        text: str,
        known: frozenset[str] | None,
        lookups: frozenset[str],
        quoted: Iterable[str] | None,
        knows_functions: bool,
        kinds: Mapping[str, str],
    ) -> None:
        self.kinds = kinds
        self.knows_functions = knows_functions
        self.text = text
        self.quoted = None if quoted is None else frozenset(quoted)
        self.known = known
        self.roots = frozenset() if known is None else _roots(known)
        self.lookups = lookups

    def at(self, at: int, severity: str, message: str, /, **values: object) -> ExpressionProblem:
        line, column = lexer.position(self.text, at)
        return ExpressionProblem(line, column, severity, message, values)

    def all(self, tree: syntax.Node) -> Iterator[ExpressionProblem]:
        functions = {*BUILTINS, *self.lookups}
        if slips := full_width.slips(self.text, self.roots, bare_words.names(tree), functions):
            yield from (_slip(self.text, slip) for slip in slips)
            return
        yield from self.names(tree)
        for node in syntax.every(tree):
            if isinstance(node, syntax.Call):
                yield from self.call(node)
            elif isinstance(node, syntax.InstanceOf) and "." not in node.type.name:
                yield from self.type(node.type)
            yield from self.impossible(node)

    def names(self, tree: syntax.Node) -> Iterator[ExpressionProblem]:
        called = {id(node.function) for node in syntax.every(tree) if isinstance(node, syntax.Call)}
        bare = set() if self.quoted is None else {id(node) for node in bare_words.bare_words(tree)}
        for node, filtered in free_names.walk(tree, frozenset()):
            known = self.known is None or node.name in self.roots
            if known or filtered or node.name in self.lookups or node.name in BUILTINS or node.name == "?":
                continue
            if id(node) in bare:
                yield self.unquoted(node)
            elif id(node) not in called:
                yield self.unknown(node, "warning", "name", self.roots)

    def unquoted(self, node: syntax.Name) -> ExpressionProblem:
        """An unknown word where a text was meant: with the text of the column that is most like it."""
        constant = node.name.lower()
        if constant in ("true", "false", "null"):
            return self.at(node.at, "error", "There is no “%(name)s”. Write %(meant)s.", name=node.name, meant=constant)
        meant = f'"{nearest(node.name, self.quoted or (), cutoff=0.5) or node.name}"'
        return self.at(node.at, "error", UNQUOTED, name=node.name, meant=meant)

    def unknown(self, node: syntax.Name, severity: str, of: str, candidates: Iterable[str]) -> ExpressionProblem:
        plain, slipped, misspelt = _UNKNOWN[of]
        if full_width.is_typed_wide(node.name):
            return self.at(node.at, severity, slipped, name=node.name)
        if similar := nearest(node.name, candidates):
            return self.at(node.at, severity, misspelt, name=node.name, similar=similar)
        return self.at(node.at, severity, plain, name=node.name)

    def call(self, node: syntax.Call) -> Iterator[ExpressionProblem]:
        if not isinstance(node.function, syntax.Name):
            return
        name = node.function.name
        if name in self.lookups or self._is_local(name):
            return
        if name == "fromAi":
            yield self.at(
                node.at, "error", "“fromAi” asks an AI agent for a value, and there is none here: map the value instead."
            )
        elif name not in BUILTINS and name not in self.roots:
            if self.knows_functions:
                yield self.unknown(node.function, "error", "function", [*BUILTINS, *self.lookups])
        elif name in BUILTINS and not BUILTINS[name].accepts(len(node.arguments), node.names):
            yield self.at(
                node.at, "error", "“%(name)s” cannot be called with these arguments: it takes %(usage)s.", **_usage(name)
            )

    def _is_local(self, name: str) -> bool:
        """Whether the text itself may declare the function: an entry, parameter or iterator of that name."""
        return f"{name}:" in self.text.replace(" :", ":") or f"{name})" in self.text or f"{name}," in self.text

    def type(self, node: syntax.TypeName) -> Iterator[ExpressionProblem]:
        if node.name not in types.NAMES:
            yield self.unknown(syntax.Name(node.at, node.name), "warning", "type", types.NAMES)

    def impossible(self, node: syntax.Node) -> Iterator[ExpressionProblem]:
        if isinstance(node, syntax.Comparison):
            left, right = static_kinds.kind_of(node.left, self.kinds), static_kinds.kind_of(node.right, self.kinds)
            if left and right and left != right and "null" not in (left, right) and {left, right} != _ALIKE:
                yield self.at(
                    node.at,
                    "warning",
                    "This can never be true: a %(left)s is compared with a %(right)s.",
                    left=left,
                    right=right,
                )
        elif isinstance(node, syntax.Logical) and (name := static_kinds.contradiction(node)):
            yield self.at(node.at, "warning", "This can never be true: “%(name)s” cannot be two things at once.", name=name)
        elif isinstance(node, syntax.RangeOf) and static_kinds.is_empty_range(node):
            yield self.at(node.at, "warning", "Nothing lies in this range: its start is after its end.")


def _usage(name: str) -> dict[str, object]:
    ways = [", ".join(f"{p.name}?" if p.optional else p.name for p in s.parameters) for s in BUILTINS[name].signatures]
    return {"name": name, "usage": " / ".join(f"({way})" for way in dict.fromkeys(ways))}
