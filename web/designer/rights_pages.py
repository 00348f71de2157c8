"""The rights of fields over all steps of a draft: which step reads, fills in or must fill in which field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.designing.editing import field_rights, form_saves
from engine.queries.designer import drawing_page
from web.account import auth
from web.designer import requests
from web.designer.wording import use_words
from web.frame import flashes, storage

blueprint = flask.Blueprint("field_rights", __name__)
WORDS = {
    "absent": lazy_gettext("not there"),
    "hidden": lazy_gettext("hidden"),
    "read": lazy_gettext("read"),
    "edit": lazy_gettext("fill in"),
    "required": lazy_gettext("must fill in"),
    "own": lazy_gettext("by a condition"),
}


@blueprint.get("/designer/<int:key>/rights")
def show(key: int) -> str:
    """All fields by all forms."""
    return _shown(key, {})


@blueprint.post("/designer/<int:key>/rights")
def save(key: int) -> Any:
    """Sets the rights in the forms of the draft; what would go and is used is told, and asked again."""
    wanted = {}
    for name, right in flask.request.form.items():
        file, divider, path = name.partition("/")
        if divider:
            wanted[file, path] = right
    decided = form_saves.Decided(flask.request.form.getlist("despite"))
    by, revision = auth.current_actor(), requests.revision()
    try:
        with storage.transaction() as session:
            form_saves.save_rights(session, by, key, revision, wanted, decided=decided, now=storage.now())
    except form_saves.StillUsed as used:
        return _shown(key, wanted, used, revision=revision), 409
    except form_saves.StaleRights as stale:
        return _shown(key, stale.changed, stale=stale), 409
    flashes.say(_("The rights are kept in the forms of the draft."))
    return flask.redirect(flask.url_for("field_rights.show", key=key), 303)


def _shown(
    key: int,
    wanted: Mapping[tuple[str, str], str],
    used: form_saves.StillUsed | None = None,
    stale: form_saves.StaleRights | None = None,
    revision: int | None = None,
) -> str:
    """The table; `wanted` is what was chosen and not kept, by file and field, because it is `used`, or a colleague changed the same.

    `revision` is that of the save from which it was chosen, None: the newest.
    """
    with storage.reading() as session:
        drawing = drawing_page.drawing(session, auth.current_actor(), key)
    return flask.render_template(
        "designer/rights.html",
        title=_("Rights of fields of %(name)s", name=drawing.name),
        drawing=drawing,
        steps=field_rights.steps(drawing.files),
        lines=field_rights.lines(drawing.files),
        words=WORDS,
        rights=field_rights.RIGHTS,
        wanted=wanted,
        stale=stale,
        revision=revision or drawing.revision,
        losses=use_words.losses(key, used) if used is not None else [],
    )
