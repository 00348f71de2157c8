"""The working calendar for administrators: a year's days, whether they are official, and taking in a notice."""

from __future__ import annotations

from datetime import date
from typing import Any

import flask
import flask_babel
from babel import dates
from flask_babel import gettext as _

from engine import errors
from engine.deadlines import calendar_changes
from engine.people import organisation
from engine.queries.processes import calendar_page
from web.account import auth
from web.frame import flashes, storage

KINDS = {"work": True, "off": False, "usual": None}  # what a click makes of a day

blueprint = flask.Blueprint("calendar", __name__)


@blueprint.get("/calendar")
def show() -> str:
    """A year by months, with holidays and make-up workdays."""
    return _drawn()


@blueprint.post("/calendar")
def take_notice() -> Any:
    """Takes in a notice's file; what is wrong with it is listed by entry, and nothing is stored."""
    file = flask.request.files.get("file")
    if file is None or not file.filename:
        return _drawn(errors.Invalid("Please choose a file.")), 422
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            base = organisation.at_version(session, by.company_id, by.organisation_version).calendar
            done = calendar_changes.import_notice(session, by, base, file.read(), now=storage.now())
    except errors.Invalid as refusal:
        return _drawn(refusal), 422
    years = ", ".join(map(str, done.years))
    flashes.say(_("The days of %(years)s are in. Deadlines and timers moved: %(n)s.", years=years, n=done.moved))
    return flask.redirect(flask.url_for("calendar.show", year=done.years[-1]))


@blueprint.post("/calendar/day")
def set_day() -> Any:
    """Turns one day into a day of work or a day off, or lets it be as it was; the page comes back at its month."""
    sent = flask.request.form
    day, _comma, kind = sent.get("day", "").partition(",")
    try:
        wanted, is_workday = date.fromisoformat(day), KINDS[kind]
    except (ValueError, KeyError):
        flask.abort(404)
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            base = organisation.at_version(session, by.company_id, by.organisation_version).calendar
            moved = calendar_changes.set_day(session, by, base, wanted, is_workday, sent.get("note", ""), now=storage.now())
    except errors.Invalid as refusal:
        return _drawn(refusal), 422
    told = {"work": _("a working day"), "off": _("a day off"), "usual": _("as the calendar has it")}[kind]
    flashes.say(_("%(day)s is now %(told)s. Deadlines and timers moved: %(n)s.", day=day, told=told, n=moved))
    return flask.redirect(flask.url_for("calendar.show", year=wanted.year, _anchor=f"month-{wanted.month}"))


def _drawn(refusal: errors.Refusal | None = None) -> str:
    with storage.reading() as session:
        page = calendar_page.calendar_page(session, auth.current_actor(), _wanted(), now=storage.now())
    return flask.render_template(
        "processes/calendar.html",
        title=_("Working calendar"),
        page=page,
        refusal=refusal,
        month_name=_month_name,
        weekdays=_weekdays(),
        span=_span,
        sign=_sign,
        turned=_turned,
        day_words=_day_words,
    )


def _wanted() -> int | None:
    return flask.request.args.get("year", type=int)


def _month_name(number: int) -> str:
    names = dates.get_month_names("wide", context="stand-alone", locale=flask_babel.get_locale())
    return str(names[number])


def _weekdays() -> list[tuple[str, str]]:
    """Narrow and whole names, from Monday."""
    locale = flask_babel.get_locale()
    narrow, wide = (dates.get_day_names(width, context="stand-alone", locale=locale) for width in ("narrow", "wide"))
    return [(str(narrow[day]), str(wide[day])) for day in range(7)]


def _span(stretch: calendar_page.Stretch) -> str:
    """The days of a stretch as one says them."""
    if stretch.first == stretch.last:
        return str(stretch.first.day)
    return f"{stretch.first.day}–{stretch.last.day}"


def _sign(kind: str) -> str:
    """The word that marks a day beside its colour."""
    return {calendar_page.HOLIDAY: _("off"), calendar_page.MAKE_UP: _("work")}.get(kind, "")


def _turned(day: calendar_page.Day) -> str:
    """What a click makes of a day: the other kind, or what it was before it was set by hand."""
    if day.is_own:
        return "usual"
    return "work" if day.kind in (calendar_page.HOLIDAY, calendar_page.WEEKEND) else "off"


def _day_words(day: calendar_page.Day) -> str:
    """What a day's button does, for whoever does not see the grid."""
    words = {"work": _("make it a working day"), "off": _("make it a day off"), "usual": _("take back what was set by hand")}
    return f"{day.day.isoformat()}: {words[_turned(day)]}"
