"""Deputies [外出委托]: the page of oneself, and of all for administrators; set up, ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine import errors
from engine.queries.inbox import deputies_page
from engine.verbs.approvals import deputies
from web.account import auth
from web.frame import filters, flashes, storage
from web.frame.operations import acts, choosing

blueprint = flask.Blueprint("deputies", __name__)
DEPUTY = acts.ActField("deputy", "person", lazy_gettext("Deputy"), is_required=True)
PRINCIPAL = acts.ActField("principal", "person", lazy_gettext("Who is away"), hint=lazy_gettext("Nobody chosen: yourself."))
NO_PROCESS = "Please choose at least one process, or all."


@blueprint.get("/deputies")
def show() -> str:
    """Mine, those I stand in for, and a form for another one."""
    return _drawn()


@blueprint.post("/deputies")
def set_up() -> Any:
    """Sets one up; what is wrong is told at its field."""
    if choosing.is_asked():
        return _drawn()
    sent = flask.request.form
    processes = sent.getlist("processes") if sent.get("of") != "all" else []
    try:
        if sent.get("of") == "chosen" and not processes:
            raise errors.Invalid(NO_PROCESS, fields={"processes": [errors.Refusal(NO_PROCESS)]})
        acts.require_ticked(DEPUTY.name, PRINCIPAL.name)
        with storage.transaction() as session:
            deputies.set_up(
                session,
                auth.current_actor(),
                sent.get("deputy", ""),
                begins_at=_moment("begins_at"),
                ends_at=_moment("ends_at"),
                principal=sent.get("principal") or None,
                processes=processes,
                covers_existing="covers_existing" in sent,
                reason=sent.get("reason", ""),
                now=storage.now(),
            )
    except errors.Invalid as refusal:
        return _drawn(refusal), 422
    flashes.say(_("The deputy is set up and has been told."))
    return flask.redirect(flask.url_for("deputies.show"))


@blueprint.post("/deputies/<int:key>/end")
def end(key: int) -> Any:
    """Ends one at once."""
    with storage.transaction() as session:
        deputies.end(session, auth.current_actor(), key, now=storage.now())
    flashes.say(_("It is over; nobody stands in any more."))
    return flask.redirect(flask.url_for("deputies.show"))


def _moment(name: str) -> datetime:
    """A local moment of the form, in the company's zone."""
    try:
        return datetime.fromisoformat(flask.request.form.get(name, "")).replace(tzinfo=filters.zone())
    except ValueError as error:
        refusal = errors.Refusal("Please give a day and a time.")
        raise errors.Invalid(refusal.text, fields={name: [refusal]}) from error


def _drawn(refusal: errors.Invalid | None = None) -> str:
    with storage.reading(to_change=True) as session:
        by = auth.current_actor()
        page = deputies_page.deputies_page(session, by, now=storage.now())
        fields = [DEPUTY, PRINCIPAL] if by.is_administrator else [DEPUTY]
        people = {field.name: choosing.found_for(session, by, field.name) for field in fields}
    faults = refusal.fields if refusal else {}
    words = {"page": page, "fields": fields, "found": people, "refusal": refusal, "faults": faults}
    return flask.render_template("inbox/deputies.html", title=_("Deputies"), **words)
