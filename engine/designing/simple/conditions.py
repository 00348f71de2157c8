"""A condition as rows of field, comparison and value, which all must hold; what says more is left to FEEL.

The panel of the diagram reads and writes the same rows by the same `GRAMMAR`, which its page hands to the script
(web/assets/designer/conditions.js); so its expressions mean the same in Python and in JavaScript.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

SIGNS = ("=", "!=", ">", ">=", "<", "<=")
MOST_ROWS = 10
DEPARTMENT = "department name of(department of(initiator))"
_DEPARTMENT = r"department name of\(department of\(initiator\)\)"
FACTS = ("initiator", DEPARTMENT)  # what is known of whoever starts a case
LETTER = r"A-Za-z_\u00C0-\u1FFF\u3041-\uD7FF\uF900-\uFAFF"
PLAIN = r"-?[0-9]+(?:\.[0-9]+)?|true|false|null"
GRAMMAR = {
    "row": rf'\s*({_DEPARTMENT}|[{LETTER}][{LETTER}0-9.]*)\s*(!=|>=|<=|=|>|<)\s*("[^"]*"|{PLAIN})\s*',
    "between": r"\s+and\s+",
    "plain": PLAIN,
    "grouped": r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?",
}
_ROW, _BETWEEN, _PLAIN, _GROUPED = (re.compile(GRAMMAR[each]) for each in ("row", "between", "plain", "grouped"))


@dataclass(frozen=True)
class Row:
    """One comparison."""

    field: str
    sign: str
    value: str


def rows(text: str) -> list[Row] | None:
    """The rows of a FEEL condition; None where it says more than rows can."""
    body = text.strip().removeprefix("=")
    if not body.strip():
        return []
    matches = [_ROW.fullmatch(part) for part in _BETWEEN.split(body)]
    return [Row(each[1], each[2], _shown(each[3])) for each in matches if each] if all(matches) else None


def written(given: list[Row]) -> str:
    """The FEEL condition that rows say; rows without a field or value say nothing."""
    said = [f"{each.field} {each.sign} {_literal(each.sign, each.value)}" for each in given if each.field and each.value]
    return f"={' and '.join(said)}" if said else ""


def given(form: Mapping[str, str]) -> dict[str, str]:
    """The condition that a form says, in rows or as FEEL; nothing where it asks none."""
    if "condition" in form:
        return {"condition": form["condition"].strip()}
    if "row.0.field" not in form:
        return {}
    return {"condition": written(typed(form))}


def typed(form: Mapping[str, str]) -> list[Row]:
    """The rows of a form as they were typed, without those that say nothing."""
    numbers = range(MOST_ROWS)
    typed_rows = [
        tuple(form.get(f"row.{number}.{name}", "").strip() for name in ("field", "sign", "value")) for number in numbers
    ]
    return [Row(field, sign if sign in SIGNS else "=", value) for field, sign, value in typed_rows if field or value]


def said(text: str) -> str:
    """How a row shows a text: one that looks like a number keeps quotation marks, so that it stays a text."""
    return f'"{text}"' if _PLAIN.fullmatch(text) else text


def _shown(value: str) -> str:
    return said(value.strip('"')) if value.startswith('"') else value


def _literal(sign: str, value: str) -> str:
    """What is compared with; more or less than what looks like a number, as offices write one, is meant as a number."""
    if sign not in ("=", "!="):
        value = unicodedata.normalize("NFKC", value)
        value = value.replace(",", "") if _GROUPED.fullmatch(value) else value
    if _PLAIN.fullmatch(value) or re.fullmatch('"[^"]*"', value):
        return value
    return '"' + value.replace('"', "") + '"'
