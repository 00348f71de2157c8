"""Pages of the designer: what one may draw, the diagram editor of one draft, its saves, checking and publishing."""

from __future__ import annotations

import re
from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.deploying.deployment import DeploymentRefused
from engine.designing import drafts, publishing, templates
from engine.problems import Problem
from engine.queries.designer import drawing_page
from web.account import auth
from web.designer import panel, placing, requests
from web.frame import filters, flashes, foreign_files, i18n, storage

blueprint = flask.Blueprint("designer", __name__)
PROCESS_ID = re.compile(r"[A-Za-z_][\w.-]{0,63}", re.ASCII)


@blueprint.get("/designer")
def index() -> str:
    """What the person may draw."""
    with storage.reading() as session:
        lines = drawing_page.drawable(session, auth.current_actor())
    return flask.render_template("designer/index.html", title=_("Designer"), lines=lines, templates=templates.offered())


@blueprint.post("/designer")
def create() -> Any:
    """Begins a process that is not published yet, from a template."""
    name, process_id = flask.request.form.get("name", "").strip(), flask.request.form.get("process_id", "").strip()
    with storage.transaction() as session:
        if not name or not PROCESS_ID.fullmatch(process_id):
            raise errors.Invalid("A process needs a name, and an id of Latin letters, digits and _ that begins with a letter.")
        package = templates.package(flask.request.form.get("template", ""), process_id, name)
        draft = drafts.create(session, auth.current_actor(), package, process_id, name, now=storage.now())
    return flask.redirect(flask.url_for("designer.edit", key=draft.key), 303)


@blueprint.post("/designer/processes/<process_id>")
def begin(process_id: str) -> Any:
    """Opens the draft of a published process, begun from its newest version where there is none."""
    with storage.transaction() as session:
        draft = drafts.begin(session, auth.current_actor(), process_id, now=storage.now())
    return flask.redirect(flask.url_for("designer.edit", key=draft.key), 303)


@blueprint.get("/designer/<int:key>")
def edit(key: int) -> str:
    """The diagram editor."""
    with storage.reading() as session:
        drawing = drawing_page.drawing(session, auth.current_actor(), key)
    return flask.render_template("designer/edit.html", title=drawing.name, drawing=drawing, panels=panel.panels())


@blueprint.put("/designer/<int:key>")
def save(key: int) -> Any:
    """Keeps what the editor sends: `{revision, files, settings?}`; answers with the new revision, or 409 with both sides."""
    try:
        with storage.transaction() as session:
            draft = drafts.save(session, auth.current_actor(), key, *requests.save(), now=storage.now())
    except drafts.Stale as stale:
        answer = {"told": i18n.worded(stale), "revision": stale.draft.revision}
        return flask.jsonify(answer), 409
    saved = _("saved %(moment)s", moment=filters.moment(draft.saved_at))
    return flask.jsonify(revision=draft.revision, saved=saved)


@blueprint.get("/designer/<int:key>/files/<name>")
def file(key: int, name: str) -> flask.Response:
    """One file of the draft, as it was saved last."""
    with storage.reading() as session:
        text = drawing_page.file(session, auth.current_actor(), key, name)
    if text is None:
        raise errors.NotFound("There is no such file.")
    return foreign_files.sent(name, text.encode())


@blueprint.get("/designer/<int:key>/problems")
def problems(key: int) -> Any:
    """What is wrong with the draft, for the list under the canvas."""
    with storage.reading() as session:
        files, found = drawing_page.problems(session, auth.current_actor(), key)
    here = flask.request.args.get("file", "")
    return flask.render_template("designer/_problems.html", problems=placing.placed(key, files, found, here))


@blueprint.get("/designer/<int:key>/saves")
def saves(key: int) -> str:
    """The saves of the draft, to go back to one."""
    with storage.reading() as session:
        by = auth.current_actor()
        drawing, found = drawing_page.drawing(session, by, key), drawing_page.saves(session, by, key)
    return flask.render_template(
        "designer/saves.html", title=_("Saves of %(name)s", name=drawing.name), drawing=drawing, saves=found
    )


@blueprint.post("/designer/<int:key>/saves")
def go_back(key: int) -> Any:
    """Makes an earlier save the newest."""
    with storage.transaction() as session:
        drafts.go_back(
            session, auth.current_actor(), key, requests.number("revision"), requests.number("to"), now=storage.now()
        )
    flashes.say(_("The earlier save is back."))
    return flask.redirect(flask.url_for("designer.edit", key=key), 303)


@blueprint.post("/designer/<int:key>/discard")
def discard(key: int) -> Any:
    """Gives the draft up."""
    with storage.transaction() as session:
        drafts.discard(session, auth.current_actor(), key)
    flashes.say(_("The draft was discarded. What is published stays as it is."))
    return flask.redirect(flask.url_for("designer.index"), 303)


@blueprint.post("/designer/<int:key>/publish")
def publish(key: int) -> Any:
    """Makes the draft the newest version; what is wrong with it is listed, and nothing is stored."""
    over = flask.request.form.get("over", type=int)
    try:
        with storage.transaction() as session:
            draft, deployed = publishing.publish(
                session, auth.current_actor(), key, requests.number("revision"), over=over, now=storage.now()
            )
    except DeploymentRefused as refused:
        return _refused(key, refused.problems), 422
    version = next((each.version for each in deployed.definitions if each.process_id == draft.process_id), None)
    flashes.say(_("Published as version %(n)s. Running cases stay on theirs.", n=version))
    return flask.redirect(flask.url_for("processes.show", process_id=draft.process_id), 303)


def _refused(key: int, found: list[Problem]) -> str:
    with storage.reading() as session:
        drawing = drawing_page.drawing(session, auth.current_actor(), key)
    told = placing.placed(key, drawing.files, found, drawing.diagram)
    return flask.render_template(
        "designer/edit.html", title=drawing.name, drawing=drawing, panels=panel.panels(), problems=told
    )
