"""The task page: claiming, filling in, saving, completing."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import flask
import flask_login
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine import errors
from engine import forms as engine_forms
from engine.cases import notices as told
from engine.cases.lines import filled
from engine.cases.rights import holding
from engine.definitions import definitions
from engine.definitions.languages import telling
from engine.execution import comebacks
from engine.files import attachments
from engine.people import organisation
from engine.queries.cases import kept_copies
from engine.queries.inbox import inbox, notice_facts, notices, task_page
from engine.verbs import kept_forms, user_tasks
from web.account import auth, preferences
from web.frame import filters, flashes, forms, i18n, storage, words
from web.frame.http import errors as web_errors
from web.frame.operations import acts, signing

blueprint = flask.Blueprint("tasks", __name__)
SHOWN_BEFORE = 5  # things of a form, after which its fields are not on the first screen
MOST_FACTS = 6
HERE = ("comment", "copy_to", "follow", "unfollow", "link", "suspend", "resume")  # of the case's operations, beside its task


@blueprint.get("/tasks/<int:key>")
def show(key: int) -> Any:
    """The form to fill in and what happened before; a task that is over leads to its case."""
    with storage.reading() as session:
        page = task_page.task_page(session, auth.current_actor(), key, now=storage.now())
        if isinstance(page, task_page.Elsewhere):
            return _to_case(page)
        drawn = _drawn(page, _first_view(page))
        is_told = notices.is_told(session, auth.current_actor(), page.instance.key)
    if page.is_unseen or is_told:
        with storage.transaction() as session:
            user_tasks.open_for(session, auth.current_actor(), key, now=storage.now())
            if is_told:
                told.mark_read(session, auth.current_actor(), instance_key=page.instance.key, now=storage.now())
    return drawn


@blueprint.get("/tasks/<int:key>/preview")
def preview(key: int) -> Any:
    """What the task asks, for the pane beside the list; nothing for one that is not to be acted on now."""
    with storage.reading() as session:
        page = task_page.task_page(session, auth.current_actor(), key, now=storage.now())
        if isinstance(page, task_page.Elsewhere):
            return "", 204
        return flask.render_template("inbox/task/preview.html", page=page, facts=facts(page, None))


@blueprint.get("/tasks/<int:key>/standing")
def standing(key: int) -> Any:
    """Why a window that shows the task is out of step, for the top of its page; nothing while it may be acted on."""
    if not flask_login.current_user.is_authenticated:
        return "", 204  # what is half filled in must stay
    with storage.reading() as session:
        refusal = task_page.overtaken(session, auth.current_actor(), key)
        kept_in = kept_copies.kept_in(session, auth.current_actor(), key) if refusal is not None else ""
    if refusal is None:
        return "", 204
    told = _kept(refusal, kept_in) if kept_in else i18n.worded(refusal)
    return flask.render_template("inbox/task/out_of_step.html", told=told)


@blueprint.get("/tasks/next")
def following() -> Any:
    """The task at the head of the inbox, for whoever works through it one by one."""
    with storage.reading() as session:
        key = inbox.next_task(session, auth.current_actor(), now=storage.now())
    return flask.redirect(flask.url_for("tasks.show", key=key) if key else flask.url_for("inbox.open_tasks"))


@blueprint.post("/tasks/<int:key>/claim")
def claim(key: int) -> Any:
    """Takes the task out of my groups' lists into mine."""
    with storage.transaction() as session:
        user_tasks.claim(session, auth.current_actor(), key, now=storage.now())
    return flask.redirect(flask.url_for("tasks.show", key=key))


@blueprint.post("/tasks/<int:key>/unclaim")
def unclaim(key: int) -> Any:
    """Gives the task back to the group it was claimed from."""
    with storage.transaction() as session:
        user_tasks.unclaim(session, auth.current_actor(), key, now=storage.now())
    flashes.say(_("The task is back with your group."))
    return flask.redirect(flask.url_for("inbox.open_tasks"))


@blueprint.post("/tasks/<int:key>/complete")
def complete(key: int) -> Any:
    """Completes the task with the outcome of the button; what is wrong is shown at its field, nothing typed is lost."""
    if forms.is_about_rows():
        return _redrawn(key, None)
    sent = flask.request.form
    if sent.get("after_completing") in (preferences.NEXT_TASK, preferences.INBOX):
        flask.session["after_completing"] = sent["after_completing"]
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            done = user_tasks.complete(
                session,
                by,
                key,
                _sent,
                outcome=sent.get("outcome", "submit"),
                opinion=sent.get("opinion", "").strip(),
                beside=signing.sent(),
                window=forms.window(),
                now=storage.now(),
            )
    except errors.Invalid as refusal:
        _keep_refused(key)
        return _redrawn(key, refusal), 422
    except kept_forms.SavedElsewhere as refusal:
        told = "This was saved in another window meanwhile. Send it once more, and what stands here counts."
        return _redrawn(key, errors.Conflict(told)), web_errors.status(refusal)
    except (errors.Conflict, errors.Forbidden) as refusal:
        return _too_late(key, refusal)
    return _after(done)


@blueprint.post("/tasks/<int:key>/draft")
def save_draft(key: int) -> Any:
    """Keeps the half-filled form; it stays in the inbox."""
    try:
        with storage.transaction() as session:
            by, typed = auth.current_actor(), _typed(session, key)
            user_tasks.save_draft(session, by, key, typed, window=forms.window(), now=storage.now())
    except kept_forms.SavedElsewhere as refusal:
        return _saved_elsewhere(key, refusal)
    except (errors.Conflict, errors.Forbidden) as refusal:
        return _too_late(key, refusal)
    if flask.request.headers.get("X-Autosave"):
        return {"saved": _("Saved %(moment)s", moment=filters.moment(storage.now()))}
    flashes.say(_("Saved. The task stays in your inbox."))
    return flask.redirect(flask.url_for("tasks.show", key=key))


@blueprint.post("/tasks/<int:key>/live")
def live(key: int) -> Any:
    """The fields anew while the form is filled in."""
    with storage.reading() as session:
        page = task_page.task_page(session, auth.current_actor(), key, now=storage.now(), with_past=False)
        if isinstance(page, task_page.Elsewhere):
            return "", 204  # completed meanwhile, as by the button that followed the last change: nothing to redraw
        if page.form is None:
            flask.abort(404)
        return forms.fragment(forms.redrawn(page.form, page.scope), flask.request.path)


def _saved_elsewhere(key: int, refusal: errors.Refusal) -> Any:
    """What stands in this window is drawn again with the hint; saved from there once more, it counts."""
    if flask.request.headers.get("X-Autosave"):
        return {"saved": i18n.worded(refusal)}, web_errors.status(refusal)
    told = errors.Conflict("This was saved in another window meanwhile. Save it once more, and what stands here counts.")
    return _redrawn(key, told), web_errors.status(refusal)


def _keep_refused(key: int) -> None:
    """What was refused is a draft from then on: whoever leaves the page finds it again. What cannot be kept stands in the page."""
    with contextlib.suppress(errors.Refusal), storage.transaction() as session:
        by, typed = auth.current_actor(), _typed(session, key)
        user_tasks.save_draft(session, by, key, typed, window=forms.window(), now=storage.now())


def _sent(form: definitions.Form | None) -> dict[str, Any]:
    """What the page sent, read by the task's form."""
    return forms.sent(form.parsed) if form else {}


def _typed(session: Session, key: int) -> dict[str, Any]:
    """The form as far as it was filled in, with the opinion."""
    form = task_page.form_of(session, key)
    data = forms.sent(form) if form else {}
    return {**data, kept_forms.OPINION: flask.request.form.get("opinion", "")}


def _too_late(key: int, refusal: errors.Refusal) -> Any:
    """Somebody was faster, or it is not to be done any more: who typed keeps his copy, and sees what happened."""
    with storage.transaction() as session:
        by = auth.current_actor()
        kept_in = kept_forms.keep(session, by, key, _typed(session, key), now=storage.now())
        with telling.read_by(session, storage.reader()):
            copy = kept_copies.of_task(session, by, key, now=storage.now()) if kept_copies.kept_in(session, by, key) else None
    if not kept_in or copy is None:  # done by himself, or still open and not his to do
        raise refusal
    told = _kept(refusal, kept_in)
    if flask.request.headers.get("X-Autosave"):
        return {"saved": told}
    case = None if kept_in == holding.LOST else copy.case_key
    drawn = flask.render_template("inbox/task/kept.html", title=copy.task_name, copy=copy, case=case, told=told)
    return drawn, web_errors.status(refusal)


def _kept(refusal: errors.Refusal, kept_in: str) -> str:
    """What happened, and where what was typed is found again."""
    told = i18n.worded(refusal)
    if kept_in == holding.LOST:
        return _("%(refusal)s What you typed is kept under Drafts.", refusal=told)
    return _("%(refusal)s What you typed is kept on the page of the case.", refusal=told)


def _first_view(page: task_page.TaskPage) -> engine_forms.FormView | None:
    if page.form is None:
        return None
    if page.draft is not None and page.fills_in:
        return forms.filled(page.form, page.draft, page.scope)
    return forms.opened(page.form, page.scope, only_looking=not page.fills_in)


def _redrawn(key: int, refusal: errors.Refusal | None) -> Any:
    with storage.reading() as session:
        page = task_page.task_page(session, auth.current_actor(), key, now=storage.now())
        if isinstance(page, task_page.Elsewhere):
            return _to_case(page)
        view = forms.redrawn(page.form, page.scope, refusal.fields if refusal else None) if page.form else None
        return _drawn(page, view, refusal, _opinion_files(session, page))


def _drawn(
    page: task_page.TaskPage,
    view: engine_forms.FormView | None,
    refusal: errors.Refusal | None = None,
    opinion_files: Sequence[tuple[str, str]] = (),
) -> str:
    typed = flask.request.form.get("opinion")
    drawn = _Drawn(view)
    answers = _unasked(page, drawn)
    opinion = typed if typed is not None else str((page.draft or {}).get(kept_forms.OPINION) or "")
    return flask.render_template(
        "inbox/task/show.html",
        title=f"{page.task.name} · {page.instance.title}",
        page=page,
        view=view,
        refusal=refusal,
        task_operations=acts.shown(page.operations, acts.ON_TASKS),
        case_operations=[each for each in acts.shown(page.operations, acts.ON_CASES) if each.act.name in HERE],
        facts=facts(page, view, answers),
        answers=answers,
        is_form_first=drawn.shows_something,
        to_fill=drawn.to_fill,
        opinion=opinion,
        phrases=page.phrases,
        opinion_files=opinion_files,
        after=preferences.after_completing(),
        window=forms.new_window(page.draft),
    )


def _opinion_files(session: Session, page: task_page.TaskPage) -> list[tuple[str, str]]:
    """Key and name of the files that were added to the opinion and are sent again with it: none is the case's before."""
    there = map(attachments.usable(session, auth.current_actor(), page.instance), flask.request.form.getlist("opinion_files"))
    return [(each["key"], each["name"]) for each in there if each is not None]


def facts(
    page: task_page.TaskPage, view: engine_forms.FormView | None, answers: Sequence[filled.Value] = ()
) -> list[tuple[str, str]]:
    """The key values of the case, without those that stand in the form, on top, or (of an approval) among its answers."""
    drawn = _Drawn(view, answers if page.task.kind == "approve" else ())
    told = [(part["label"], forms.plain(part["value"])) for part in page.instance.summary if part["value"] not in (None, "")]
    promised = forms.plain(page.promised)
    unsaid = (each for each in told if each[1] not in page.instance.title and each[1] != promised)
    kept = [each for each in unsaid if not drawn.tells(*each)][:MOST_FACTS]
    # Another date beside the limit would be taken for it; only where there is none it stands on top.
    return [(_("Promised to the customer"), promised), *kept] if page.promised and page.limit else kept


def _unasked(page: task_page.TaskPage, drawn: _Drawn) -> list[filled.Value]:
    """What was filled in before and does not stand in the form."""
    return [each for each in page.filled if each.name not in drawn.names and not drawn.tells(each.label, each.value)]


class _Drawn:
    """What a form shows: a page need not say it again."""

    def __init__(self, view: engine_forms.FormView | None, beside: Sequence[filled.Value] = ()) -> None:
        nodes = list(forms.nodes(view)) if view else []
        shown: list[Any] = [*nodes, *beside]
        self.names = {each.name for each in shown}
        self.labels = {each.label for each in shown if each.label}
        self.values = {_bare(each.value) for each in shown if each.value not in (None, "", [])}
        # Whether the form itself lays before somebody what he is to decide on.
        self.shows_something = any(node.is_readonly and node.value not in (None, "", []) for node in nodes)
        self.to_fill = _out_of_sight(nodes)

    def tells(self, label: str, value: Any) -> bool:
        """Whether something stands there under that label, or with that value."""
        return label in self.labels or (value is not None and _bare(value) in self.values)


def _out_of_sight(nodes: Sequence[engine_forms.ViewNode]) -> list[engine_forms.ViewNode]:
    """What has to be filled in, where so much is shown before it that it may lie below the screen; of a list of rows the list alone."""
    empty = [node for node in nodes if node.is_required and not node.is_readonly and node.value in (None, "", [])]
    asked = [node for node in empty if node.label and "[" not in node.name]
    before = nodes[: nodes.index(asked[0])] if asked else []
    is_far = len(before) >= SHOWN_BEFORE or any(node.type in ("table", "dynamiclist") for node in before)
    return asked if is_far else []


def _bare(value: Any) -> str:
    return forms.plain(value).replace(",", "")


def _after(done: user_tasks.Completed) -> Any:
    """Where to go after completing: the next task, or the inbox, as this person likes it."""
    with storage.reading() as session:
        by = auth.current_actor()
        company = organisation.at_version(session, by.company_id, by.organisation_version)
        told, own = _onward(session, done, company), None
        if not told:
            own = notice_facts.own_beside(session, by, company, done.instance_key)
            told = _beside(own)
        flashes.say(told)
    if preferences.after_completing() == preferences.INBOX:
        return flask.redirect(flask.url_for("inbox.open_tasks"))
    if key := done.next_task_key or (own.key if own else None):
        return flask.redirect(flask.url_for("tasks.show", key=key))
    return flask.redirect(flask.url_for("tasks.following"))


def _beside(own: notice_facts.OwnTask | None) -> str:
    if own is None:
        return _("Done. The case goes on without you until it needs you again.")
    return _("Done. Of the same case, “%(step)s” waits for you too.", step=own.name)


def _onward(session: Session, done: user_tasks.Completed, company: organisation.Organisation) -> str:
    """What the completion led to: who has the case now, or who got it back and why; "" where it led to no step and no end."""
    if done.waits_for:
        names = filters.listed(map(company.named, done.waits_for))
        if done.given_back:
            return _("Done and given back to %(names)s, who goes on with it.", names=names)
        return _("Your opinion is on record. The step still waits for %(names)s.", names=names)
    steps = [(_said(session, task), _holders(task, done, company)) for task in done.opened.tasks]
    back = next(((task, who) for task, who in steps if (task["returned"] or {}).get("kind") in comebacks.SENT_BACK), None)
    if back is not None:
        returned = back[0]["returned"]
        values = {"step": back[0]["name"], "who": back[1], "why": filters.because(returned)}
        if returned["kind"] == comebacks.AUTOMATIC:
            return _("Sent back automatically to “%(step)s” (%(who)s): %(why)s", **values)
        return _("Returned to “%(step)s” (%(who)s).", **values)
    if steps:
        named = [_("%(step)s (%(who)s)", step=task["name"], who=who) for task, who in steps]
        return _("Done. Next: %(steps)s.", steps=filters.listed(named))
    if done.ended is not None:
        state, ended_as = done.ended
        how = words.state(state, telling.ended(session, done.definition_key, ended_as))
        return _("Done. The case is over: %(how)s.", how=how)
    return ""


def _said(session: Session, task: Mapping[str, Any]) -> dict[str, Any]:
    """A new task with the words of its process as the reader is told them."""
    say = telling.saying(session, task["definition_key"])
    returned = task["returned"] and {
        **task["returned"],
        **{each: say(task["returned"].get(each) or "") for each in comebacks.OWN},
    }
    return {"name": say(task["name"]), "returned": returned}


def _holders(task: Mapping[str, Any], done: user_tasks.Completed, company: organisation.Organisation) -> str:
    items = [item for item in done.opened.items if item["user_task_key"] == task["key"] and item["state"] == "open"]
    return filters.listed(company.named(name) for item in items if (name := item["username"] or item["group_name"])) or _(
        "nobody"
    )


def _to_case(page: task_page.Elsewhere) -> Any:
    if page.refusal is not None:
        flashes.say(i18n.worded(page.refusal), "warning")
    return flask.redirect(flask.url_for("cases.show", key=page.instance_key))
