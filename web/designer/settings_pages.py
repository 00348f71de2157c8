"""What an owner sets of a process beside its diagram: who may start it, who manages it, numbers, titles, deadlines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine import errors
from engine.definitions import declarations
from engine.definitions import settings as texts
from engine.definitions.declarations import Setting
from engine.designing import drafts
from engine.designing.packages import Package
from engine.queries.designer import drawing_page
from web.account import auth
from web.frame import flashes, storage

blueprint = flask.Blueprint("process_settings", __name__)
BETWEEN = re.compile("[、,，;；\\n]")
LABELS = {
    "title": lazy_gettext("What people call it"),
    "category": lazy_gettext("Category"),
    "description": lazy_gettext("A sentence on it"),
    "may_start": lazy_gettext("Who may start it"),
    "managers": lazy_gettext("Managers"),
    "owners": lazy_gettext("Who draws and publishes it"),
    "visible_to": lazy_gettext("Who may read every case"),
    "second_release": lazy_gettext("A second person releases new versions"),
    "initiator_may_cancel": lazy_gettext("The initiator may cancel"),
    "number": lazy_gettext("Number of a case"),
    "title_of_case": lazy_gettext("Title of a case"),
    "due": lazy_gettext("Deadline of the whole case"),
    "warn": lazy_gettext("Warning before that"),
}


@dataclass(frozen=True)
class Field:
    """One setting as the form shows it; `value` is text, of a switch whether it is on."""

    name: str
    label: str
    hint: str
    kind: str
    value: Any


@blueprint.get("/designer/<int:key>/settings")
def show(key: int) -> str:
    """The settings of the draft's process."""
    with storage.reading() as session:
        drawing = drawing_page.drawing(session, auth.current_actor(), key)
    return _drawn(drawing, _fields(drawing.settings.get(drawing.process_id, {})))


@blueprint.post("/designer/<int:key>/settings")
def save(key: int) -> Any:
    """Keeps the settings in the draft; what is wrong is told, and nothing is kept."""
    with storage.transaction() as session:
        by = auth.current_actor()
        drawing = drawing_page.drawing(session, by, key)
        given = {name: _given(declarations.of(texts.Settings)[name]) for name in LABELS}
        package = Package(drawing.files, drawing.settings)
        settings = package.with_settings(drawing.process_id, given)
        found = texts.problems(settings[drawing.process_id])
        if found:
            raise errors.Invalid(found[0].message, fields=None, **found[0].values)
        drafts.save(session, by, key, drawing.revision, {}, settings, now=storage.now())
    flashes.say(_("The settings are kept in the draft. They hold once it is published."))
    return flask.redirect(flask.url_for("designer.edit", key=key), 303)


def _drawn(drawing: drawing_page.Drawing, fields: list[Field]) -> str:
    title = _("Settings of %(name)s", name=drawing.name)
    return flask.render_template("designer/settings.html", title=title, drawing=drawing, fields=fields)


def _fields(stored: Mapping[str, Any]) -> list[Field]:
    return [_field(declarations.of(texts.Settings)[name], stored) for name in LABELS]


def _field(setting: Setting, stored: Mapping[str, Any]) -> Field:
    kind = {declarations.GROUPS: "groups", declarations.SWITCH: "switch"}.get(setting.type, "text")
    value = stored.get(setting.name, setting.default if kind == "switch" else "")
    shown = "、".join(value) if isinstance(value, list | tuple) else value
    return Field(setting.name, str(LABELS[setting.name]), _(setting.meaning), kind, shown)


def _given(setting: Setting) -> Any:
    """What was sent of a setting; None for nothing, which leaves it unsaid."""
    if setting.type == declarations.SWITCH:
        return setting.name in flask.request.form
    text = flask.request.form.get(setting.name, "").strip()
    if setting.type == declarations.GROUPS:
        return [each.strip() for each in BETWEEN.split(text) if each.strip()] or None
    return text or None
