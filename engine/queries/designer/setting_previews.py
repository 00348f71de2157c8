"""What the page of a process's settings proposes and shows beforehand: the next number, categories and templates that there are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from engine import files
from engine.definitions import declarations, definitions
from engine.definitions.settings import Settings
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries.designer.drawing_page import Drawing
from engine.queries.designer.naming import PanelChoice
from engine.storage import numbers

MESSAGE = re.compile(r'<(?:\w+:)?message\b[^>]*\bname="([^"]+)"')


def number(session: Session, by: Actor, pattern: str, *, now: datetime) -> str:
    """The number that the next case of a pattern would get, were it started now; empty for what is no pattern."""
    pattern = pattern.strip() or numbers.DEFAULT_PATTERN
    if declarations.fault(declarations.settings_of(Settings)["number"], pattern):
        return ""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return numbers.coming(session, company, pattern, now)


def offered(session: Session, by: Actor, drawing: Drawing) -> Mapping[str, list[PanelChoice]]:
    """What fields of the page may name, by what it is: category, group, calendar, form, message, template."""
    categories = {
        definitions.as_drawn(session, each.key).category for each in definitions.all_latest(session, by.company_id)
    } - {""}
    messages = {name for text in drawing.files.values() for name in MESSAGE.findall(text)}
    return {
        "category": [PanelChoice(each, "") for each in sorted(categories)],
        "group": drawing.choices["group"],
        "calendar": drawing.choices["calendar"],
        "form": drawing.choices["form"],
        "message": [PanelChoice(each, "") for each in sorted(messages)],
        "template": [PanelChoice(each, "") for each in files.documents.templates()],
    }
