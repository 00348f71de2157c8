"""The case page: where it stands, its diagram, its files, cancelling it."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import flask
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import notices as told
from engine.files import attachments
from engine.people.actors import Actor
from engine.queries.cases import instance_page, offered
from engine.queries.cases.words import story, whole_value
from engine.queries.inbox import notices
from engine.verbs.running import process_instances
from engine.verbs.sharing import copies
from web.account import auth
from web.cases import long_values
from web.frame import flashes, storage
from web.frame.files import foreign_files, naming
from web.frame.http import worker_watch
from web.frame.operations import acts, onward

blueprint = flask.Blueprint("cases", __name__)
REVEALED = timedelta(minutes=2)


@blueprint.get("/cases/<int:key>")
def show(key: int) -> str:
    """Number, state, who holds it since when and until when, what happened, what it knows."""
    with storage.reading() as session:
        by = auth.current_actor()
        page = instance_page.instance_page(session, by, key, now=storage.now(), is_revealed=is_revealed(key))
        answer = drawn(page, **worker_watch.seen_by(session, by), **_around(session, by, page))
        is_told = notices.is_told(session, by, key)
    if (page.beside.mine and not page.beside.mine.read_at) or is_told:
        with storage.transaction() as session:
            copies.read(session, by, page.instance.root_key, now=storage.now())
            told.mark_read(session, by, instance_key=key, now=storage.now())
    return answer


@blueprint.get("/cases/<int:key>/story")
def in_words(key: int) -> str:
    """The case as plain text: why it is here, who holds it, what comes next, what decided its branches."""
    with storage.reading() as session:
        by = auth.current_actor()
        shown = story.story(session, by, key, now=storage.now(), is_revealed=is_revealed(key))
        is_told = notices.is_told(session, by, key)
    if is_told:
        with storage.transaction() as session:
            told.mark_read(session, by, instance_key=key, now=storage.now())
    instance = shown.page.instance
    title = f"{instance.number} {instance.title}"
    return flask.render_template("cases/story.html", title=title, story=shown, instance=instance)


@blueprint.get("/cases/<int:key>/value")
def value(key: int) -> flask.Response:
    """One answer that is too long for a page, as a text to be saved; masked as the page is."""
    with storage.reading() as session:
        name, step = (flask.request.args.get(each, "") for each in ("name", "step"))
        actor, revealed = auth.current_actor(), is_revealed(key)
        answer = whole_value.value(session, actor, key, name, step=step, now=storage.now(), is_revealed=revealed)
    file = io.BytesIO(long_values.text(answer).encode("utf-8-sig"))
    return naming.attached(flask.send_file(file, mimetype="text/plain"), f"{answer.label[:100]}.txt")


@blueprint.get("/cases/<int:key>/diagram")
def diagram(key: int) -> flask.Response:
    """The diagram that the case runs on, for the viewer."""
    with storage.reading() as session:
        xml = instance_page.diagram(session, auth.current_actor(), key)
    return foreign_files.sent(f"{key}.bpmn", xml, is_kept=True)


@blueprint.post("/cases/<int:key>/cancel")
def cancel(key: int) -> Any:
    """Ends a running case, for a reason."""
    try:
        with storage.transaction() as session:
            reason = flask.request.form.get("reason", "").strip()
            process_instances.cancel(session, auth.current_actor(), key, reason, now=storage.now())
    except errors.Invalid as refusal:
        with storage.reading() as session:
            by = auth.current_actor()
            page = instance_page.instance_page(session, by, key, now=storage.now())
            return drawn(page, refusal, **_around(session, by, page)), 422
    flashes.say(_("The case is cancelled."))
    return flask.redirect(flask.url_for("cases.show", key=key))


@blueprint.post("/cases/<int:key>/files")
def add_files(key: int) -> Any:
    """Adds files to a running case; of those that are not taken the page says why, beside where one chose them."""
    refused = []
    with storage.transaction() as session:
        by = auth.current_actor()
        instance_page.visible(session, by, key)
        for name, stream in [(file.filename, file.stream) for file in flask.request.files.getlist("file") if file.filename]:
            try:
                attachments.store(session, by, key, "", name, stream, now=storage.now())
            except errors.Invalid as refusal:
                refused.append((name, refusal))
    if not refused:
        return flask.redirect(flask.url_for("cases.show", key=key))
    with storage.reading() as session:
        page = instance_page.instance_page(session, by, key, now=storage.now(), is_revealed=is_revealed(key))
        answer = drawn(page, not_taken=refused, **_around(session, by, page))
    return answer, 200 if "HX-Request" in flask.request.headers else 422


@blueprint.post("/cases/<int:key>/incidents/<int:incident>/retry")
def retry(key: int, incident: int) -> Any:
    """Tries once more what had stopped."""
    with storage.transaction() as session:
        way_on, is_stuck = onward.retry(session, auth.current_actor(), incident, now=storage.now())
    flashes.say(way_on.said, "warning" if is_stuck else "success")
    return flask.redirect(way_on.address or flask.url_for("cases.show", key=key))


def reveal(key: int) -> None:
    """From now on this session's pages of the case show personal data in full, for `REVEALED`; the look was noted."""
    flask.session["revealed"] = [key, storage.now().isoformat()]


def is_revealed(key: int) -> bool:
    """Whether this session has just asked for the personal data of the case."""
    asked, at = flask.session.get("revealed", (None, ""))
    return asked == key and timedelta(0) <= storage.now() - datetime.fromisoformat(at) <= REVEALED


def _around(session: Session, by: Actor, page: instance_page.InstancePage) -> dict[str, Any]:
    """What the person may do with the case beside its form."""
    return {"operations": acts.shown(offered.on_case(session, by, page.instance, now=storage.now()), acts.ON_CASES)}


def drawn(page: instance_page.InstancePage, refusal: errors.Refusal | None = None, **beside: Any) -> str:
    """The case page, with what was refused on it and what stands `beside` it."""
    title = f"{page.instance.number} {page.instance.title}"
    told = {"title": title, "page": page, "instance": page.instance, "now": storage.now()}
    return flask.render_template("cases/show.html", refusal=refusal, **told, **beside)
