"""Fields that name a person or a day, and refusals at the fields of a form."""

from __future__ import annotations

import re
from datetime import date, timedelta

import flask
from flask_babel import gettext as _

from engine import errors
from engine.people.organisation import Organisation
from engine.people.working.named import STANDARD
from engine.queries.organisation import directory
from engine.verbs.organisation.changing import fault
from web.frame import filters, storage

NAMED = re.compile(r".*\(([^()]+)\)\s*")
BETWEEN = re.compile("[、，,；;]")  # no name holds one of them
Faults = dict[str, list[errors.Refusal]]


def person(company: Organisation, text: str) -> str:
    """The username that a field means: as it was offered, "陈静 (chen_jing)", a username, an employee number, a name.

    What nobody answers to, or several do, is given back as it is; the verb then refuses it.
    """
    text = text.strip()
    offered = NAMED.fullmatch(text)
    if offered and offered[1] in company.people:
        return offered[1]
    if text in company.people:
        return text
    same = [each.username for each in company.people.values() if text in (each.name, each.employee_number)]
    return same[0] if text and len(same) == 1 else text


def people(company: Organisation, text: str) -> list[str]:
    """The usernames that a field for several means, with 、 or a comma between; at least one, be it an empty one."""
    return [person(company, each) for each in BETWEEN.split(text) if each.strip()] or [""]


def named(company: Organisation, username: str | None) -> str:
    """How a field shows a person."""
    member = company.people.get(username or "")
    return f"{member.name} ({member.username})" if member else username or ""


def offered(company: Organisation, text: str) -> list[tuple[str, str]]:
    """What a field offers for what was typed: value and what stands beside it."""
    lines = [directory.line(company, each) for each in directory.find(company, text)]
    return [
        (f"{line.name} ({line.username})", " · ".join(filter(None, (line.department, line.post, line.number))))
        for line in lines
    ]


def calendars(company: Organisation, chosen: str) -> list[tuple[str, str]]:
    """The working calendars that a field offers, and what each is called; none where the company has only the standard one."""
    if not company.calendars and not chosen:
        return []
    own = [name for name, each in company.calendars.items() if each.name == name]
    return [(STANDARD, _("Standard calendar")), *((name, name) for name in own)]


def faults(refusal: errors.Refusal) -> Faults:
    """A refusal by field; one that belongs to no field stands above the form under ""."""
    return refusal.fields or {"": [refusal]}


def sent(*names: str) -> dict[str, str]:
    """Fields of this request's form, without spaces around them."""
    return {name: flask.request.form.get(name, "").strip() for name in names}


def picked(name: str) -> list[str]:
    """All values of a field of this request's form, without the empty ones."""
    return [value for value in flask.request.form.getlist(name) if value]


def day(name: str) -> date | None:
    """The day in a field of this request's form; None for an empty one. Raises Invalid for what is no day."""
    text = flask.request.form.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise fault(name, "This is not a date.") from None


def tomorrow() -> str:
    """The first day to come in the company's zone, as a date field takes it."""
    return (storage.now().astimezone(filters.zone()).date() + timedelta(days=1)).isoformat()
