"""The log of the organisation."""

from __future__ import annotations

import flask
from flask_babel import gettext as _

from engine.queries.organisation import log, reading
from web.account import auth
from web.frame import lists, storage
from web.organisation import words

blueprint = flask.Blueprint("organisation_log", __name__, url_prefix="/organisation/log")


@blueprint.get("")
def index() -> str:
    """Who changed what, newest first."""
    text = flask.request.args.get("q", "").strip()[:100]
    key = flask.request.args.get("file", "")[:30]
    with storage.reading() as session:
        by = auth.current_actor()
        file = log.taken_in(session, by, key) if key else None
        page = log.page(session, by, text, lists.wanted(), file)
        company = reading.company(session, by)
    values = {"page": page, "text": text, "company": company, "words": words, "link": lists.link, "file": file}
    return flask.render_template("organisation/log.html", title=_("Changes"), **values)
