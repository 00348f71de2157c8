"""Jobs that were given up [死信], with what may be done about each."""

from __future__ import annotations

import flask
from flask_babel import gettext as _

from engine.queries.operations import given_up
from engine.queries.status import incident_list
from engine.verbs.operating import bulk
from web.account import auth
from web.frame import lists, storage
from web.frame.http import worker_watch
from web.frame.operations import operating_words as words

blueprint = flask.Blueprint("given_up", __name__)


@blueprint.get("/status/operations/given-up")
def show() -> str:
    """Those of cases, to be chosen for an act on all of them, and those of our own."""
    with storage.reading() as session:
        by = auth.current_actor()
        page = given_up.given_up(session, by, lists.wanted(), now=storage.now())
        return flask.render_template(
            "status/operations/given_up.html",
            title=_("Failed background jobs"),
            page=page,
            link=lists.link,
            words=words,
            may_order=bulk.may_order(session, by),
            incident_count=incident_list.count(session, by),
            **worker_watch.seen_by(session, by),
        )
