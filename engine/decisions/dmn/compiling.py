"""Turning the texts of a model into compiled FEEL, and collecting what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from engine import feel
from engine.decisions import item_types, logic
from engine.decisions.dmn import reading
from engine.feel.reading import syntax
from engine.problems import Problem

Names = frozenset[str]
_QUOTED = re.compile(r'"([^"\\]+)"')
_LITERALS = re.compile(r'"[^"\\]*"(?:\s*,\s*"[^"\\]*")*')


Quoted = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class _Text:
    """An expression and where it stands; `names` are those it may use (None: any), `quoted` the texts of its column."""

    place: tuple[str, str]
    text: str
    unary: bool
    names: Names | None
    quoted: Quoted


class Compiler:
    """Compiles the expressions of one model. `members` are names that may follow a dot anywhere."""

    def __init__(self, members: Names) -> None:
        self.members = members
        self._known_special: dict[Names, list[tuple[str, str]]] = {}
        self.told: list[Problem] = []
        self.untyped: set[str] = set()  # input data without a type
        self._columns: list[Names] = []
        self._texts: list[_Text] = []

    def expression(self, element: etree._Element, names: Names, quoted: Quoted = None) -> logic.Logic:
        """The FEEL expression in the `text` of an element; nothing written is null."""
        return self._literal(element, reading.text(element) or "null", names, quoted)

    def column(self, element: etree._Element, names: Names) -> logic.Logic:
        """The expression of an input column: what it names is there, as in Camunda nothing need declare it."""
        made = self.expression(element, names)
        if isinstance(made, logic.Literal):
            self._texts.pop()
            self._columns.append(made.expression.names)
            self._texts.append(_Text(reading.place(element), made.expression.text, False, None, None))
        return made

    def is_from_outside(self, made: logic.Logic, names: Names) -> bool:
        """Whether a column takes its value as the caller gave it: a name or path that the model declares no type for."""
        if not isinstance(made, logic.Literal):
            return False
        node = made.expression.tree
        while isinstance(node, syntax.Path):
            node = node.source
        return isinstance(node, syntax.Name) and (node.name not in names or node.name in self.untyped)

    def text(self, element: etree._Element, text: str, names: Names) -> logic.Logic:
        """A FEEL expression that belongs to an element."""
        return self._literal(element, text, names, None)

    def _literal(self, element: etree._Element, text: str, names: Names, quoted: Quoted) -> logic.Logic:
        compiled = self._compiled(element, text, False, names, quoted)
        return compiled if isinstance(compiled, logic.Broken) else logic.Literal(compiled)

    def tests(self, element: etree._Element, text: str, names: Names, quoted: Quoted = None) -> feel.Expression | logic.Broken:
        """Unary tests that belong to an element; what refuses, and a problem, when they cannot be read.

        `quoted`: the texts in quotation marks of the cell's column.
        """
        return self._compiled(element, text, True, names, quoted)

    def _compiled(
        self, element: etree._Element, text: str, unary: bool, names: Names, quoted: Quoted
    ) -> feel.Expression | logic.Broken:
        language = element.get("expressionLanguage") or element.getroottree().getroot().get("expressionLanguage")
        if language and "feel" not in language.lower():
            return self.broken(element, "The expression language %(language)s is not supported; write FEEL.", language=language)
        try:
            compiled = feel.compile(text, unary=unary, names=self._known(text, names))
        except feel.FeelError as refusal:
            problem = next(iter(feel.problems(text, names, unary=unary)), None)
            if problem is None:
                return self.broken(element, refusal.text, **refusal.values)
            return self.broken(element, problem.message, **{"line": problem.line, "column": problem.column, **problem.values})
        self._texts.append(_Text(reading.place(element), text, unary, names, quoted))
        return compiled

    def constraint(self, element: etree._Element | None) -> item_types.Constraint | None:
        """Allowed values (`allowedValues`, `inputValues`, `outputValues`, `typeConstraint`)."""
        text = reading.text(element)
        if element is None or text in {"", "-"}:
            return None
        tests = self.tests(element, text, frozenset())
        return None if isinstance(tests, logic.Broken) else item_types.Constraint(tests, text)

    def broken(self, element: etree._Element, message: str, **values: object) -> logic.Broken:
        """Logic that refuses with this message, which is noted as a problem too."""
        self.note(element, message, **values)
        return logic.Broken(message, values)

    def note(self, element: etree._Element, message: str, **values: object) -> None:
        """Note an error at an element."""
        self.told.append(Problem(*reading.place(element), message, values))

    def static_problems(self, functions: Collection[str], variables: Collection[str] = ()) -> Iterator[Problem]:
        """What FEEL's own check says about every expression that compiled.

        `functions` are the engine's, `variables` those of the processes that ask for these decisions.
        """
        everywhere = self.members.union({"?", "item", "partial"}, variables, *self._columns)
        met: dict[Names, Names] = {}  # most texts know the same names
        for each in self._texts:
            known = None if each.names is None else met.setdefault(each.names, each.names | everywhere)
            for problem in feel.problems(each.text, known, unary=each.unary, functions=functions, quoted=each.quoted):
                values = {**problem.values, "line": problem.line, "column": problem.column}
                yield Problem(*each.place, problem.message, values, problem.severity)

    def _known(self, text: str, names: Names) -> Names:
        """The names in a text that FEEL has to be told of: those that are more than one identifier.

        All others are left out, which keeps expressions alike (FEEL remembers them by text and names).
        """
        written = "".join(text.split())
        pairs = (*self._special(self.members), *self._special(names))
        return frozenset(name for compact, name in pairs if compact in written)

    def _special(self, names: Names) -> list[tuple[str, str]]:
        """The names of more than one identifier, each after its form without blanks; worked out once."""
        if names not in self._known_special:
            special = (name for name in names if not name.isidentifier())
            self._known_special[names] = [("".join(name.split()), name) for name in special]
        return self._known_special[names]


def quoted(texts: Iterable[str]) -> frozenset[str]:
    """Every text in quotation marks in these cells."""
    return frozenset(name for text in texts for name in _QUOTED.findall(text))


def literals(text: str) -> frozenset[object] | None:
    """The strings of a cell that lists nothing but string literals, else None."""
    if not _LITERALS.fullmatch(text):
        return None
    return frozenset(re.findall(r'"([^"\\]*)"', text))


def listed(text: str) -> tuple[object, ...]:
    """The values of a list of allowed values, in their order; empty when it is no list of values."""
    try:
        values = feel.evaluate(f"[{text}]", {})
    except feel.FeelError:
        return ()
    return tuple(values) if isinstance(values, list) else ()
