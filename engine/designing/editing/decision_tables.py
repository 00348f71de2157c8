"""Decision tables of a draft as people handle them: begun anew, filled from a spreadsheet, written out as one.

A table is known by the id of its decision. Only what changes in a file is touched; everything else in it stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine import errors
from engine.basics import sayings
from engine.decisions.dmn import reading
from engine.decisions.hit_policies import POLICIES
from engine.files import sheets

MODEL, DMNDI = "https://www.omg.org/spec/DMN/20191111/MODEL/", "https://www.omg.org/spec/DMN/20191111/DMNDI/"
DC = "http://www.omg.org/spec/DMN/20180521/DC/"
MODELER = "http://camunda.org/schema/modeler/1.0"
MOST_RULES = 2_000
YES_NO = {"是": "true", "否": "false", "yes": "true", "no": "false"}
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
WRITTEN_AS_FEEL = re.compile(r'["<>=(\[\]?]|^-$|^not\b|^null$')
PLAIN = re.compile(r"-?[0-9][0-9.]*|true|false|date and time.*|[0-9-]+")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
BETWEEN = re.compile("[,，、;；]")
UNTYPED = ("", "Any")
ANNOTATION = "annotation"
RESULT = sayings.Said("结果", "Result")


@dataclass(frozen=True)
class EditedColumn:
    """A column of a table: `kind` input, output or annotation, `type` as the file names it, empty for none."""

    label: str
    kind: str
    type: str


@dataclass(frozen=True)
class EditedTable:
    """A decision's table; `rows` are the texts of its cells, `policy` the key of its hit policy (hit_policies.POLICIES)."""

    decision_id: str
    name: str
    policy: tuple[str, str]
    columns: list[EditedColumn]
    rows: list[list[str]]


@dataclass(frozen=True)
class TablePlace:
    """Where an element of a decision file stands for people: its decision, the rule (from 1; 0 for none) and the column."""

    decision_id: str
    decision: str
    rule: int = 0
    column: str = ""


def begun(decision_id: str, name: str, result: str = RESULT.zh_Hans) -> str:
    """A new decision file with one table of one input, one output (called `result`) and one rule, as XML text."""
    spaces: Any = {None: MODEL, "dmndi": DMNDI, "dc": DC, "modeler": MODELER}
    root = etree.Element(f"{{{MODEL}}}definitions", nsmap=spaces)
    for attribute, value in (("id", f"{decision_id}_model"), ("name", name), ("namespace", "http://banjie.example/dmn")):
        root.set(attribute, value)
    root.set(f"{{{MODELER}}}executionPlatform", "Camunda Cloud")
    root.set(f"{{{MODELER}}}executionPlatformVersion", "8.8.0")
    decision = _add(root, "decision", id=decision_id, name=name)
    _add(decision, "variable", id=f"{decision_id}_value", name=decision_id)
    table = _add(decision, "decisionTable", id=f"{decision_id}_table", hitPolicy="FIRST")
    given = _add(_add(table, "input", id=f"{decision_id}_in"), "inputExpression", id=f"{decision_id}_in_of")
    _add(given, "text")
    _add(table, "output", id=f"{decision_id}_out", label=result, name="result", typeRef="string")
    _append_rule(table, f"{decision_id}_rule_1", [""], [""], "")
    drawn = etree.SubElement(etree.SubElement(root, f"{{{DMNDI}}}DMNDI"), f"{{{DMNDI}}}DMNDiagram", id=f"{decision_id}_drawn")
    shape = etree.SubElement(drawn, f"{{{DMNDI}}}DMNShape", id=f"{decision_id}_shape", dmnElementRef=decision_id)
    etree.SubElement(shape, f"{{{DC}}}Bounds", x="160", y="100", width="180", height="80")
    return etree.tostring(root, encoding="unicode", pretty_print=True)


def tables(text: str) -> list[EditedTable]:
    """The tables of a decision file, in its order; none of a file that cannot be read."""
    return [_table(decision, table) for decision, table in drawn(text)]


def drawn(text: str) -> list[tuple[etree._Element, etree._Element]]:
    """The decisions of a file that have a table, with it; none of a file that cannot be read."""
    try:
        return list(_drawn(reading.definitions(text.encode())))
    except errors.Invalid:
        return []


def places(text: str) -> dict[str, TablePlace]:
    """Where each element with an id stands, by id; empty for a file that cannot be read."""
    try:
        root = reading.definitions(text.encode())
    except errors.Invalid:
        return {}
    table_places: dict[str, TablePlace] = {}
    for decision in reading.children(root, "decision"):
        here = TablePlace(decision.get("id", ""), reading.name(decision))
        for element in decision.iter("{*}*"):
            if element.get("id"):
                table_places[element.get("id", "")] = here
    for decision, table in _drawn(root):
        table_places |= dict(_places_in(decision, table))
    return table_places


def with_rows(text: str, decision_id: str, rows: Sequence[Sequence[str]], *, replaces: bool) -> str:
    """The file with rows of a spreadsheet as rules of a decision's table, behind those it has or in their place.

    A rule that says nothing yet, as a new table has one, never stays: it would take every case before the rows below it.

    A first row that repeats the heads of the columns is passed over. Plain words and dates become FEEL by the type of
    their column. Raises Invalid for no such table, rows wider than the table, or too many rules.
    """
    root = reading.definitions(text.encode())
    table = next((table for decision, table in _drawn(root) if decision.get("id") == decision_id), None)
    if table is None:
        raise errors.Invalid("This decision has no table.")
    columns = _columns(table)
    given = [list(row) for row in rows if any(cell.strip() for cell in row)]
    if given and [cell.strip() for cell in given[0]][: len(columns)] == [column.label for column in columns][: len(given[0])]:
        given = given[1:]
    _require_fitting(given, columns)
    old = list(reading.children(table, "rule"))
    gone = [rule for rule in old if replaces or not any(cell.strip(" -") for cell in _row(rule))]
    for rule in gone:
        table.remove(rule)
    if len(given) + len(old) - len(gone) > MOST_RULES:
        raise errors.Invalid("A table holds at most %(limit)s rules.", limit=MOST_RULES)
    _append(root, table, columns, given)
    return etree.tostring(root, encoding="unicode", pretty_print=True)


def taken_as_words(text: str, decision_id: str, rows: Sequence[Sequence[str]]) -> list[str]:
    """The columns of texts by their labels that get nothing but numbers of these rows: they become words there."""
    table = next((each for each in tables(text) if each.decision_id == decision_id), None)
    taken = []
    for place, column in enumerate(table.columns if table else ()):
        cells = [row[place].strip() for row in rows if place < len(row) and row[place].strip() not in ("", "-", column.label)]
        if column.type == "string" and cells and all(NUMBER.fullmatch(cell) for cell in cells):
            taken.append(column.label)
    return taken


def _require_fitting(rows: Sequence[Sequence[str]], columns: Sequence[EditedColumn]) -> None:
    if not rows:
        raise errors.Invalid("There are no rows in what was pasted.")
    for number, row in enumerate(rows, 1):
        if sheets.FORMULA in row:
            raise errors.Invalid("Row %(row)s holds a formula; only its value can be taken over.", row=number)
        if any(cell.strip() for cell in row[len(columns) :]):
            raise errors.Invalid(
                "Row %(row)s has %(given)s cells; the table has %(columns)s columns.",
                row=number,
                given=len(row),
                columns=len(columns),
            )


def _append(
    root: etree._Element, table: etree._Element, columns: Sequence[EditedColumn], rows: Sequence[Sequence[str]]
) -> None:
    taken = {element.get("id") for element in root.iter("{*}*")}
    number = 0
    for row in rows:
        number += 1
        while f"{table.get('id')}_rule_{number}" in taken:
            number += 1
        cells = [feel_of(row[place] if place < len(row) else "", column) for place, column in enumerate(columns)]
        kinds = {kind: [cell for cell, column in zip(cells, columns, strict=True) if column.kind == kind] for kind in _KINDS}
        _append_rule(
            table, f"{table.get('id')}_rule_{number}", kinds["input"], kinds["output"], "\n".join(kinds[ANNOTATION]).strip()
        )


def feel_of(cell: str, column: EditedColumn) -> str:
    """What a spreadsheet's cell says as FEEL: words of a column of texts get their quotation marks, dates become dates."""
    text = cell.strip()
    if column.kind == ANNOTATION or not text or WRITTEN_AS_FEEL.search(text):
        return text
    if column.type == "string" or (column.type in UNTYPED and not PLAIN.fullmatch(text)):
        words = BETWEEN.split(text) if column.kind == "input" else [text]
        return ", ".join(f'"{word.strip()}"' for word in words if word.strip())
    if column.type == "date" and DATE.fullmatch(text):
        return f'date("{text}")'
    return YES_NO.get(text.lower(), text) if column.type == "boolean" else text


_KINDS = ("input", "output", ANNOTATION)


def _drawn(root: etree._Element) -> Iterator[tuple[etree._Element, etree._Element]]:
    for decision in reading.children(root, "decision"):
        table = reading.child(decision, "decisionTable")
        if table is not None:
            yield decision, table


def _table(decision: etree._Element, table: etree._Element) -> EditedTable:
    policy = (table.get("hitPolicy") or "UNIQUE").strip()
    key = (policy, (table.get("aggregation") or "").strip() if policy == "COLLECT" else "")
    rows = [_row(rule) for rule in reading.children(table, "rule")]
    return EditedTable(
        decision.get("id", ""), reading.name(decision), key if key in POLICIES else ("", ""), _columns(table), rows
    )


def _columns(table: etree._Element) -> list[EditedColumn]:
    inputs = [
        EditedColumn(
            clause.get("label") or reading.text(reading.child(clause, "inputExpression")),
            "input",
            reading.type_reference(reading.child(clause, "inputExpression")),
        )
        for clause in reading.children(table, "input")
    ]
    outputs = [
        EditedColumn(clause.get("label") or reading.name(clause), "output", reading.type_reference(clause))
        for clause in reading.children(table, "output")
    ]
    return [*inputs, *outputs, EditedColumn("", ANNOTATION, "")]


def _row(rule: etree._Element) -> list[str]:
    cells = [reading.text(cell) for cell in reading.children(rule, "inputEntry", "outputEntry")]
    described = reading.child(rule, "description")
    return [*cells, "" if described is None else (described.text or "").strip()]


def _places_in(decision: etree._Element, table: etree._Element) -> Iterator[tuple[str, TablePlace]]:
    decision_id, name = decision.get("id", ""), reading.name(decision)
    labels = [column.label for column in _columns(table)]
    for place, clause in enumerate(reading.children(table, "input", "output")):
        for element in clause.iter("{*}*"):
            yield element.get("id", ""), TablePlace(decision_id, name, 0, labels[place])
    for number, rule in enumerate(reading.children(table, "rule"), 1):
        yield rule.get("id", ""), TablePlace(decision_id, name, number)
        for place, cell in enumerate(reading.children(rule, "inputEntry", "outputEntry")):
            yield cell.get("id", ""), TablePlace(decision_id, name, number, labels[place] if place < len(labels) else "")


def _append_rule(table: etree._Element, rule_id: str, inputs: Sequence[str], outputs: Sequence[str], description: str) -> None:
    rule = etree.SubElement(table, etree.QName(etree.QName(table).namespace, "rule"), id=rule_id)
    if description:
        _add(rule, "description").text = description
    for kind, cells in (("input", inputs), ("output", outputs)):
        for place, cell in enumerate(cells, 1):
            _add(_add(rule, f"{kind}Entry", id=f"{rule_id}_{kind}_{place}"), "text").text = cell
    for annotation in range(len(list(reading.children(table, ANNOTATION)))):
        _add(_add(rule, "annotationEntry", id=f"{rule_id}_note_{annotation}"), "text")


def _add(owner: etree._Element, tag: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(owner, etree.QName(etree.QName(owner).namespace, tag), attributes)
