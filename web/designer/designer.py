"""Pages of the designer: what one may draw, the diagram editor of one draft, its saves, checking and publishing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors, runtime
from engine.definitions import task_settings
from engine.designing import drafts, templates
from engine.designing.editing import copying, field_uses, form_saves
from engine.designing.simple import conditions
from engine.queries.designer import drawing_page
from engine.queries.designer import standing as standings
from web.account import auth
from web.designer import requests, undoing
from web.designer.wording import asked_values, panel, parts, placing, use_words
from web.frame import filters, flashes, i18n, storage, words
from web.frame.files import foreign_files
from web.frame.times import spans

blueprint = flask.Blueprint("designer", __name__)
blueprint.app_template_global("drawing_board")(requests.drawing_board)
blueprint.app_template_global("problems_in_words")(placing.of_uploads)
blueprint.app_template_global("place_in_words")(placing.in_words)
blueprint.app_template_filter("span")(spans.worded)
NO_NAME = "A process needs a name, and an id of Latin letters, digits and _ that begins with a letter."
PROCESS_ID = re.compile(r"[A-Za-z_][\w.-]{0,63}", re.ASCII)


@blueprint.get("/designer")
def index() -> str:
    """What the person may draw."""
    return listed({}, None)


@blueprint.post("/designer")
def create() -> Any:
    """Begins a process that is not published yet, from a template."""
    given = {each: flask.request.form.get(each, "").strip() for each in ("name", "process_id", "template")}
    try:
        with storage.transaction() as session:
            process_id = given["process_id"]
            if not given["name"] or not PROCESS_ID.fullmatch(process_id) or process_id in runtime.UNDRAWABLE:
                raise errors.Invalid(NO_NAME)
            by, now, name = auth.current_actor(), storage.now(), given["name"]
            drafts.require_name(session, by, name)
            package = templates.begun(session, by, given["template"], process_id, name, language=i18n.language(), now=now)
            draft = drafts.create(session, by, package, process_id, name, now=now)
    except (errors.Invalid, errors.Conflict) as refusal:
        return listed(given, refusal), 422
    view = "simple_view.show" if flask.request.form.get("view") == "simple" else "designer.edit"
    return flask.redirect(flask.url_for(view, key=draft.key), 303)


@blueprint.post("/designer/processes/<process_id>")
def begin(process_id: str) -> Any:
    """Opens the draft of a published process, begun from its newest version where there is none."""
    with storage.transaction() as session:
        draft = drafts.begin(session, auth.current_actor(), process_id, now=storage.now())
    return flask.redirect(flask.url_for("designer.edit", key=draft.key), 303)


@blueprint.post("/processes/<process_id>/copies")
def copy(process_id: str) -> Any:
    """A published process as the draft of a new one, under a name of its own."""
    name = flask.request.form.get("name", "")
    try:
        with storage.transaction() as session:
            draft = copying.copy(session, auth.current_actor(), process_id, name, now=storage.now())
            to_know = copying.to_know(draft)
    except errors.Invalid as refusal:
        flashes.say(i18n.worded(refusal), "error")
        return flask.redirect(flask.url_for("processes.show", process_id=process_id, copy=name), 303)
    flashes.say(" ".join(map(_, to_know)))
    return flask.redirect(flask.url_for("designer.edit", key=draft.key), 303)


@blueprint.get("/designer/<int:key>")
def edit(key: int) -> str:
    """The diagram editor."""
    requests.remember_diagram(key)
    with storage.reading() as session:
        by = auth.current_actor()
        drawing = drawing_page.drawing(session, by, key)
        standing = standings.of_drawing(session, by, drawing)
    outcomes = {each: words.outcome(each) for each in task_settings.STANDARD_OUTCOMES}
    return flask.render_template(
        "designer/edit.html",
        title=drawing.name,
        grammar=conditions.GRAMMAR,
        drawing=drawing,
        standing=standing,
        panels=panel.panels(),
        choices=panel.choices(drawing.choices),
        parts=parts,
        outcomes=outcomes,
        settings_of=panel.of_kinds(),
        field_values=asked_values.of_fields(drawing.files),
        field_words={**field_uses.comparable(drawing.files), "outcome": _("Outcome")},
    )


@blueprint.put("/designer/<int:key>")
def save(key: int) -> Any:
    """Keeps what the editor sends: `{revision, files, settings?, despite?, renamed?}`; answers with the new revision, and in
    words when it was saved and how the draft stands to what is in force.

    409 with both sides where somebody saved meanwhile; 422 with where they are used for fields that would go, unless
    `despite` names them, or `renamed` says by which new keys they are to be read there.
    """
    try:
        with storage.transaction() as session:
            sent, decided = requests.save(), requests.decided()
            draft = form_saves.save(session, auth.current_actor(), key, *sent, decided=decided, now=storage.now())
    except form_saves.StillUsed as used:
        shown = flask.render_template("designer/_losses.html", losses=use_words.losses(key, used))
        paths = [each.field.path for each in used.losses]
        return flask.jsonify(told=i18n.worded(used), losses=shown, paths=paths, renamed=used.renamed), 422
    except drafts.Stale as stale:
        answer = {"told": i18n.worded(stale), "revision": stale.draft.revision}
        return flask.jsonify(answer), 409
    saved = _("saved %(moment)s", moment=filters.moment(draft.saved_at))
    with storage.reading() as session:
        by = auth.current_actor()
        drawing = drawing_page.drawing(session, by, key, with_choices=False)
        standing = standings.of_drawing(session, by, drawing)
    stands = flask.render_template("designer/_standing.html", standing=standing, drawing=drawing)
    return flask.jsonify(revision=draft.revision, saved=saved, standing=stands)


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
        files, problems_of_draft = drawing_page.problems(session, auth.current_actor(), key, now=storage.now())
    here = flask.request.args.get("file", "")
    return flask.render_template("designer/_problems.html", problems=placing.placed(key, files, problems_of_draft, here))


@blueprint.get("/designer/<int:key>/saves")
def saves(key: int) -> str:
    """The saves of the draft, to go back to one."""
    with storage.reading() as session:
        by = auth.current_actor()
        drawing, saved = drawing_page.drawing(session, by, key), drawing_page.saves(session, by, key)
    return flask.render_template(
        "designer/saves.html", title=_("Saves of %(name)s", name=drawing.name), drawing=drawing, saves=saved
    )


@blueprint.post("/designer/<int:key>/saves")
def go_back(key: int) -> Any:
    """Makes an earlier save the newest, and leads back to the editor of `file`, where the draft has that.

    What goes beyond that file, or over a colleague's save, is shown and asked about first.
    """
    file = flask.request.form.get("file", "")
    try:
        with storage.transaction() as session:
            draft = undoing.step(session, key, [file] if file else None)
    except drafts.TakesMore as more:
        return undoing.asked(key, more), 409
    flashes.say(_("The earlier save is back."))
    is_there = file in draft.files and not file.endswith((".bpmn", ".toml"))
    return flask.redirect(placing.address(key, file, "") if is_there else requests.drawing_board(key), 303)


@blueprint.post("/designer/<int:key>/discard")
def discard(key: int) -> Any:
    """Gives the draft up."""
    with storage.transaction() as session:
        drafts.discard(session, auth.current_actor(), key)
    flashes.say(_("The draft was discarded. Below it can be taken back; what is published stays as it is."))
    return flask.redirect(flask.url_for("designer.index"), 303)


@blueprint.post("/designer/<int:key>/taken-back")
def take_back(key: int) -> Any:
    """A discarded draft goes on."""
    with storage.transaction() as session:
        drafts.take_back(session, auth.current_actor(), key)
    flashes.say(_("The draft is back."))
    return flask.redirect(requests.drawing_board(key), 303)


def listed(given: Mapping[str, str], refusal: errors.Refusal | None, refused_file: errors.Refusal | None = None) -> str:
    """The list of what one may draw; `given` is what was typed for a new process, `refusal` why there is none.

    `refused_file` says why a file was not taken.
    """
    with storage.reading() as session:
        lines = drawing_page.drawable(session, auth.current_actor())
        discarded = drawing_page.discarded(session, auth.current_actor())
    values = {
        "lines": lines,
        "discarded": discarded,
        "templates": templates.offered(language=i18n.language()),
        "given": given,
        "refusal": refusal,
        "refused_file": refused_file,
    }
    return flask.render_template("designer/index.html", title=_("Designer"), **values)
