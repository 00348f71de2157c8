"""Incidents: what stopped and needs a person, tried again or settled by hand."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _
from flask_babel import ngettext

from engine import errors
from engine.announcing.undelivered import fates
from engine.intake.by_mail import mail
from engine.queries.status import choosable, incident_list
from engine.verbs.running import incidents
from web.account import auth
from web.frame import flashes, lists, storage
from web.frame.http import worker_watch
from web.frame.operations import onward

blueprint = flask.Blueprint("incidents", __name__, url_prefix="/status/incidents")


@blueprint.get("")
def index() -> str:
    """All of them, the open ones first asked for."""
    return _page()


@blueprint.post("/<int:key>/retry")
def retry(key: int) -> Any:
    """Tries once more what had stopped."""
    with storage.transaction() as session:
        way_on, is_stuck = onward.retry(session, auth.current_actor(), key, now=storage.now())
    flashes.say(way_on.said, "warning" if is_stuck else "success")
    return _back()


@blueprint.post("/<int:key>/take-again")
def take_again(key: int) -> Any:
    """Makes a case of an e-mail that could not be taken in before."""
    try:
        with storage.transaction() as session:
            case = mail.take_again(session, auth.current_actor(), key, now=storage.now())
            number = case.number
    except errors.Invalid as refusal:
        return _page(refusal, key), 422
    flashes.say(_("It is now case %(number)s.", number=number))
    return _back()


@blueprint.post("/<int:key>/say-again")
def say_again(key: int) -> Any:
    """Sends notices once more of which nobody knows whether a chat showed them."""
    with storage.transaction() as session:
        count = fates.again(session, auth.current_actor(), key, now=storage.now())
    flashes.say(ngettext("%(num)s notice is sent once more.", "%(num)s notices are sent once more.", count))
    return _back()


@blueprint.post("/<int:key>/close")
def close(key: int) -> Any:
    """Notes what was done by hand about an incident that belongs to no case."""
    try:
        with storage.transaction() as session:
            incidents.close(session, auth.current_actor(), key, flask.request.form.get("note", ""), now=storage.now())
    except errors.Invalid as refusal:
        return _page(refusal, key), 422
    flashes.say(_("It is noted and settled."))
    return _back()


def _back() -> Any:
    return flask.redirect(flask.url_for("incidents.index"))


def _page(refusal: errors.Refusal | None = None, refused: int | None = None) -> str:
    args = flask.request.args
    filters = incident_list.IncidentFilters(
        args.get("q", "").strip()[:100], args.get("process", ""), args.get("state", "open"), args.get("cause", "")[:200]
    )
    with storage.reading() as session:
        by = auth.current_actor()
        values: dict[str, Any] = {
            "page": incident_list.incidents(session, by, filters, lists.wanted(), now=storage.now()),
            "processes": choosable.with_incidents(session, by),
            "incident_count": incident_list.count(session, by),
            **worker_watch.seen_by(session, by),
        }
    values |= {"filters": filters, "link": lists.link, "refusal": refusal, "refused": refused}
    return flask.render_template("status/incidents.html", title=_("Incidents"), **values)
