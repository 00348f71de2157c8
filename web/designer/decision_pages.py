"""The editor of a draft's decision file: tables and requirements, trying one, filling it from a spreadsheet and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine import decisions, errors
from engine.cases import look_ups
from engine.decisions import Model
from engine.designing import drafts
from engine.designing.editing import decision_tables, draft_files, field_uses, trying_decisions
from engine.files import sheets
from engine.people import organisation
from engine.queries.designer import drawing_page
from engine.queries.designer import standing as standings
from web.account import auth
from web.designer import requests
from web.frame import filters, flashes, storage
from web.frame.files import exports

blueprint = flask.Blueprint("decisions", __name__)
POLICIES: Mapping[tuple[str, str], tuple[Any, Any, Any]] = {  # by policy: its name, what it means, what the table does by it
    ("UNIQUE", ""): (
        lazy_gettext("Only one may hit"),
        lazy_gettext(
            "At most one rule may fit. If two fit at once, the decision is refused and the case stops with an incident."
        ),
        lazy_gettext("At most one rule fits, and it gives {outputs}."),
    ),
    ("FIRST", ""): (
        lazy_gettext("The first that fits"),
        lazy_gettext("From top to bottom, the first rule that fits decides. The rules below are not looked at."),
        lazy_gettext("From top to bottom, the first rule that fits gives {outputs}."),
    ),
    ("ANY", ""): (
        lazy_gettext("Any, all alike"),
        lazy_gettext("Several rules may fit, but all must say the same. Otherwise the decision is refused."),
        lazy_gettext("Any rule that fits gives {outputs}; where several fit, they must agree."),
    ),
    ("PRIORITY", ""): (
        lazy_gettext("The most important"),
        lazy_gettext("Of the rules that fit, the one whose answer stands first in the column's list of values decides."),
        lazy_gettext("Of the rules that fit, the most important one gives {outputs}."),
    ),
    ("RULE ORDER", ""): (
        lazy_gettext("All, in the table's order"),
        lazy_gettext("All rules that fit give an answer: a list, in the order of the table."),
        lazy_gettext("Every rule that fits gives {outputs}: a list in the order of the table."),
    ),
    ("OUTPUT ORDER", ""): (
        lazy_gettext("All, the most important first"),
        lazy_gettext("All rules that fit give an answer: a list, sorted by the column's list of values."),
        lazy_gettext("Every rule that fits gives {outputs}: a list, the most important first."),
    ),
    ("COLLECT", ""): (
        lazy_gettext("Collect"),
        lazy_gettext("All rules that fit give an answer: a list of them."),
        lazy_gettext("Every rule that fits gives {outputs}: a list of all."),
    ),
    ("COLLECT", "SUM"): (
        lazy_gettext("Collect and add up"),
        lazy_gettext("The answers of all rules that fit are added up."),
        lazy_gettext("The rules that fit give {outputs}, added up."),
    ),
    ("COLLECT", "MIN"): (
        lazy_gettext("Collect the smallest"),
        lazy_gettext("The smallest answer of all rules that fit."),
        lazy_gettext("Of the rules that fit, the smallest value is {outputs}."),
    ),
    ("COLLECT", "MAX"): (
        lazy_gettext("Collect the largest"),
        lazy_gettext("The largest answer of all rules that fit."),
        lazy_gettext("Of the rules that fit, the largest value is {outputs}."),
    ),
    ("COLLECT", "COUNT"): (
        lazy_gettext("Count"),
        lazy_gettext("How many rules fit."),
        lazy_gettext("{outputs} is how many rules fit."),
    ),
}


@blueprint.get("/designer/<int:key>/decisions/<name>")
def edit(key: int, name: str) -> str:
    """The editor of one decision file."""
    drawing, text = _opened(key, name)
    with storage.reading() as session:
        standing = standings.of_drawing(session, auth.current_actor(), drawing)
    policies = [(policy, sum_of, *words) for (policy, sum_of), words in POLICIES.items()]
    title = next((each.title for each in draft_files.listed(drawing.files) if each.name == name), name)
    tables = decision_tables.tables(text)
    values = {"drawing": drawing, "standing": standing, "name": name, "policies": policies, "tables": tables}
    return flask.render_template("designer/decision.html", title=title, **values)


@blueprint.route("/designer/<int:key>/decisions/<name>/try", methods=["GET", "POST"])
def trying(key: int, name: str) -> Any:
    """What a decision asks for; with values, what it comes to and which rules hit."""
    drawing, text = _opened(key, name)
    model = decisions.parse(text.encode())
    decision_id = flask.request.values.get("decision", "")
    typed = {field.removeprefix("value."): value for field, value in flask.request.values.items() if field.startswith("value.")}
    asked, tried, refusal = trying_decisions.asked(model, decision_id), None, None
    if flask.request.method == "POST":
        try:
            tried = _tried(model, decision_id, typed)
        except errors.Refusal as refused:
            refusal = refused
    return flask.render_template(
        "designer/_trying.html",
        asked=asked,
        labels=field_uses.labels(drawing.files),
        typed=typed,
        tried=tried,
        refusal=refusal,
        decision=decision_id,
        name=name,
        key=key,
    )


def _tried(model: Model, decision_id: str, typed: Mapping[str, str]) -> trying_decisions.Tried:
    """Made with the people of the company; a person may be typed by name."""
    by = auth.current_actor()
    with storage.reading() as session:
        company = organisation.at_version(session, by.company_id, by.organisation_version)
        called = {company.name_of(username): username for username in company.people if company.is_active(username)}
        named = {name: called.get(each.strip(), each) for name, each in typed.items()}
        functions = look_ups.seen_from(session, company, None, now=storage.now(), by=by)
        return trying_decisions.tried(model, decision_id, named, functions=functions, now=storage.now())


@blueprint.post("/designer/<int:key>/decisions/<name>/rows")
def fill(key: int, name: str) -> Any:
    """Rules from a spreadsheet, pasted or as a file; what is wrong with them is told, and nothing is kept."""
    _drawing, text = _opened(key, name)
    given = flask.request.files.get("file")
    pasted = flask.request.form.get("pasted", "")
    rows = sheets.read(given.read()) if given and given.filename else sheets.pasted(pasted)
    decision_id = flask.request.form.get("decision", "")
    replaces = flask.request.form.get("replaces") == "true"
    changed = decision_tables.with_rows(text, decision_id, rows, replaces=replaces)
    with storage.transaction() as session:
        drafts.save(session, auth.current_actor(), key, requests.number("revision"), {name: changed}, now=storage.now())
    said = [_("%(n)s rows are in the table now.", n=len(rows))]
    if labels := decision_tables.taken_as_words(text, decision_id, rows):
        said.append(_("The numbers of %(names)s were taken as words: that column is of texts.", names=filters.listed(labels)))
    flashes.say(" ".join(said))
    return flask.redirect(flask.url_for("decisions.edit", key=key, name=name, decision=decision_id), 303)


@blueprint.get("/designer/<int:key>/decisions/<name>/rows")
def rows(key: int, name: str) -> flask.Response:
    """A table as a spreadsheet."""
    _drawing, text = _opened(key, name)
    wanted = flask.request.args.get("decision", "")
    table = next((each for each in decision_tables.tables(text) if each.decision_id == wanted), None)
    if table is None:
        raise errors.NotFound("This decision has no table.")
    head = [column.label or _("Note") for column in table.columns]
    return exports.table(table.name or table.decision_id, head, table.rows)


def _opened(key: int, name: str) -> tuple[drawing_page.Drawing, str]:
    """The draft and the text of one of its decision files. Raises NotFound."""
    with storage.reading() as session:
        drawing = drawing_page.drawing(session, auth.current_actor(), key)
    if not name.endswith(".dmn") or name not in drawing.files:
        raise errors.NotFound("There is no such file.")
    return drawing, drawing.files[name]
