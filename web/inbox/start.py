"""Starting a process: choosing one, its start form, drafts of it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import flask
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine import errors
from engine import forms as engine_forms
from engine.people.actors import Actor
from engine.queries.inbox import start_page
from engine.storage import marks
from engine.storage.models import ProcessInstance
from engine.verbs import kept_forms
from engine.verbs.running import process_instances, start_drafts
from web.account import auth
from web.frame import addresses, filters, flashes, forms, i18n, storage
from web.frame.http import errors as web_errors

blueprint = flask.Blueprint("start", __name__)
NOTHING: tuple[Any, ...] = (None, "", [], {}, False)
STARTED_OTHERWISE = (
    "From this page %(number)s was started already, with other values; nothing has been sent now. To start another case with what "
    "stands here, send it once more."
)


@blueprint.get("/start")
def choose() -> str:
    """What I may start, by category."""
    with storage.reading() as session:
        by = auth.current_actor()
        categories = start_page.offers(session, by)
        nothing = None if categories else start_page.nothing(session, by)
    return flask.render_template("inbox/start/choose.html", title=_("Start"), categories=categories, nothing=nothing)


@blueprint.get("/start/<process_id>")
def form(process_id: str) -> str:
    """The start form, as it was left in the draft or empty; for who came back to it after sending it, with what he started."""
    draft_key = addresses.key("draft")
    with storage.reading() as session:
        by = auth.current_actor()
        page = start_page.form(session, by, process_id, draft_key, now=storage.now())
        started = start_page.started(session, by, flask.request.args.get("sent", ""))
        return _drawn(session, page, _first_view(page), draft_key, started=started)


@blueprint.post("/start/<process_id>")
def submit(process_id: str) -> Any:
    """Starts the process; what is wrong with the form is shown at its fields, with everything typed kept."""
    draft_key = addresses.key("draft")
    if forms.is_about_rows():
        return _redrawn(process_id, draft_key, None)
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            page = start_page.form(session, by, process_id, None, now=storage.now())
            sent = forms.sent(page.form) if page.form else {}
            kept = draft_key if draft_key and start_drafts.is_kept(session, by, draft_key) else None
            if kept:
                kept_forms.require_seen(start_drafts.take_up(session, by, kept).data, forms.window())
            mark = flask.request.form.get("once", "")
            once: dict[str, Any] = {"mark": mark, "content": marks.of_content(mark, process_id, sent)}
            instance = process_instances.start(session, by, process_id, sent, now=storage.now(), draft=kept, **once)
            key, number = instance.key, instance.number
    except errors.Invalid as refusal:
        return _redrawn(process_id, _keep_refused(process_id, draft_key), refusal), 422
    except kept_forms.SavedElsewhere as refusal:
        told = "This was saved in another window meanwhile. Send it once more, and what stands here counts."
        return _redrawn(process_id, draft_key, errors.Conflict(told)), web_errors.status(refusal)
    except process_instances.SentOtherwise as refusal:
        again = errors.Conflict(STARTED_OTHERWISE, fields=None, **refusal.values)
        return _redrawn(process_id, None, again, once=forms.once_mark()), web_errors.status(refusal)
    flashes.say(_("%(number)s has been started.", number=number))
    return flask.redirect(flask.url_for("cases.show", key=key))


@blueprint.post("/start/<process_id>/live")
def live(process_id: str) -> str:
    """The fields anew while the form is filled in: what is shown, computed and offered depends on them."""
    with storage.reading() as session:
        page = start_page.form(session, auth.current_actor(), process_id, None, now=storage.now())
        if page.form is None:
            flask.abort(404)
        return forms.fragment(forms.redrawn(page.form, page.scope), flask.request.path)


@blueprint.post("/start/<process_id>/path")
def path(process_id: str) -> str:
    """The steps that follow from what stands in the form now, with who would act; nothing is kept."""
    with storage.reading() as session:
        by = auth.current_actor()
        page = start_page.form(session, by, process_id, None, now=storage.now())
        sent = forms.sent(page.form) if page.form else {}
        ahead = start_page.ahead(session, by, page, sent, now=storage.now())
    return flask.render_template("inbox/start/path.html", page=page, ahead=ahead)


@blueprint.post("/start/<process_id>/draft")
def save_draft(process_id: str) -> Any:
    """Keeps the half-filled form: when its author says so, or by itself a moment after a change."""
    draft_key = addresses.key("draft")
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            page = start_page.form(session, by, process_id, None, now=storage.now())
            key = _save(session, by, process_id, forms.sent(page.form) if page.form else {})
    except (start_drafts.StartedFromDraft, kept_forms.SavedElsewhere) as refusal:
        if _is_by_itself():
            return {"saved": i18n.worded(refusal)}, web_errors.status(refusal)
        told = "This was saved in another window meanwhile. Save it once more, and what stands here counts."
        return _redrawn(process_id, draft_key, errors.Conflict(told)), web_errors.status(refusal)
    if _is_by_itself():
        return {
            "saved": _("Saved %(moment)s", moment=filters.moment(storage.now())),
            "address": {"save": flask.request.path, "draft": str(key)},
        }
    flashes.say(_("The draft is kept. You find it in the inbox under Drafts."))
    return flask.redirect(flask.url_for("inbox.drafts"))


@blueprint.post("/drafts/<int:key>/discard")
def discard(key: int) -> Any:
    """Throws a draft away."""
    with storage.transaction() as session:
        start_drafts.discard(session, auth.current_actor(), key)
    flashes.say(_("The draft is discarded."))
    return flask.redirect(flask.url_for("inbox.drafts"))


def _keep_refused(process_id: str, key: int | None) -> int | None:
    """What was refused is a draft from then on, under the key that is given. What cannot be kept stands in the page; an empty form is none."""
    once, window = flask.request.form.get("once", ""), forms.window()
    with contextlib.suppress(errors.Refusal), storage.transaction() as session:
        by = auth.current_actor()
        page = start_page.form(session, by, process_id, None, now=storage.now())
        sent = forms.sent(page.form) if page.form else {}
        if key is None and page.form and _typed(sent) == _typed(forms.as_opened(page.form, page.scope)):
            return None
        return start_drafts.save(session, by, process_id, sent, key=key, once=once, window=window, now=storage.now())
    return key


def _typed(value: Any) -> Any:
    """Of what a form holds all that is not empty."""
    if isinstance(value, Mapping):
        return {name: told for name, each in value.items() if (told := _typed(each)) not in NOTHING} or None
    return [told for each in value if (told := _typed(each)) not in NOTHING] if isinstance(value, list) else value


def _is_by_itself() -> bool:
    return bool(flask.request.headers.get("X-Autosave"))


def _save(session: Session, by: Actor, process_id: str, data: dict[str, Any]) -> int:
    """What its author wants to keep is kept, though he has started a case from the same page before."""
    once, key, window = flask.request.form.get("once", ""), addresses.key("draft"), forms.window()
    try:
        return start_drafts.save(session, by, process_id, data, key=key, once=once, window=window, now=storage.now())
    except start_drafts.StartedFromDraft:
        if _is_by_itself():
            raise
    return start_drafts.save(session, by, process_id, data, key=key, window=window, now=storage.now())


def _first_view(page: start_page.StartForm) -> engine_forms.FormView | None:
    if page.form is None:
        return None
    return forms.filled(page.form, page.draft, page.scope) if page.draft is not None else forms.opened(page.form, page.scope)


def _redrawn(process_id: str, draft_key: int | None, refusal: errors.Refusal | None, *, once: str = "") -> str:
    with storage.reading() as session:
        page = start_page.form(session, auth.current_actor(), process_id, None, now=storage.now())
        view = forms.redrawn(page.form, page.scope, refusal.fields if refusal else None) if page.form else None
        kept = start_drafts.kept(session, auth.current_actor(), draft_key) if draft_key else None
        return _drawn(session, replace(page, draft=kept), view, draft_key, refusal, once=once)


def _drawn(
    session: Session,
    page: start_page.StartForm,
    view: engine_forms.FormView | None,
    draft_key: int | None,
    refusal: errors.Refusal | None = None,
    *,
    once: str = "",
    started: ProcessInstance | None = None,
) -> str:
    once = once or flask.request.form.get("once") or forms.once_mark()
    sent = forms.sent(page.form) if page.form and flask.request.method == "POST" else kept_forms.told(page.draft)[0]
    ahead = start_page.ahead(session, auth.current_actor(), page, sent, now=storage.now())
    shown: dict[str, Any] = {"page": page, "view": view, "draft": draft_key, "refusal": refusal, "once": once, "ahead": ahead}
    shown |= {"window": forms.new_window(page.draft), "started": started}
    return flask.render_template("inbox/start/form.html", title=page.title, **shown)
