"""The editor of a draft's form, with the form beside it as people will see it."""

from __future__ import annotations

import flask

from engine import errors
from engine import forms as schemas
from engine.basics import json_texts
from engine.designing.editing import draft_files, form_parts
from engine.queries.designer import drawing_page
from engine.queries.designer import standing as standings
from engine.queries.inbox import form_scope
from web.account import auth
from web.frame import forms, storage

blueprint = flask.Blueprint("forms", __name__)


@blueprint.get("/designer/<int:key>/forms/<name>")
def edit(key: int, name: str) -> str:
    """The editor of one form."""
    with storage.reading() as session:
        by = auth.current_actor()
        drawing = drawing_page.drawing(session, by, key)
        standing = standings.of_drawing(session, by, drawing)
    _text(drawing, name)
    others = [
        (each.title, form_parts.labelled(drawing.files[each.name]))
        for each in draft_files.listed(drawing.files, drawing.settings)
        if each.kind == "form" and each.name != name
    ]
    title = next((each.title for each in draft_files.listed(drawing.files, drawing.settings) if each.name == name), name)
    values = {"drawing": drawing, "standing": standing, "name": name, "others": others}
    return flask.render_template("designer/form.html", title=title, **values)


@blueprint.route("/designer/<int:key>/forms/<name>/preview", methods=["GET", "POST"])
def preview(key: int, name: str) -> str:
    """The form as it was saved last, drawn as on a task's page, with what was typed into it."""
    with storage.reading() as session:
        by = auth.current_actor()
        drawing = drawing_page.drawing(session, by, key)
        text = _text(drawing, name)
        try:
            form = schemas.load(json_texts.read(text))
            scope = form_scope.form_scope(session, by, None, {}, now=storage.now())
            is_new = flask.request.method == "GET"
            view = forms.opened(form, scope) if is_new else forms.redrawn(form, scope)
        except errors.Refusal as refused:
            return flask.render_template("designer/_no_preview.html", refusal=refused)
        return forms.fragment(view, flask.request.path)


def _text(drawing: drawing_page.Drawing, name: str) -> str:
    """The text of one of the draft's forms. Raises NotFound."""
    if not name.endswith(".form") or name not in drawing.files:
        raise errors.NotFound("There is no such file.")
    return drawing.files[name]
