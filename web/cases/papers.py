"""Papers of a case as PDF, and personal data shown in full: both leave a trace in the case's history."""

from __future__ import annotations

import io
from typing import Any

import flask

from engine.cases import personal_data
from engine.papers import case_papers
from engine.queries.cases import instance_page
from web.account import auth
from web.cases import cases
from web.frame import storage

blueprint = flask.Blueprint("papers", __name__)


@blueprint.post("/cases/<int:key>/print/<template>")
def print_case(key: int, template: str) -> flask.Response:
    """The paper of that template, to be saved or printed."""
    with storage.transaction() as session:
        printed = case_papers.render(session, auth.current_actor(), key, template, now=storage.now())
    response = flask.send_file(
        io.BytesIO(printed.pdf), mimetype="application/pdf", as_attachment=True, download_name=printed.name
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/cases/<int:key>/unmask")
def unmask(key: int) -> Any:
    """The case page with personal data in full, this once."""
    with storage.transaction() as session:
        by = auth.current_actor()
        personal_data.reveal(session, by, key, now=storage.now())
        page = instance_page.load(session, by, key, now=storage.now(), is_revealed=True)
        return cases.drawn(page)
