"""The life of a process as a package: up and down as a ZIP, retired and restored."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.designing import archives, drafts
from engine.designing.packages import Package
from engine.verbs.running import retiring
from web.account import auth
from web.designer import designer
from web.frame import flashes, storage
from web.frame.files import foreign_files
from web.frame.http import errors as refusals

blueprint = flask.Blueprint("process_life", __name__)


@blueprint.get("/designer/<int:key>/package")
def download(key: int) -> flask.Response:
    """The draft as a ZIP."""
    with storage.reading() as session:
        draft = drafts.take_up(session, auth.current_actor(), key)
        content = archives.packed(Package(draft.files, draft.settings))
    return foreign_files.sent(f"{draft.process_id}.zip", content)


@blueprint.post("/designer/packages")
def upload() -> Any:
    """A ZIP, or a diagram alone, becomes a draft: a new one, or the next save of the one that there is."""
    try:
        package = _given_package()
        now = storage.now()
        with storage.transaction() as session:
            draft = drafts.take_in(session, auth.current_actor(), package, now=now)
            had = draft.created_at < now
    except (errors.Invalid, errors.TooLarge, errors.Conflict) as refusal:
        return designer.listed({}, None, refusal), refusals.status(refusal)
    flashes.say(_("The file is in a draft now. Nothing is published yet."))
    if had:
        flashes.say(
            _("There was a draft of this process already: the file took its place. The save before is kept under “Saves”.")
        )
    return flask.redirect(flask.url_for("designer.edit", key=draft.key), 303)


def _given_package() -> Package:
    """The file that was sent, as a package. Raises Invalid, TooLarge."""
    given = flask.request.files.get("file")
    if given is None or not given.filename:
        raise errors.Invalid("Please choose a file.", fields=None)
    content = given.read()
    return archives.unpacked(content) if given.filename.lower().endswith(".zip") else archives.alone(given.filename, content)


@blueprint.get("/processes/<process_id>/package")
def published(process_id: str) -> flask.Response:
    """The newest published version as a ZIP, for who draws the process."""
    with storage.reading() as session:
        package = drafts.published(session, auth.current_actor(), process_id)
    return foreign_files.sent(f"{process_id}.zip", archives.packed(package))


@blueprint.post("/processes/<process_id>/retired")
def retire(process_id: str) -> Any:
    """Takes the process out of use."""
    with storage.transaction() as session:
        retiring.retire(session, auth.current_actor(), process_id, flask.request.form.get("reason", ""), now=storage.now())
    flashes.say(_("The process is retired. Running cases go on."))
    return flask.redirect(flask.url_for("processes.show", process_id=process_id), 303)


@blueprint.post("/processes/<process_id>/restored")
def restore(process_id: str) -> Any:
    """Takes the process into use again."""
    with storage.transaction() as session:
        retiring.restore(session, auth.current_actor(), process_id, now=storage.now())
    flashes.say(_("The process can be started again."))
    return flask.redirect(flask.url_for("processes.show", process_id=process_id), 303)
