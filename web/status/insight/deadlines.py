"""Deadlines: promised against kept, why it was late, and what will be late if nothing happens."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine.queries.insight import deadlines as figures
from engine.queries.insight import extent
from engine.queries.status import choosable, incident_list, open_tasks
from web.account import auth
from web.frame import storage
from web.frame.http import worker_watch
from web.status.insight import words

blueprint = flask.Blueprint("deadlines", __name__)


@blueprint.get("/status/deadlines")
def show() -> str:
    """Of all processes that the person follows, or of one of them."""
    chosen = {name: flask.request.args.get(name, "") for name in ("days", "process", "department")}
    with storage.reading() as session:
        by = auth.current_actor()
        figures_read = figures.look(session, by, chosen, now=storage.now())
        company = open_tasks.company_of(session, by)
        values: dict[str, Any] = {
            "company": company.name,
            "moment": storage.now(),
            "processes": extent.names(session, by),
            "departments": choosable.departments(session, by),
            "incident_count": incident_list.count(session, by),
            **worker_watch.seen_by(session, by),
        }
    values |= {
        "found": figures_read,
        "chosen": {**chosen, "days": chosen["days"] or str(extent.USUAL)},
        "causes": words.causes(),
    }
    spans = [(str(each), _("the last %(n)s days", n=each)) for each in extent.SPANS]
    return flask.render_template("status/insight/deadlines.html", title=_("Deadlines"), spans=spans, **values)
