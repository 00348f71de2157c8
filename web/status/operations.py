"""Operations [运维]: incidents by cause, acts on many cases with rehearsal and progress, their log, what the worker does."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import flask
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine import errors
from engine.people.actors import Actor
from engine.queries.operations import causes, choices, log, working
from engine.queries.status import choosable, incident_list
from engine.verbs.operating import bulk, choosing
from engine.verbs.operating.choosing import Chosen
from engine.verbs.running import incidents
from web.account import auth
from web.frame import flashes, lists, storage
from web.frame.http import worker_watch
from web.frame.operations import operating_words as words
from web.status.operating import act_forms

blueprint = flask.Blueprint("operating", __name__, url_prefix="/status/operations")


@blueprint.get("")
def index() -> str:
    """The log: who did what with which cases."""
    with storage.reading() as session:
        by = auth.current_actor()
        page = log.operations(session, by, lists.wanted())
        values = _beside(session, by) | {"page": page}
    return flask.render_template("status/operations/index.html", title=_("Operations"), link=lists.link, words=words, **values)


@blueprint.get("/causes")
def by_cause() -> str:
    """What stopped, by cause."""
    return _causes()


@blueprint.post("/causes/retry")
def retry_cause() -> Any:
    """Tries again what of no case stopped by one cause."""
    return _on_cause(incidents.retry_all)


@blueprint.post("/causes/settle")
def settle_cause() -> Any:
    """Notes what was done by hand about all of no case that stopped by one cause."""
    return _on_cause(incidents.close_all)


def _on_cause(verb: Callable[..., int]) -> Any:
    sent = flask.request.form
    try:
        with storage.transaction() as session:
            count = verb(session, auth.current_actor(), sent.get("cause", ""), sent.get("note", ""), now=storage.now())
    except errors.Invalid as refusal:
        return _causes(refusal, sent.get("cause", "")), 422
    flashes.say(_("It is done for %(n)s incidents.", n=count))
    return flask.redirect(flask.url_for("operating.by_cause"))


def _causes(refusal: errors.Refusal | None = None, refused: str = "") -> str:
    process = flask.request.args.get("process", "")
    with storage.reading() as session:
        by = auth.current_actor()
        causes_of = causes.causes(session, by, process=process, now=storage.now())
        values = _beside(session, by) | {
            "causes": causes_of,
            "processes": choosable.with_incidents(session, by),
            "process": process,
        }
    values |= {"refusal": refusal, "refused": refused}
    return flask.render_template("status/operations/causes.html", title=_("Incidents by cause"), **values)


@blueprint.get("/worker")
def worker() -> str:
    """What the workers do, and how much waits for them."""
    with storage.reading() as session:
        by = auth.current_actor()
        workers = working.working(session, by, now=storage.now())
        values = _beside(session, by) | {"found": workers}
    return flask.render_template("status/operations/worker.html", title=_("Background work"), words=words, **values)


@blueprint.get("/new")
def new() -> str:
    """The form of an act on many cases, with what the address says filled in."""
    return _form(flask.request.args.to_dict())


@blueprint.post("/new")
def order() -> Any:
    """Keeps it and begins its rehearsal."""
    sent = flask.request.form.to_dict()
    if act_forms.is_asking():
        return _form(sent)
    name, chosen = sent.get("operation", ""), _chosen(sent)
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            given = act_forms.given(name, sent, _choices(session, by, name, chosen, sent)[1])
            row = bulk.order(
                session,
                by,
                name,
                chosen,
                given,
                sent.get("reason", ""),
                mark=sent.get("mark", ""),
                now=storage.now(),
            )
            key = row.key
    except errors.Invalid as refusal:
        return _form(sent, refusal), 422
    return flask.redirect(flask.url_for("operating.show", key=key))


@blueprint.get("/<int:key>")
def show(key: int) -> str:
    """One operation: how far it is, and what became of each case."""
    only = flask.request.args.get("only", "")
    with storage.reading() as session:
        by = auth.current_actor()
        operation = log.one(session, by, key, lists.wanted(), only=only)
        values = _beside(session, by)
    is_part = flask.request.headers.get("HX-Request") == "true"
    template = "status/operations/progress.html" if is_part else "status/operations/show.html"
    title = words.acts().get(operation.line.name, _("Operations"))
    return flask.render_template(
        template, title=title, found=operation, line=operation.line, only=only, link=lists.link, words=words, **values
    )


@blueprint.post("/<int:key>/carry-out")
def carry_out(key: int) -> Any:
    """Does what was rehearsed."""
    return _turned(key, bulk.carry_out, _("It is being done; you may leave this page."))


@blueprint.post("/<int:key>/pause")
def pause(key: int) -> Any:
    """Lets it rest after the case that is being done."""
    return _turned(key, bulk.pause, _("It rests."))


@blueprint.post("/<int:key>/continue")
def go_on(key: int) -> Any:
    """Lets it go on."""
    return _turned(key, bulk.go_on, _("It goes on."))


@blueprint.post("/<int:key>/stop")
def stop(key: int) -> Any:
    """Ends it; what was done stays done."""
    return _turned(key, bulk.stop, _("It is stopped; what was done stays done."))


def _turned(key: int, verb: Callable[..., Any], done: str) -> Any:
    with storage.transaction() as session:
        verb(session, auth.current_actor(), key, now=storage.now())
    flashes.say(done)
    return flask.redirect(flask.url_for("operating.show", key=key))


def _chosen(sent: dict[str, str]) -> Chosen:
    names = ("process", "version", "element", "state", "cause")
    asked = {name: sent.get(name, "").strip() for name in names}
    return Chosen(**asked, numbers=choosing.numbers_in(sent.get("numbers", "")))


def _choices(session: Session, by: Actor, name: str, chosen: Chosen, sent: dict[str, str]) -> tuple[Chosen, choices.Choices]:
    """The cases that are meant, with their process where they are all of one, and what the act may be given for them."""
    meant = chosen if chosen.process else replace(chosen, process=choices.process_of(session, by, chosen))
    return meant, choices.of_many(session, by, name, meant, sent)


def _form(sent: dict[str, str], refusal: errors.Refusal | None = None) -> str:
    numbers = flask.request.values.getlist("number")
    sent = {**sent, "numbers": sent.get("numbers") or "\n".join(numbers)}
    act = sent.get("operation", "")
    with storage.reading() as session:
        by = auth.current_actor()
        if not bulk.may_order(session, by):
            raise errors.Forbidden("Only operators and those who manage a process may do this.")
        meant, offered = _choices(session, by, act, _chosen(sent), sent)
        values = _beside(session, by) | {"processes": choosable.operated(session, by)}
        values["causes"] = causes.causes(session, by, cause=meant.cause, now=storage.now()) if meant.cause else []
        return flask.render_template(
            act_forms.template("new"),
            action=flask.url_for("operating.order"),
            title=_("Act on many cases"),
            sent={**sent, "process": meant.process},
            act=act if act in words.acts() else "",
            refusal=refusal,
            choices=offered,
            editor=act_forms.editor(offered, sent, refusal.fields if refusal else None),
            people=act_forms.found(session, by, act),
            steps=choosing.steps(session, by, meant.process, meant.version),
            versions=choosing.versions(session, by, meant.process),
            forms=act_forms,
            words=words,
            mark=sent.get("mark") or secrets.token_urlsafe(16),
            **values,
        )


def _beside(session: Any, by: Any) -> dict[str, Any]:
    return {
        "incident_count": incident_list.count(session, by),
        "may_order": bulk.may_order(session, by),
        **worker_watch.seen_by(session, by),
    }
