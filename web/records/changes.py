"""Changing a customer record: the company's form with what the record says, a reason, a new version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine import forms as engine_forms
from engine.definitions.languages import telling
from engine.verbs import record_changes
from web.account import auth
from web.frame import flashes, forms, storage
from web.frame.http import errors as web_errors

blueprint = flask.Blueprint("record_changes", __name__)
STORED_MEANWHILE = (
    "Meanwhile somebody wrote version %(version)s of this record; nothing has been stored now. Look at what changed; stored once "
    "more, what stands here counts."
)


@blueprint.get("/records/<int:key>/change")
def form(key: int) -> str:
    """The form with the newest content; opening it is a reading and is logged."""
    return _opened(key, lambda page: _drawn(page, forms.opened(page.form, page.scope)))


@blueprint.post("/records/<int:key>/change")
def save(key: int) -> Any:
    """Writes the next version; what is wrong with the form is shown at its fields, with everything typed kept."""
    if forms.is_about_rows():
        return _redrawn(key, None)
    reason, version = flask.request.form.get("reason", ""), flask.request.form.get("version", 0, type=int)
    try:
        with storage.transaction() as session:
            by, now = auth.current_actor(), storage.now()
            saved = record_changes.save(session, by, key, forms.sent, expected_version=version, reason=reason, now=now)
            number = saved.version if not isinstance(saved, errors.Refusal) else 0
    except errors.Invalid as refusal:
        return _redrawn(key, refusal), 422
    except errors.Overtaken as refusal:
        again = errors.Overtaken(STORED_MEANWHILE, None, **refusal.values)
        return _redrawn(key, again), web_errors.status(refusal)
    if isinstance(saved, errors.Refusal):
        raise saved
    flashes.say(_("Version %(n)s is stored.", n=number))
    return flask.redirect(flask.url_for("records.show", key=key))


@blueprint.post("/records/<int:key>/change/live")
def live(key: int) -> str:
    """The fields anew while the form is filled in."""
    address = flask.request.path
    return _opened(key, lambda page: forms.fragment(forms.redrawn(page.form, page.scope), address))


def _opened(key: int, draw: Callable[[record_changes.ChangeForm], str]) -> str:
    """What is drawn of the record; a refusal is raised behind the transaction, so that its line in the log stays."""
    with storage.transaction() as session, telling.read_by(session, storage.reader()):
        page = record_changes.open(session, auth.current_actor(), key, now=storage.now())
        drawn = "" if isinstance(page, errors.Refusal) else draw(page)
    if isinstance(page, errors.Refusal):
        raise page
    return drawn


def _redrawn(key: int, refusal: errors.Refusal | None) -> str:
    faults = refusal.fields if refusal else None
    return _opened(key, lambda page: _drawn(page, forms.redrawn(page.form, page.scope, faults), refusal))


def _drawn(page: record_changes.ChangeForm, view: engine_forms.FormView, refusal: errors.Refusal | None = None) -> str:
    line, given = page.reading.line, flask.request.form
    values = {"line": line, "view": view, "refusal": refusal, "reason": given.get("reason", "")}
    is_told = isinstance(refusal, errors.Overtaken)  # who knows of the newer version saves on top of it
    version = line.version if is_told else given.get("version", line.version, type=int)
    return flask.render_template("records/change.html", title=line.name, version=version, is_overtaken=is_told, **values)
