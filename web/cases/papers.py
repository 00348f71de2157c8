"""Papers of a case as PDF, and personal data shown in full: both leave a trace in the case's history."""

from __future__ import annotations

import io
from typing import Any

import flask

from engine.cases import personal_data
from engine.papers import case_papers
from web.account import auth
from web.cases import cases
from web.frame import storage

blueprint = flask.Blueprint("papers", __name__)


@blueprint.post("/cases/<int:key>/print/<template>")
def print_case(key: int, template: str) -> flask.Response:
    """The paper of that template, to be saved or printed; personal data are on it only when they were asked for."""
    is_full = flask.request.form.get("full") == "1"
    with storage.transaction() as session:
        paper = case_papers.order(session, auth.current_actor(), key, template, now=storage.now(), is_full=is_full)
    pdf = io.BytesIO(paper.document.make())  # takes seconds, and the transaction is over
    response = flask.send_file(pdf, mimetype="application/pdf", as_attachment=True, download_name=paper.name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/cases/<int:key>/unmask")
def unmask(key: int) -> Any:
    """Notes who looks, and goes back to the case page, which shows personal data in full for a short while."""
    with storage.transaction() as session:
        personal_data.reveal(session, auth.current_actor(), key, now=storage.now())
    cases.reveal(key)
    return flask.redirect(flask.url_for("cases.show", key=key), 303)
