"""The settings of working calendars: a new one, name, week, hours, holidays; which is the default; taking one away."""

from __future__ import annotations

import re
from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.deadlines import named_calendars
from engine.deadlines.named_calendars import CalendarValues
from engine.people.working.named import STANDARD
from engine.queries.processes import calendar_moves, calendar_page
from engine.queries.processes.calendar_moves import Moves
from web.account import auth
from web.frame import flashes, storage
from web.processes import calendar_words
from web.processes.calendar import PREVIEW, SAVE, address, named

BETWEEN = re.compile(r"[,，、;；\s]+")
Faults = dict[str, list[errors.Refusal]]

blueprint = flask.Blueprint("calendar_settings", __name__)


@blueprint.get("/calendar/new")
def new() -> str:
    """The fields of a new calendar."""
    with storage.reading() as session:
        named_calendars.current(session, auth.current_actor())
    return _form(None, CalendarValues(""), {})


@blueprint.post("/calendar/new")
def add() -> Any:
    """A new calendar, by which nothing counts yet."""
    values = _sent()
    try:
        with storage.transaction() as session:
            name = named_calendars.add(session, auth.current_actor(), values, now=storage.now())
    except errors.Invalid as refusal:
        return _form(None, values, refusal.fields or {"": [refusal]}), 422
    flashes.say(_("The calendar %(name)s is there. Processes, steps, departments and people may name it now.", name=name))
    return flask.redirect(flask.url_for("calendar.show", of=name))


@blueprint.get("/calendar/settings")
def edit() -> str:
    """The fields of a calendar."""
    with storage.reading() as session:
        by = auth.current_actor()
        name = calendar_page.chosen(session, by, named())
        values = named_calendars.values_of(named_calendars.current(session, by), name)
    return _form(name, values, {})


@blueprint.post("/calendar/settings")
def alter() -> Any:
    """Shows what other settings would move, or keeps them."""
    values, step = _sent(), flask.request.form.get("step", SAVE)
    name = ""
    try:
        with storage.transaction() as session:
            by, is_rehearsal = auth.current_actor(), step == PREVIEW
            name = calendar_page.chosen(session, by, named())
            moving = named_calendars.alter(session, by, name, values, now=storage.now(), is_rehearsal=is_rehearsal)
            moves = calendar_moves.moves_of(session, moving)
    except errors.Invalid as refusal:
        return _form(name, values, refusal.fields or {"": [refusal]}), 422
    if is_rehearsal:
        return _form(name, values, {}, moves)
    called = STANDARD if name == STANDARD else " ".join(values.name.split())
    flashes.say(_("The calendar is changed. Deadlines and timers moved: %(n)s.", n=moving.moved))
    return flask.redirect(flask.url_for("calendar.show", of=called))


@blueprint.post("/calendar/default")
def choose_default() -> Any:
    """Shows what another default would move, or makes this calendar the default."""
    step = flask.request.form.get("step", SAVE)
    with storage.transaction() as session:
        by, is_rehearsal = auth.current_actor(), step == PREVIEW
        name = calendar_page.chosen(session, by, named())
        moving = named_calendars.choose_default(session, by, name, now=storage.now(), is_rehearsal=is_rehearsal)
        moves = calendar_moves.moves_of(session, moving)
        values = named_calendars.values_of(named_calendars.current(session, by), name)
    if is_rehearsal:
        return _form(name, values, {}, moves, is_default=True)
    flashes.say(
        _(
            "%(name)s counts now wherever nothing else is said. Deadlines and timers moved: %(n)s.",
            name=calendar_words.name(name),
            n=moving.moved,
        )
    )
    return flask.redirect(address())


@blueprint.post("/calendar/remove")
def remove() -> Any:
    """Takes a calendar away by which nothing counts."""
    name = named()
    try:
        with storage.transaction() as session:
            named_calendars.remove(session, auth.current_actor(), name, now=storage.now())
    except errors.Conflict as refusal:
        with storage.reading() as session:
            values = named_calendars.values_of(named_calendars.current(session, auth.current_actor()), name)
        return _form(name, values, {"": [refusal]}), 409
    flashes.say(_("The calendar %(name)s has been deleted.", name=name))
    return flask.redirect(flask.url_for("calendar.show"))


def _sent() -> CalendarValues:
    sent = flask.request.form
    return CalendarValues(
        sent.get("name", ""),
        sent.get("holidays", "").strip(),
        tuple(sent.getlist("weekdays")),
        sent.get("every_second", "").strip(),
        tuple(each for each in BETWEEN.split(sent.get("hours", "")) if each),
    )


def _form(
    name: str | None, values: CalendarValues, faults: Faults, moves: Moves | None = None, *, is_default: bool = False
) -> str:
    shown = {"name": name, "values": values, "faults": faults, "moves": moves, "is_default": is_default, "standard": STANDARD}
    title = _("New calendar") if name is None else _("Settings of %(name)s", name=calendar_words.name(name))
    return flask.render_template("processes/calendar_form.html", title=title, words=calendar_words, **shown)
