"""What operators did with a case, as its timeline tells it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from engine.queries.cases.words.effects import Effect
from web.frame import forms

MOST = 200  # letters of a value: a timeline is read, not searched


def words() -> dict[str, str]:
    """The kinds of events, each with its words."""
    return {
        "skipped": _("skipped this step"),
        "hurried": _("ran it at once"),
        "moment_set": _("set another moment"),
        "retries_changed": _("set how often it is tried"),
        "variable_changed": _("changed a variable"),
    }


def effect(told: Effect) -> str:
    """From what to what; a variable with its name."""
    before, after = _shown(told, told.before), _shown(told, told.after)
    if not told.label:
        return f"{before} → {after}" if before and after else f"→ {after}" if after else before
    return _("%(label)s: %(before)s → %(after)s", label=told.label, before=before, after=after)


def _shown(told: Effect, value: Any) -> str:
    text = "" if value is None and not told.label else forms.plain(value)
    return text if len(text) <= MOST else text[:MOST] + "…"


def skipped(outcome: str) -> str:
    """A step that was skipped with an outcome; the values that came with it stand as effects."""
    return _("skipped this step with the outcome “%(outcome)s”", outcome=outcome)
