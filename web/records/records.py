"""Customer records [客户档案]: the catalogue, one record with its versions and holds, the registers."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.definitions.languages import telling
from engine.queries import paging
from engine.queries.records import record_pages
from engine.records import catalogue, holds
from web.account import auth
from web.frame import filters, flashes, lists, storage

blueprint = flask.Blueprint("records", __name__)


@blueprint.get("/records")
def index() -> str:
    """The catalogue: what this person may know of."""
    args, wanted = flask.request.args, lists.wanted()
    state = "destroyed" if args.get("state") == "destroyed" else "active"
    chosen: dict[str, Any] = {"text": args.get("q", "").strip()[:100], "secrecy": args.get("secrecy") or None, "state": state}
    after = paging.only_key(wanted.cursor) if wanted.cursor else None
    with storage.reading() as session:
        terms = record_pages.terms(session, auth.current_actor(), args.get("ending", ""), now=storage.now())
        within = terms.within if terms else ()
        lines = catalogue.search(session, auth.current_actor(), within=within, after=after, limit=paging.SIZE + 1, **chosen)
        closed = record_pages.closed(session, auth.current_actor(), lines, now=storage.now())
        names = record_pages.names(session, auth.current_actor())
    page = paging.page(lines, wanted, lambda line: (line.key,))
    values = {
        "page": page,
        "closed": closed,
        "levels": [(level, filters.level(level)) for level in record_pages.levels()],
        "chosen": chosen,
        "link": lists.link,
        "names": names,
        "why": _why(),
        "terms": terms,
        "endings": [("mine", _("Near or past, kept by me")), ("soon", _("Ends soon")), ("over", _("Term is over"))]
        if terms
        else [],
    }
    return flask.render_template("records/index.html", title=_("Records"), **values)


@blueprint.get("/records/<int:key>")
def show(key: int) -> str:
    """One record; opening it is a reading and is logged, also when it is refused."""
    version = flask.request.args.get("version", type=int)
    with storage.reading() as session:
        gone = record_pages.destroyed(session, auth.current_actor(), key)
        names = record_pages.names(session, auth.current_actor())
    if gone is not None:
        return flask.render_template("records/destroyed.html", title=gone.line.name, gone=gone, line=gone.line, names=names)
    with storage.transaction() as session, telling.read_by(session, storage.reader()):
        page = record_pages.show(session, auth.current_actor(), key, version=version, now=storage.now())
    if isinstance(page, errors.Refusal):
        raise page
    values = {"page": page, "line": page.reading.line, "names": names, "why": _why(may_keep=page.may_keep)}
    return flask.render_template("records/show.html", title=page.reading.line.name, **values)


def _why(*, may_keep: bool = False) -> str:
    """As what somebody sees records, and that it is seen that he does."""
    level = filters.level(auth.current_actor().clearance)
    if may_keep:
        return _("You keep the records, up to the level %(level)s; every reading is noted.", level=level)
    return _("You may read records up to the level %(level)s; every reading is noted.", level=level)


@blueprint.post("/records/<int:key>/holds")
def place_hold(key: int) -> Any:
    """Keeps the record from being destroyed, for a reason."""
    form = flask.request.form
    with storage.transaction() as session:
        kind, reason = form.get("kind", ""), form.get("reason", "")
        holds.place(session, auth.current_actor(), key, kind, reason, now=storage.now())
    flashes.say(_("The record is held."))
    return flask.redirect(flask.url_for("records.show", key=key))


@blueprint.post("/records/<int:key>/holds/<int:hold>/lift")
def lift_hold(key: int, hold: int) -> Any:
    """Ends a hold."""
    with storage.transaction() as session:
        holds.lift(session, auth.current_actor(), hold, now=storage.now())
    flashes.say(_("The hold is lifted."))
    return flask.redirect(flask.url_for("records.show", key=key))


@blueprint.get("/records/registers")
def registers() -> str:
    """The registers that processes enter: kept for ever."""
    with storage.reading() as session:
        names, chosen, entries = record_pages.register(
            session, auth.current_actor(), flask.request.args.get("name", ""), now=storage.now()
        )
        known = record_pages.words(session, auth.current_actor())
    columns = list(dict.fromkeys(name for entry in entries for name in entry.data))
    values = {
        "names": names,
        "chosen": chosen,
        "entries": entries,
        "columns": columns,
        "said": lambda text: known.get(text, text),
    }
    return flask.render_template("records/registers.html", title=_("Registers"), **values)
