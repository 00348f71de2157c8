"""Papers of a case as PDF, and personal data shown in full: both leave a trace in the case's history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flask

from engine.cases.personal import personal_data
from engine.papers import approval_sheet, case_papers
from web.account import auth
from web.cases import cases
from web.frame import addresses, storage
from web.frame.operations import sheets

blueprint = flask.Blueprint("papers", __name__)


@blueprint.post("/cases/<int:key>/print/<template>")
def print_case(key: int, template: str) -> flask.Response:
    """The paper of that template, to be saved or printed; personal data are on it only when they were asked for."""
    is_full = flask.request.form.get("full") == "1"
    with storage.transaction() as session:
        paper = case_papers.order(session, auth.current_actor(), key, template, now=storage.now(), is_full=is_full)
    return sheets.sent(paper)  # setting it takes seconds, and the transaction is over


@blueprint.post("/cases/<int:key>/sheet")
def print_sheet(key: int) -> flask.Response:
    """The approval sheet of the case, with or without its course."""
    return _sheets([key])


@blueprint.post("/cases/sheets")
def print_sheets() -> flask.Response:
    """The approval sheets of the chosen cases as one file."""
    return _sheets(addresses.keys("case"))


@blueprint.post("/cases/<int:key>/unmask")
def unmask(key: int) -> Any:
    """Notes who looks, and goes back to the case page, which shows personal data in full for a short while."""
    with storage.transaction() as session:
        personal_data.reveal(session, auth.current_actor(), key, now=storage.now())
    cases.reveal(key)
    return flask.redirect(flask.url_for("cases.show", key=key), 303)


def _sheets(keys: Sequence[int]) -> flask.Response:
    sent = flask.request.form
    wish = approval_sheet.Wish(sent.get("history") == "1", sent.get("full") == "1")
    return sheets.sent(sheets.ordered(auth.current_actor(), keys, wish))
