"""How much history is kept, for those who look after the installation."""

from __future__ import annotations

import flask
from flask_babel import gettext as _

from engine.queries.status import history_budget, incident_list
from web.account import auth
from web.frame import storage

blueprint = flask.Blueprint("history", __name__)


@blueprint.get("/status/history")
def show() -> str:
    """By process and month: what is kept, how it grows, what retention frees and when; figures of last night."""
    with storage.reading() as session:
        by = auth.current_actor()
        budget, stopped = history_budget.look(session, by, now=storage.now()), incident_list.count(session, by)
    kept_for = {line.process_id: _period(line.retention) for line in budget.lines}
    values = {"budget": budget, "kept_for": kept_for, "incident_count": stopped}
    return flask.render_template("status/history.html", title=_("History storage"), **values)


def _period(text: str) -> str:
    """A period of retention (10y, 18m, 400d) in words."""
    if not text:
        return _("for ever")
    number, unit = text[:-1], text[-1]
    return {"y": _("%(n)s years", n=number), "m": _("%(n)s months", n=number), "d": _("%(n)s days", n=number)}[unit]
