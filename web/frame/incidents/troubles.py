"""The words of incidents: what stopped, and what may be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from engine import runtime
from engine.cases import incident_rows
from engine.queries.status import incident_list


def title(line: incident_list.IncidentLine) -> str:
    """What kind of incident it is, in a few words."""
    words = {
        "mail": _("An e-mail could not be taken in"),
        "mailbox": _("The mailbox does not work"),
        "notice_channel": _("Notices cannot be sent"),
        "notice_fate": _("Nobody knows whether a message was shown"),
        "uploads": _("Uploaded files were not tidied up"),
    }
    return line.title or words.get(line.kind, _("Background work failed"))


def said(message: str, values: Mapping[str, Any]) -> str:
    """What an incident says in the reader's language."""
    return incident_rows.said(message, values, _)


def advice(message: str, values: Mapping[str, Any], buttons: Mapping[str, str] | None = None) -> str:
    """What whoever manages the process does about a case that stopped so; "" where its own words say it.

    `buttons` are what the page calls the acts retry, set_variable and move, where they are not called as on the page of a case.
    """
    if incident_rows.worded_now(message) == runtime.NO_WAY_OUT:
        lasting = _("Please also give the process a path for “all other cases”; it applies to new cases only.")
    elif "expression" in values:
        lasting = _("Please also correct the rule in the process; that applies to new cases only.")
    else:
        return ""
    named = {"retry": _("Retry"), "set_variable": _("Correct the content"), "move": _("Do something else")} | dict(
        buttons or {}
    )
    now = _(
        "If the content is wrong: “%(set_variable)s”, then “%(retry)s”. If it is right: “%(move)s”, and choose the right step.",
        **{act: named[act] for act in ("set_variable", "retry", "move")},
    )
    return _("%(now)s %(lasting)s", now=now, lasting=lasting)
