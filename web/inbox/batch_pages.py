"""Acts on many tasks: chosen in the inbox, undone within ten seconds, followed until each is done; what somebody leaves behind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from engine import errors
from engine.cases.rights import access
from engine.definitions import definitions
from engine.queries.inbox import batch_page
from engine.verbs import batches, rebalancing
from web.account import auth
from web.frame import flashes, storage
from web.frame.operations import acts, choosing

blueprint = flask.Blueprint("batches", __name__)
TRANSFER = acts.Act(
    "transfer",
    lazy_gettext("Hand on"),
    lambda *_given: None,
    "",
    acts.ON_TASKS["transfer"].fields,
    lazy_gettext("Hand these tasks on"),
    lazy_gettext("They become theirs to do and decide."),
)
TITLES = {
    batches.CLAIM: lazy_gettext("Claim all"),
    batches.APPROVE: lazy_gettext("Approve all"),
    batches.TRANSFER: lazy_gettext("Hand all on"),
    batches.ASSIGN: lazy_gettext("Hand over tasks"),
    rebalancing.REBALANCE: lazy_gettext("Spread tasks evenly"),
}
DONE: Mapping[str, Callable[[int], str]] = {  # of those of which nothing is left to do
    batches.CLAIM: lambda n: ngettext("%(num)s task claimed", "%(num)s tasks claimed", n),
    batches.APPROVE: lambda n: ngettext("%(num)s task approved", "%(num)s tasks approved", n),
    batches.TRANSFER: lambda n: ngettext("%(num)s task handed on", "%(num)s tasks handed on", n),
    batches.ASSIGN: lambda n: ngettext("%(num)s task handed over", "%(num)s tasks handed over", n),
    rebalancing.REBALANCE: lambda n: ngettext("%(num)s task spread", "%(num)s tasks spread", n),
}
HOLDER = acts.ActField("people", "person", lazy_gettext("Whose tasks"), is_required=True)
TO = acts.ActField("person", "person", lazy_gettext("To whom"), is_required=True)


@blueprint.post("/batches")
def order() -> Any:
    """Keeps the act; it is sent in ten seconds. Handing on asks first to whom."""
    sent = flask.request.form
    tasks = [int(each) for each in sent.getlist("task") if each.isascii() and each.isdecimal() and len(each) < acts.KEY_DIGITS]
    operation = sent.get("operation", "")
    is_asking = operation == batches.TRANSFER and ("reason" not in sent or choosing.is_asked())
    if is_asking:
        return _transfer(tasks, None)
    values = {"opinion": sent.get("opinion", ""), "to": sent.get("person", ""), "reason": sent.get("reason", "")}
    try:
        with storage.transaction() as session:
            by, mark = auth.current_actor(), _mark(operation, tasks)
            key = batches.order(session, by, operation, tasks, values, mark=mark, now=storage.now()).key
    except errors.Invalid as refusal:
        if operation == batches.TRANSFER and "tasks" not in refusal.fields:
            return _transfer(tasks, refusal), 422
        raise
    return flask.redirect(flask.url_for("batches.show", key=key))


@blueprint.get("/batches/<int:key>")
def show(key: int) -> str:
    """How far it is; asked again every second until all is done."""
    with storage.reading() as session:
        page = batch_page.batch_page(session, auth.current_actor(), key, now=storage.now())
    template = "inbox/batch_progress.html" if flask.request.headers.get("HX-Request") else "inbox/batch.html"
    return flask.render_template(template, title=TITLES[page.operation], page=page)


@blueprint.app_template_filter("batch_headline")
def _headline(page: batch_page.BatchPage) -> str:
    """What the page is about: while it goes on what is done, then what came of it, and of what was claimed that it is to be done."""
    if page.state != batches.DONE or not page.total:
        return str(TITLES[page.operation])
    if not page.done:
        return ngettext("The task was refused", "All %(num)s tasks were refused", page.refused)
    if page.next_task:
        told = ngettext("%(num)s task claimed: please do it now", "%(num)s tasks claimed: please do them one by one", page.done)
    else:
        told = DONE[page.operation](page.done)
    return told + (_(", %(n)s refused", n=page.refused) if page.refused else "")


@blueprint.post("/batches/<int:key>/undo")
def undo(key: int) -> Any:
    """Takes it back before it is sent; what was spread evenly, as far as nobody has touched it."""
    with storage.transaction() as session:
        row = batches.undo(session, auth.current_actor(), key, now=storage.now())
        is_spread = row.operation == rebalancing.REBALANCE
    if is_spread:
        return flask.redirect(flask.url_for("batches.show", key=key))
    flashes.say(_("It is undone; nothing was sent."))
    return flask.redirect(flask.url_for("inbox.open_tasks"))


@blueprint.get("/reassignment")
def reassignment() -> str:
    """Handing over all that lies with somebody, as when he leaves."""
    return _reassignment()


@blueprint.post("/reassignment")
def reassign() -> Any:
    """Does it, task by task."""
    if choosing.is_asked():
        return _reassignment()
    sent = flask.request.form
    try:
        acts.require_ticked(HOLDER.name, TO.name)
        with storage.transaction() as session:
            by, holder = auth.current_actor(), sent.get("people", "")
            to, reason, chosen = sent.get("person", ""), sent.get("reason", ""), sent.getlist("processes")
            made = batches.order_reassignment(session, by, holder, to, reason, processes=chosen, now=storage.now())
            key = made.key
    except errors.Invalid as refusal:
        return _reassignment(refusal), 422
    return flask.redirect(flask.url_for("batches.show", key=key))


def _mark(operation: str, tasks: list[int]) -> str:
    """The mark of the page with what was chosen on it: from the same page something else may be sent as well."""
    once = flask.request.form.get("once", "")
    chosen = hashlib.blake2b(f"{operation} {sorted(tasks)}".encode(), digest_size=8).hexdigest()
    return f"{once[:40]}-{chosen}" if once else ""


def _transfer(tasks: list[int], refusal: errors.Invalid | None) -> str:
    if refusal is not None and "to" in refusal.fields:
        refusal.fields["person"] = refusal.fields.pop("to")
    hidden = [("operation", batches.TRANSFER), ("once", flask.request.form.get("once", "")), *(("task", key) for key in tasks)]
    with storage.reading() as session:
        return choosing.dialog(
            session,
            auth.current_actor(),
            acts.Offered(TRANSFER, TRANSFER.label),
            title=_("%(n)s tasks", n=len(tasks)),
            action=flask.url_for("batches.order"),
            back=flask.url_for("inbox.open_tasks"),
            refusal=refusal,
            hidden=hidden,
        )


def _reassignment(refusal: errors.Invalid | None = None) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        managed = access.managed(session, by)
        if not managed:
            raise errors.Forbidden("Only those who manage a process hand its tasks to somebody else.")
        titles = [(each, definitions.latest(session, by.company_id, each).title) for each in managed]
        titles.sort(key=lambda pair: pair[1])
        people = {field.name: choosing.found_for(session, by, field.name) for field in (HOLDER, TO)}
    if refusal is not None and "to" in refusal.fields:
        refusal.fields["person"] = refusal.fields.pop("to")
    words = {"fields": (HOLDER, TO), "found": people, "processes": titles, "refusal": refusal}
    return flask.render_template("inbox/reassignment.html", title=_("Hand over tasks"), **words)
