"""Cells of a decision table that say a text where their column is of numbers, or a number where it is of texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from engine.decisions import item_types
from engine.decisions.dmn import reading
from engine.decisions.rules import Input, Output
from engine.problems import Problem

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
_SPELT = {
    "string": re.compile(r'"[^"]*"(?:\s*,\s*"[^"]*")*'),
    "number": re.compile(
        rf"(?:[<>]=?\s*)?{_NUMBER}(?:\s*,\s*(?:[<>]=?\s*)?{_NUMBER})*|[\[\](]\s*{_NUMBER}\s*\.\.\s*{_NUMBER}\s*[\[\])]"
    ),
}
MESSAGES = {
    ("inputEntry", "number"): "The column compares numbers; %(cell)s is a text and equals none. Leave the quotation marks out.",
    ("inputEntry", "string"): "The column compares texts; %(cell)s is a number and equals none. Put it in quotation marks.",
    (
        "outputEntry",
        "number",
    ): "The column gives numbers; %(cell)s is a text, so it comes to nothing. Leave the quotation marks out.",
    (
        "outputEntry",
        "string",
    ): "The column gives texts; %(cell)s is a number, so it comes to nothing. Put it in quotation marks.",
}
SHOWN = 60


def problems(rules: Sequence[etree._Element], inputs: Sequence[Input], outputs: Sequence[Output]) -> Iterator[Problem]:
    """A warning for each such cell, in the order of the rules."""
    columns = {"inputEntry": [each.type for each in inputs], "outputEntry": [each.type for each in outputs]}
    for rule in rules:
        for kind, types in columns.items():
            for cell, type in zip(reading.children(rule, kind), types, strict=False):
                text = reading.text(cell)
                if _is_other(text, type):
                    values = {"cell": text[:SHOWN]}
                    yield Problem(*reading.place(cell), MESSAGES[kind, type.base], values, "warning")


def _is_other(text: str, type: item_types.Type) -> bool:
    return type.base in _SPELT and any(spelt.fullmatch(text) for kind, spelt in _SPELT.items() if kind != type.base)
