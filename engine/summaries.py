"""What lists show of a case: its title and summary, worked out from its variables by the process's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import feel, personal_data
from engine.cases import Case

MAX_TITLE = 200
MAX_VALUE = 500


def refresh(case: Case) -> None:
    """Works title and summary out anew; they are written with the row's other changes, and only if they changed."""
    chosen = case.definition.settings
    if not chosen.title_of_case and not chosen.summary:
        return
    shown = personal_data.masked(case.definition, case.run.variables())  # lists show both to more people than the case
    context = {name: feel.from_json(value) for name, value in shown.items()}
    title = _text(case, chosen.title_of_case, context)[:MAX_TITLE] or case.definition.title
    summary = [{"label": each.label, "value": _text(case, each.value, context)[:MAX_VALUE]} for each in chosen.summary]
    if title != case.instance.title:
        case.instance.title = title
    if summary != case.instance.summary:
        case.instance.summary = summary


def worded(value: Any) -> str:
    """A JSON value as people read it in a line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(worded(item) for item in value)
    if isinstance(value, dict):
        return "、".join(worded(item) for item in value.values())
    return str(value)


def _text(case: Case, text: str, context: Mapping[str, Any]) -> str:
    """A summary that cannot be worked out yet is left empty: it must never stop the case."""
    if not text:
        return ""
    try:
        return worded(case.evaluate(text, context))
    except feel.FeelError:
        return ""
