"""Days on the organisation's pages: sent by date fields, and the first that may be chosen."""

from __future__ import annotations

from datetime import date, timedelta

import flask

from engine.verbs.organisation.changing import fault
from web.frame import filters, storage


def sent(name: str) -> date | None:
    """The day in a field of this request's form; None for an empty one. Raises Invalid for what is no day."""
    text = flask.request.form.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise fault(name, "This is no day.") from None


def tomorrow() -> str:
    """The first day to come in the company's zone, as a date field takes it."""
    return (storage.now().astimezone(filters.zone()).date() + timedelta(days=1)).isoformat()
