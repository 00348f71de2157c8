"""Turning the texts of a model into compiled FEEL, and collecting what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from lxml import etree

from engine import feel
from engine.decisions import item_types, logic, reading
from engine.problems import Problem

Names = frozenset[str]
_LITERALS = re.compile(r'"[^"\\]*"(?:\s*,\s*"[^"\\]*")*')


class Compiler:
    """Compiles the expressions of one model. `members` are names that may follow a dot anywhere."""

    def __init__(self, members: Names) -> None:
        self.members = members
        self._known_special: dict[Names, list[tuple[str, str]]] = {}
        self.found: list[Problem] = []
        self._texts: list[tuple[tuple[str, str], str, bool, Names]] = []

    def expression(self, element: etree._Element, names: Names) -> logic.Logic:
        """The FEEL expression in the `text` of an element; nothing written is null."""
        return self.text(element, reading.text(element) or "null", names)

    def text(self, element: etree._Element, text: str, names: Names) -> logic.Logic:
        """A FEEL expression that belongs to an element."""
        compiled = self._compiled(element, text, False, names)
        return compiled if isinstance(compiled, logic.Broken) else logic.Literal(compiled)

    def tests(self, element: etree._Element, text: str, names: Names) -> feel.Expression | logic.Broken:
        """Unary tests that belong to an element; what refuses, and a problem, when they cannot be read."""
        return self._compiled(element, text, True, names)

    def _compiled(self, element: etree._Element, text: str, unary: bool, names: Names) -> feel.Expression | logic.Broken:
        language = element.get("expressionLanguage") or element.getroottree().getroot().get("expressionLanguage")
        if language and "feel" not in language.lower():
            return self.broken(element, "The expression language %(language)s is not supported; write FEEL.", language=language)
        try:
            compiled = feel.compile(text, unary=unary, names=self._known(text, names))
        except feel.FeelError as refusal:
            return self.broken(element, refusal.text, **refusal.values)
        self._texts.append((reading.place(element), text, unary, names))
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
        self.found.append(Problem(*reading.place(element), message, values))

    def static_problems(self, functions: Collection[str]) -> Iterator[Problem]:
        """What FEEL's own check says about every expression that compiled; `functions` are the engine's."""
        for place, text, unary, names in self._texts:
            known = names | self.members | {"?", "item", "partial"}
            for problem in feel.problems(text, known, unary=unary, functions=functions):
                values = {**problem.values, "line": problem.line, "column": problem.column}
                yield Problem(*place, problem.message, values, problem.severity)

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
