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


def advice(message: str, values: Mapping[str, Any]) -> str:
    """What whoever manages the process does about a case that stopped so; "" where its own words say it."""
    if incident_rows.worded_now(message) == runtime.NO_WAY_OUT:
        lasting = _("Then add a way for all other cases to the process, for cases that start later.")
    elif "expression" in values:
        lasting = _("Then correct the rule in the process, for cases that start later.")
    else:
        return ""
    now = _("If the content is wrong, correct it and try again; if it is right, move the case to the step it should be at.")
    return _("%(now)s %(lasting)s", now=now, lasting=lasting)
