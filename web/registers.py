"""Registers [台账]: the cases of a process with the columns that its owner declared, filtered, totalled, exported."""

from __future__ import annotations

from datetime import date
from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.queries import register_list
from web import auth, inbox, spreadsheets, storage

blueprint = flask.Blueprint("registers", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/registers")
def index() -> Any:
    """The registers that this person may read; a single one is opened at once."""
    with storage.reading() as session:
        offers = register_list.offers(session, auth.current_actor())
    if len(offers) == 1:
        return flask.redirect(flask.url_for("registers.show", process_id=offers[0][0]))
    return flask.render_template("registers/index.html", title=_("Registers"), offers=offers)


@blueprint.get("/registers/<process_id>")
def show(process_id: str) -> str:
    """One page of a register."""
    filters = _filters()
    with storage.reading() as session:
        register = register_list.load(session, auth.current_actor(), process_id, filters, inbox.wanted(), now=storage.now())
        offers = register_list.offers(session, auth.current_actor())
    export = flask.url_for("registers.export", **{"process_id": process_id, **_given()})
    return flask.render_template(
        "registers/show.html",
        title=_("%(title)s: register", title=register.title),
        register=register,
        filters=filters,
        offers=offers,
        link=inbox.link,
        export=export,
    )


@blueprint.get("/registers/<process_id>/export")
def export(process_id: str) -> flask.Response:
    """The whole filtered register as a spreadsheet."""
    with storage.reading() as session:
        head, lines = register_list.stream(session, auth.current_actor(), process_id, _filters(), now=storage.now())
        file = spreadsheets.write(head, lines)
    name = f"{head.title}-{storage.now():%Y%m%d}.xlsx"
    response = flask.send_file(file, mimetype=XLSX, as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _given() -> dict[str, Any]:
    return {name: flask.request.args[name] for name in ("q", "state", "since", "until") if flask.request.args.get(name)}


def _filters() -> register_list.Filters:
    args = flask.request.args
    return register_list.Filters(args.get("q", "").strip()[:100], args.get("state", ""), _day("since"), _day("until"))


def _day(name: str) -> date | None:
    text = flask.request.args.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise errors.Invalid("This is not a date: %(text)s", text=text[:40]) from error
