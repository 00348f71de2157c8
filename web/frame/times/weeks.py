"""The words of a working week: its days, whose holidays it keeps."""

from __future__ import annotations

import flask_babel
from babel import dates
from flask_babel import gettext as _

from engine.people.working.named import NO_HOLIDAYS, WEEKDAYS


def weekday_choices() -> list[tuple[str, str]]:
    """The words of weekdays, as they are stored and as one reads them."""
    short = dates.get_day_names("abbreviated", context="stand-alone", locale=flask_babel.get_locale())
    return [(code, str(short[place])) for place, code in enumerate(WEEKDAYS)]


def holidays(code: str) -> str:
    """Whose holidays count."""
    if code == NO_HOLIDAYS:
        return _("no public holidays")
    territory = flask_babel.get_locale().territories.get(code.upper(), code.upper())
    return _("public holidays of %(country)s", country=territory)
