"""What somebody keeps for himself in the inbox: phrases and a signature for opinions, views of the list, what he typed and could not send."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.basics.letters import strokes
from engine.queries.cases import kept_copies
from engine.verbs import kept_forms, signed_opinions
from engine.verbs.sharing import phrases, saved_views
from web.account import auth
from web.frame import flashes, storage
from web.frame.operations import signing

blueprint = flask.Blueprint("own", __name__)


@blueprint.get("/phrases")
def show_phrases() -> str:
    """常用语: mine and the company's."""
    return _phrases()


@blueprint.post("/phrases")
def add_phrase() -> Any:
    """Adds one."""
    sent = flask.request.form
    try:
        with storage.transaction() as session:
            phrases.add(session, auth.current_actor(), sent.get("text", ""), for_all="for_all" in sent)
    except errors.Invalid as refusal:
        return _phrases(refusal), 422
    return flask.redirect(flask.url_for("own.show_phrases"))


@blueprint.post("/phrases/<int:key>/remove")
def remove_phrase(key: int) -> Any:
    """Removes one."""
    with storage.transaction() as session:
        phrases.remove(session, auth.current_actor(), key)
    return flask.redirect(flask.url_for("own.show_phrases"))


@blueprint.get("/signature")
def show_signature() -> str:
    """The signature that I keep."""
    return _signature()


@blueprint.post("/signature")
def keep_signature() -> Any:
    """Keeps a signature in place of the one before."""
    sent = signing.drawn(flask.request.form.get("signature", ""))
    try:
        with storage.transaction() as session:
            signed_opinions.keep_own(session, auth.current_actor(), sent, now=storage.now())
    except errors.Invalid as refusal:
        return _signature(refusal), 422
    flashes.say(_("Your signature is kept."))
    return flask.redirect(flask.url_for("own.show_signature"))


@blueprint.post("/signature/remove")
def forget_signature() -> Any:
    """Removes it."""
    with storage.transaction() as session:
        signed_opinions.forget_own(session, auth.current_actor())
    return flask.redirect(flask.url_for("own.show_signature"))


@blueprint.post("/views")
def save_view() -> Any:
    """Keeps the list as it is searched and filtered."""
    sent = flask.request.form
    query: dict[str, Any] = {name: sent.get(name, "") for name in saved_views.NAMES}
    with storage.transaction() as session:
        by, shared = auth.current_actor(), sent.get("shared_with", "")
        saved_views.save(session, by, sent.get("name", ""), query, shared_with=shared, now=storage.now())
    flashes.say(_("The view is kept."))
    return flask.redirect(flask.url_for("inbox.open_tasks", **{name: value for name, value in query.items() if value}))


@blueprint.post("/views/<int:key>/remove")
def remove_view(key: int) -> Any:
    """Removes a view of mine."""
    with storage.transaction() as session:
        saved_views.remove(session, auth.current_actor(), key)
    return flask.redirect(flask.url_for("inbox.open_tasks"))


@blueprint.get("/tasks/<int:key>/kept")
def show_typed(key: int) -> str:
    """One's own words alone: who lost the right to the case sees nothing else of it."""
    with storage.reading() as session:
        copy = kept_copies.of_task(session, auth.current_actor(), key, now=storage.now())
    return flask.render_template("inbox/task/kept.html", title=copy.task_name, copy=copy)


@blueprint.post("/tasks/<int:key>/forget")
def forget_typed(key: int) -> Any:
    """Throws the copy of what one typed and could not send away."""
    with storage.transaction() as session:
        case = kept_forms.forget(session, auth.current_actor(), key)
    flashes.say(_("Your copy is thrown away."))
    return flask.redirect(flask.url_for("cases.show", key=case) if case else flask.url_for("inbox.drafts"))


def _phrases(refusal: errors.Invalid | None = None) -> str:
    with storage.reading(to_change=True) as session:
        known = phrases.known(session, auth.current_actor())
    return flask.render_template("inbox/phrases.html", title=_("Phrases"), phrases=known, refusal=refusal)


def _signature(refusal: errors.Invalid | None = None) -> str:
    with storage.reading(to_change=True) as session:
        kept = signed_opinions.kept(session, auth.current_actor())
        path = strokes.path(kept.strokes) if kept else ""
        values = {"title": _("My signature"), "kept": kept, "path": path, "refusal": refusal}
        return flask.render_template("inbox/signature.html", **values)
