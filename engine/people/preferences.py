"""What a person sets for himself: language and theme of the pages."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import LANGUAGES
from engine.people import actors, organisation
from engine.storage import models

THEMES = ("auto", "light", "dark")


def save(session: Session, by: actors.Actor, *, language: str | None = None, theme: str | None = None) -> None:
    """Stores the values that are given. Raises `Invalid` for a language or theme that there is not."""
    if language not in (None, *LANGUAGES) or theme not in (None, *THEMES):
        raise errors.Invalid("This setting has no such value.")
    values = {name: value for name, value in (("language", language), ("theme", theme)) if value}
    if values:
        mine = (models.Person.company_id == by.company_id, models.Person.username == by.username)
        session.execute(update(models.Person).where(*mine).values(**values))
    if language and language != by.language:
        organisation.seen_anew(session, by.company_id)  # notices and letters speak it from now on
