"""Who may know a record's content [知悉范围], and until when [保密期限]: what its newest version says, obeyed at every reading."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from engine import errors
from engine.basics import sayings
from engine.people.actors import Actor
from engine.people.organisation import Organisation

OUTSIDE = "This record is known only to %(circle)s, until %(until)s."
OUTSIDE_FOR_GOOD = "This record is known only to %(circle)s."


def why_not(company: Organisation, by: Actor, content: Mapping[str, Any], today: date) -> errors.Refusal | None:
    """Why the person stands outside the circle of this content; None within it, when it is over, or where there is none.

    [settings.records] `circle` and `circle_until` name the content's fields: groups or usernames, and the last day on
    which the circle counts. Auditors read everything.
    """
    of_circle, of_until = fields(company)
    circle, last = content.get(of_circle), _day(content.get(of_until))
    if not isinstance(circle, list) or not circle or by.is_system or by.is_auditor or is_over(company, content, today):
        return None
    if by.username in circle or by.groups & {str(each) for each in circle}:
        return None
    told = sayings.joined(company.name_of(str(each)) for each in circle)
    return (
        errors.Forbidden(OUTSIDE_FOR_GOOD, circle=told) if last is None else errors.Forbidden(OUTSIDE, circle=told, until=last)
    )


def fields(company: Organisation) -> tuple[str, str]:
    """What a content calls its circle, and the last day on which it counts; "" where the company declares none."""
    names = company.settings.get("records", {})
    return str(names.get("circle", "")), str(names.get("circle_until", ""))


def until(company: Organisation, content: Mapping[str, Any]) -> date | None:
    """The last day on which the circle counts; None where the content names none."""
    return _day(content.get(fields(company)[1]))


def is_over(company: Organisation, content: Mapping[str, Any], today: date) -> bool:
    """Whether the last day on which the circle counts is past."""
    last = until(company, content)
    return last is not None and today > last


def named(company: Organisation, content: Mapping[str, Any]) -> dict[str, Any]:
    """The circle that a content names, and the last day on which it counts, as FEEL sees them beside the catalogue's line."""
    return {name: content.get(field) for name, field in zip(("circle", "circle_until"), fields(company), strict=True)}


def without(company: Organisation, content: Mapping[str, Any]) -> dict[str, Any]:
    """The content without the fields that say who may know it and until when, which a page tells in words of its own."""
    return {name: value for name, value in content.items() if name not in fields(company)}


def _day(given: Any) -> date | None:
    """A date as a form keeps it; what is none bounds nothing, so that the circle goes on."""
    try:
        return date.fromisoformat(str(given)[:10]) if given else None
    except ValueError:
        return None
