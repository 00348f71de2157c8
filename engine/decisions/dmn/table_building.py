"""Reading decision tables out of a DMN file (DMN 1.5, clause 8.3)."""

from __future__ import annotations

from lxml import etree

from engine.decisions import hit_policies, item_types
from engine.decisions.dmn import cell_types, item_definitions, reading
from engine.decisions.dmn.compiling import Compiler, Names, listed, literals, quoted
from engine.decisions.dmn.item_definitions import ItemDefinitions
from engine.decisions.logic import Broken, Logic
from engine.decisions.rules import Cell, Input, Output, TableRule
from engine.decisions.table import DecisionTable


def build(compiler: Compiler, types: ItemDefinitions, element: etree._Element, names: Names) -> Logic:
    """The compiled table; a table that cannot be run refuses when it is evaluated."""
    return _Tables(compiler, types, element, names).build()


class _Tables:
    """One table being read: `cells` grows as the rules are."""

    def __init__(self, compiler: Compiler, types: ItemDefinitions, element: etree._Element, names: Names) -> None:
        self.compiler = compiler
        self.types = types
        self.element = element
        self.names = names
        self.cells: list[Cell] = []
        self.places: dict[tuple[int, str], int] = {}
        self.refusing: Broken | None = None
        self.quoted: dict[tuple[str, int], frozenset[str]] = {}

    def build(self) -> Logic:
        policy = hit_policies.POLICIES.get(self._policy())
        if policy is None:
            return self.compiler.broken(
                self.element, "There is no hit policy %(policy)s.", policy=" ".join(self._policy()).strip()
            )
        inputs = [self._input(clause) for clause in reading.children(self.element, "input")]
        outputs = [self._output(clause) for clause in reading.children(self.element, "output")]
        fault = self._fault(inputs, outputs, policy)
        if fault is not None:
            return fault
        self.quoted = self._quoted()
        rules = [self._rule(number, rule) for number, rule in enumerate(reading.children(self.element, "rule"), 1)]
        self.compiler.told += cell_types.problems(list(reading.children(self.element, "rule")), inputs, outputs)
        identifier, name = reading.place(self.element)
        return self.refusing or DecisionTable(
            identifier, name, tuple(inputs), tuple(outputs), tuple(self.cells), tuple(rules), policy
        )

    def _policy(self) -> tuple[str, str]:
        """Hit policy and aggregation; an aggregation means something with COLLECT only."""
        policy = (self.element.get("hitPolicy") or "UNIQUE").strip()
        return policy, (self.element.get("aggregation") or "").strip() if policy == "COLLECT" else ""

    def _fault(self, inputs: list[Input], outputs: list[Output], policy: hit_policies.Policy) -> Logic | None:
        """What keeps the table from being run as a whole."""
        if not outputs:
            return self.compiler.broken(self.element, "The table has no output.")
        if len(outputs) > 1 and len({output.name for output in outputs} - {""}) < len(outputs):
            return self.compiler.broken(self.element, "Each of several outputs needs a name of its own.")
        for number, rule in enumerate(reading.children(self.element, "rule"), 1):
            counts = [len(list(reading.children(rule, kind))) for kind in ("inputEntry", "outputEntry")]
            if counts != [len(inputs), len(outputs)]:
                return self.compiler.broken(rule, "Rule %(number)s has too few or too many cells.", number=number)
        if policy.name in {"P", "O"} and not any(output.ranking for output in outputs):
            return self.compiler.broken(self.element, "This hit policy needs the list of output values, best first.")
        return None

    def _quoted(self) -> dict[tuple[str, int], frozenset[str]]:
        """The texts in quotation marks of every column, its list of values included."""
        rules = list(reading.children(self.element, "rule"))
        by_column = {}
        for kind, values in (("input", "inputValues"), ("output", "outputValues")):
            columns = list(zip(*(reading.children(rule, f"{kind}Entry") for rule in rules), strict=True))
            for column, clause in enumerate(reading.children(self.element, kind)):
                texts = [reading.text(reading.child(clause, values)), *map(reading.text, columns[column] if rules else ())]
                by_column[kind, column] = quoted(texts)
        return by_column

    def _input(self, clause: etree._Element) -> Input:
        expression = reading.child(clause, "inputExpression")
        text = reading.text(expression)
        if expression is None or not text:
            logic: Logic = self.compiler.broken(clause, "The input column has no expression.")
        else:
            logic = self.compiler.column(expression, self.names)
        label = clause.get("label") or text
        allowed = self.compiler.constraint(reading.child(clause, "inputValues"))
        outside = self.compiler.is_from_outside(logic, self.names)
        return Input(label, logic, self.types.of(expression), allowed, outside)

    def _output(self, clause: etree._Element) -> Output:
        values = reading.child(clause, "outputValues")
        default = reading.child(clause, "defaultOutputEntry")
        return Output(
            reading.name(clause),
            self.types.of(clause),
            self.compiler.constraint(values),
            listed(reading.text(values)) or self._typed_ranking(clause),
            None if default is None else self._default(default),
        )

    def _default(self, element: etree._Element) -> Logic | None:
        return self.compiler.expression(element, self.names) if reading.text(element) else None

    def _typed_ranking(self, clause: etree._Element) -> tuple[object, ...]:
        """The ranking that the output's type gives where the column has no list of its own (8.2.10)."""
        whole = self.types.of(self.element)
        structured = item_definitions.component(whole, reading.name(clause))
        for candidate in (self.types.of(clause), structured, whole):
            ranking = self._ranking_of(candidate)
            if ranking:
                return ranking
        return ()

    def _ranking_of(self, candidate: item_types.Type) -> tuple[object, ...]:
        return listed(candidate.constraints[-1].text) if candidate.constraints else ()

    def _rule(self, number: int, element: etree._Element) -> TableRule:
        entries = list(reading.children(element, "inputEntry"))
        conditions = tuple(reading.text(entry) or "-" for entry in entries)
        places = [
            self._cell(column, entry, text)
            for column, (entry, text) in enumerate(zip(entries, conditions, strict=True))
            if text != "-"
        ]
        outputs = tuple(
            self.compiler.expression(entry, self.names, self.quoted["output", column])
            for column, entry in enumerate(reading.children(element, "outputEntry"))
        )
        return TableRule(element.get("id", ""), number, conditions, tuple(places), outputs, self._annotations(element))

    def _cell(self, column: int, entry: etree._Element, text: str) -> int:
        """The place of a cell; the same text in the same column is the same cell.

        A cell that cannot be read makes the whole table refuse: without it a wrong rule could match.
        """
        if (column, text) not in self.places:
            tests = self.compiler.tests(entry, text, self.names, self.quoted["input", column])
            if isinstance(tests, Broken):
                self.refusing = tests
                return 0
            self.places[column, text] = len(self.cells)
            self.cells.append(Cell(column, tests, literals(text)))
        return self.places[column, text]

    def _annotations(self, rule: etree._Element) -> tuple[tuple[str, str], ...]:
        names = [reading.name(column) for column in reading.children(self.element, "annotation")]
        texts = [reading.text(entry) for entry in reading.children(rule, "annotationEntry")]
        described = reading.child(rule, "description")
        description = "" if described is None else (described.text or "").strip()
        named = list(zip([*names, *[""] * len(texts)], texts, strict=False))
        return tuple((name, text) for name, text in [("", description), *named] if text)
