"""What operators did with a case, as its timeline tells it."""

from __future__ import annotations

from flask_babel import gettext as _


def words() -> dict[str, str]:
    """The kinds of events, each with its words."""
    return {
        "skipped": _("skipped this step"),
        "hurried": _("ran it at once"),
        "moment_set": _("set another moment"),
        "retries_changed": _("set how often it is tried"),
        "variable_changed": _("changed a variable"),
    }


def skipped(outcome: str, values: str) -> str:
    """A step that was skipped with an outcome, or values, or both."""
    if outcome and values:
        return _("skipped this step with the outcome “%(outcome)s” and %(values)s", outcome=outcome, values=values)
    if outcome:
        return _("skipped this step with the outcome “%(outcome)s”", outcome=outcome)
    return _("skipped this step with %(values)s", values=values)
