"""What decisions give, by the names under which diagrams and other decisions read it: asked before a column of results goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from lxml import etree

from engine import errors
from engine.decisions.dmn import reading
from engine.deploying.checking.checks import MAX_BYTES
from engine.designing.editing import decision_tables
from engine.designing.editing.field_uses import UsedField
from engine.diagrams import xml

CALLED = "{http://camunda.org/schema/zeebe/1.0}calledDecision"


def lost(before: Mapping[str, str], after: Mapping[str, str]) -> list[UsedField]:
    """What the tables of `before` give and those of `after` do not any more: a column was renamed or removed, or one came to
    stand beside a single one, whose value then is a part of the result. Decisions that went as a whole are the checks' to tell.
    """
    old, new = _results(before), _results(after)
    return [field for id in old if id in new for path, field in old[id].items() if path not in new[id]]


def _results(files: Mapping[str, str]) -> dict[str, dict[str, UsedField]]:
    """By decision: each result by the path under which it is read, `variable.column`, or `variable` of a single column."""
    variables = _variables(files)
    used_fields: dict[str, dict[str, UsedField]] = {}
    for text in (text for name, text in sorted(files.items()) if name.endswith(".dmn")):
        for decision, columns in _columns(text):
            id = decision.get("id", "")
            used_fields[id] = {
                path: UsedField(path, f"{reading.name(decision)} · {label}", is_result=True)
                for variable in (_own_variable(decision), *variables[id])
                for path, label in _paths(variable, columns)
            }
    return used_fields


def _paths(variable: str, columns: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, label in columns:
        if variable and name:
            yield (variable if len(columns) == 1 else f"{variable}.{name}"), label or name


def _columns(text: str) -> Iterator[tuple[etree._Element, list[tuple[str, str]]]]:
    """The decisions of a file that have a table, with names and labels of its columns of results."""
    for decision, table in decision_tables.drawn(text):
        outputs = list(reading.children(table, "output"))
        yield decision, [(each.get("name") or "", each.get("label") or "") for each in outputs]


def _own_variable(decision: etree._Element) -> str:
    """By what other decisions read this one."""
    return reading.name(reading.child(decision, "variable")) or reading.name(decision)


def _variables(files: Mapping[str, str]) -> Mapping[str, list[str]]:
    """By decision: the variables into which the steps of the diagrams put what it gives."""
    variables: dict[str, list[str]] = defaultdict(list)
    for text in (text for name, text in sorted(files.items()) if name.endswith(".bpmn")):
        try:
            root = xml.safe_parse(text.encode(), max_bytes=MAX_BYTES)
        except errors.Refusal:
            continue
        for called in root.iter(CALLED):
            variables[called.get("decisionId", "")].append(called.get("resultVariable") or "")
    return variables
