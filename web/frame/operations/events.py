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
