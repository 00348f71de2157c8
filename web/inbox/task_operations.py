"""The operations on a task beside its form: a dialog for each, which works as a page of its own; answering a question."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import notices as told
from engine.people.actors import Actor
from engine.queries.inbox import notices, question_page, task_page
from engine.verbs import kept_forms
from engine.verbs.approvals import consulting
from web.account import auth
from web.frame import flashes, storage
from web.frame.operations import acts, approval_choices, choosing

blueprint = flask.Blueprint("task_operations", __name__)
GONE = ("transfer", "return", "delegate", "add_before")  # afterwards the task is not the person's to do


def show(key: int, name: str) -> str:
    """The dialog of an operation, for who is offered it."""
    return _drawn(key, acts.ON_TASKS[name])


def do(key: int, name: str) -> Any:
    """Does it; what is wrong is told in its dialog, and nothing typed is lost."""
    act = acts.ON_TASKS[name]
    if choosing.is_asked():
        return _drawn(key, act)
    try:
        with storage.transaction() as session:
            act.verb(session, auth.current_actor(), key, acts.sent(), storage.now())
    except errors.Invalid as refusal:
        return _drawn(key, act, refusal), 422
    flashes.say(act.done)
    return flask.redirect(flask.url_for("inbox.open_tasks") if name in GONE else flask.url_for("tasks.show", key=key))


@blueprint.get("/questions/<int:key>")
def question(key: int) -> str:
    """A question that I was asked, with what its task and case say, to read."""
    return _asked(key, None)


@blueprint.post("/questions/<int:key>")
def answer(key: int) -> Any:
    """My answer to it."""
    try:
        with storage.transaction() as session:
            consulting.answer(session, auth.current_actor(), key, flask.request.form.get("text", ""), now=storage.now())
    except errors.Invalid as refusal:
        return _asked(key, refusal), 422
    flashes.say(_("Your answer stands with the case."))
    return flask.redirect(flask.url_for("told.consulted"))


def _asked(key: int, refusal: errors.Invalid | None) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        page = question_page.question_page(session, by, key, now=storage.now())
        title = f"{_('Question')} · {page.title}"
        drawn = flask.render_template("inbox/question.html", title=title, page=page, refusal=refusal)
        case = page.case.instance.key
        is_told = notices.is_told(session, by, case)
    if is_told:
        with storage.transaction() as session:
            told.mark_read(session, by, instance_key=case, now=storage.now())
    return drawn


def _drawn(key: int, act: acts.Act, refusal: errors.Refusal | None = None) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        page = task_page.task_page(session, by, key, now=storage.now())
        if isinstance(page, task_page.Elsewhere):
            raise page.refusal or errors.Forbidden("This task is not yours to act on.")
        chosen = next((each for each in acts.shown(page.operations, acts.ON_TASKS) if each.act == act), None)
        if chosen is None:
            raise page.held_up or errors.Forbidden("This step does not offer that.")
        return choosing.dialog(
            session,
            by,
            chosen,
            title=f"{page.task.name} · {page.instance.title}",
            action=flask.url_for(f"task_operations.do_{act.name}", key=key),
            back=flask.url_for("tasks.show", key=key),
            refusal=refusal,
            case=page.instance.key,
            task=key,
            typed={"reason": kept_forms.told(page.draft)[1]} if act.name == "return" else {},
            choices=_choices(session, by, key) if act.name == "return" else [],
            limits=(page.task.due_at, page.task.warn_at, None, False, page.beyond_step),
        )


def _choices(session: Session, by: Actor, key: int) -> approval_choices.Choices:
    """The steps to send the case back to, if there are any."""
    choices = approval_choices.of_return(session, by, key)
    if not choices:
        raise errors.Conflict("There is no step before this one to send the case back to.")
    return choices


for _name in acts.ON_TASKS:
    blueprint.add_url_rule(f"/tasks/<int:key>/{_name}", f"show_{_name}", acts.bound(show, _name), methods=["GET"])
    blueprint.add_url_rule(f"/tasks/<int:key>/{_name}", f"do_{_name}", acts.bound(do, _name), methods=["POST"])
