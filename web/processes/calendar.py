"""Working calendars for administrators: a year's days, marked by click, what that would move, and taking in a notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.deadlines import calendar_changes, named_calendars
from engine.queries.processes import calendar_moves, calendar_page
from engine.queries.processes.calendar_moves import Moves
from web.account import auth
from web.frame import filters, flashes, storage
from web.processes import calendar_words

KINDS = {"work": True, "off": False, "usual": None}  # what a click makes of a day
PREVIEW, SAVE = "preview", "save"
Marks = dict[date, bool | None]

blueprint = flask.Blueprint("calendar", __name__)


@blueprint.get("/calendar")
def show() -> str:
    """A year by months, with holidays and make-up workdays."""
    return _drawn()


@blueprint.post("/calendar")
def take_notice() -> Any:
    """Takes in a notice's file; what is wrong with it is listed by entry, and nothing is stored."""
    calendar_changes.require(auth.current_actor())
    file = flask.request.files.get("file")
    if file is None or not file.filename:
        return _drawn(errors.Invalid("Please choose a file.")), 422
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            company = named_calendars.current(session, by)
            base = named_calendars.values_of(company, calendar_page.chosen(session, by, named())).holidays
            done = calendar_changes.import_notice(session, by, base, file.read(), now=storage.now())
    except errors.Invalid as refusal:
        return _drawn(refusal), 422
    years = filters.listed(map(str, done.years))
    flashes.say(_("The days of %(years)s are in. Deadlines and timers moved: %(n)s.", years=years, n=done.moved))
    return flask.redirect(address(done.years[-1]))


@blueprint.post("/calendar/days")
def mark() -> Any:
    """Marks a day that was clicked, shows what the marks would move, or keeps them."""
    sent, marks = flask.request.form, _sent_marks()
    step = sent.get("step", "")
    if step not in (PREVIEW, SAVE):
        return _drawn(marks=_clicked(marks, sent.get("day", "")))
    try:
        with storage.transaction() as session:
            by, kept = auth.current_actor(), step == SAVE
            name = calendar_page.chosen(session, by, named())
            note = sent.get("note", "")
            moving = calendar_changes.set_days(session, by, name, marks, note, now=storage.now(), is_rehearsal=not kept)
            moves = calendar_moves.moves_of(session, moving)
    except errors.Invalid as refusal:
        return _drawn(refusal, marks=marks), 422
    if not kept:
        return _drawn(marks=marks, moves=moves)
    flashes.say(_("Days changed: %(days)s. Deadlines and timers moved: %(n)s.", days=len(marks), n=moving.moved))
    return _onwards(address(min(marks).year))


def _onwards(target: str) -> Any:
    """To another page: one that was asked for a part of itself is told to leave whole."""
    if "HX-Request" in flask.request.headers:
        return flask.Response(status=204, headers={"HX-Redirect": target})
    return flask.redirect(target)


def named() -> str:
    """Which calendar the page is of; "" for the company's default."""
    return flask.request.args.get("of", "")


def address(year: int | None = None) -> str:
    """The address of the page, of this calendar."""
    return flask.url_for("calendar.show", of=named() or None, year=year)


def _sent_marks() -> Marks:
    """The days that are marked already; 404 for what no page of ours sends."""
    return dict(map(_read, flask.request.form.getlist("mark")))


def _clicked(marks: Marks, text: str) -> Marks:
    """The marks after a click; "keep" lets the day be as it is kept."""
    day, _comma, kind = text.partition(",")
    if kind == "keep":
        gone, _kind = _read(f"{day},usual")
        return {each: mark for each, mark in marks.items() if each != gone}
    return {**marks, **dict([_read(text)])}


def _read(text: str) -> tuple[date, bool | None]:
    day, _comma, kind = text.partition(",")
    try:
        return date.fromisoformat(day), KINDS[kind]
    except (ValueError, KeyError):
        flask.abort(404)


def _drawn(
    refusal: errors.Refusal | None = None, marks: Mapping[date, bool | None] | None = None, moves: Moves | None = None
) -> str:
    given = flask.request.args.get("year", type=int)
    with storage.reading() as session:
        by = auth.current_actor()
        page = calendar_page.calendar_page(session, by, given, named(), marks or {}, now=storage.now())
    sent = flask.request.form
    return flask.render_template(
        "processes/calendar.html",
        title=_("Working calendars"),
        page=page,
        may_change=by.is_administrator,
        refusal=refusal,
        moves=moves,
        note=sent.get("note", ""),
        sent_marks=list(_written(page.marks)),
        words=calendar_words,
    )


def _written(marks: Mapping[date, bool | None]) -> Iterator[str]:
    for day, mark in sorted(marks.items()):
        yield f"{day.isoformat()},{calendar_page.MARKS[mark]}"
