"""A condition as rows of field, comparison and value, which all must hold; what says more is left to FEEL.

The panel of the diagram reads and writes the same rows (web/assets/designer/conditions.js).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

SIGNS = ("=", "!=", ">", ">=", "<", "<=")
MOST_ROWS = 10
_ROW = re.compile(r'\s*([^\W\d][\w.]*)\s*(!=|>=|<=|=|>|<)\s*("[^"]*"|-?\d+(?:\.\d+)?|true|false|null)\s*')
_PLAIN = re.compile(r"-?\d+(\.\d+)?|true|false|null")


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
    found = [_ROW.fullmatch(part) for part in re.split(r"\band\b", body)]
    return [Row(each[1], each[2], _shown(each[3])) for each in found if each] if all(found) else None


def written(given: list[Row]) -> str:
    """The FEEL condition that rows say; rows without a field or value say nothing."""
    said = [f"{each.field} {each.sign} {_literal(each.value)}" for each in given if each.field and each.value]
    return f"={' and '.join(said)}" if said else ""


def given(form: Mapping[str, str]) -> dict[str, str]:
    """The condition that a form says, in rows or as FEEL; nothing where it asks none."""
    if "condition" in form:
        return {"condition": form["condition"].strip()}
    if "row.0.field" not in form:
        return {}
    numbers = range(MOST_ROWS)
    found = [tuple(form.get(f"row.{number}.{name}", "").strip() for name in ("field", "sign", "value")) for number in numbers]
    return {"condition": written([Row(field, sign if sign in SIGNS else "=", value) for field, sign, value in found])}


def _shown(value: str) -> str:
    """A text that looks like a number keeps its quotation marks, so that it stays a text."""
    bare = value.strip('"')
    return value if value.startswith('"') and _PLAIN.fullmatch(bare) else bare


def _literal(value: str) -> str:
    if _PLAIN.fullmatch(value) or re.fullmatch('"[^"]*"', value):
        return value
    return '"' + value.replace('"', "") + '"'
