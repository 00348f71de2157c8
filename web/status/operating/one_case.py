"""One case for operators [单据运维]: what it waits for without a person, and the acts on it, each seen before it is done."""

from __future__ import annotations

import hashlib
from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.queries.operations import one_case
from engine.storage import models
from engine.verbs import operated
from engine.verbs.operating import bulk, single, trying
from web.account import auth
from web.frame import flashes, storage
from web.frame.operations import onward
from web.frame.operations import operating_words as words
from web.status.operating import act_forms

blueprint = flask.Blueprint("case_operating", __name__, url_prefix="/status/operations/cases")


@blueprint.get("/<int:key>")
def show(key: int) -> str:
    """What the case waits for: timers, jobs, messages; and what may be done with it."""
    with storage.reading() as session:
        case = one_case.one_case(session, auth.current_actor(), key, now=storage.now())
        title = f"{case.instance.number} {case.instance.title}"
        return flask.render_template(
            "status/operations/case.html", title=title, found=case, instance=case.instance, words=words
        )


@blueprint.get("/<int:key>/<name>")
def ask(key: int, name: str) -> str:
    """The form of one act on the case, with what the address says filled in."""
    return _drawn(key, name, flask.request.args.to_dict())


@blueprint.post("/<int:key>/<name>")
def do(key: int, name: str) -> Any:
    """Tells what the act would do; sent once more as it was it is done."""
    sent = flask.request.form.to_dict()
    if act_forms.is_asking():
        return _drawn(key, name, sent)
    try:
        with storage.transaction() as session:
            by, reason, now = auth.current_actor(), sent.get("reason", ""), storage.now()
            values = act_forms.given(name, sent, one_case.choices(session, by, key, name, sent, now=now))
            outcome = single.foresee(session, by, key, name, values, reason, now=now)
            seen = _mark(name, values, outcome)
            is_done = sent.get("seen") == seen and outcome[0] == trying.SUCCEEDED
            if is_done:
                single.do(session, by, key, name, values, reason, now=now)
                way_on = onward.after(session, by, key, words.acts()[name])
    except errors.Invalid as refusal:
        return _drawn(key, name, sent, refusal=refusal), 422
    if not is_done:
        return _drawn(key, name, sent, outcome=outcome, seen=seen, given=values)
    flashes.say(way_on.said or _("It is done."))
    return flask.redirect(way_on.address or flask.url_for("case_operating.show", key=key))


def _mark(name: str, values: dict[str, str], outcome: trying.Outcome) -> str:
    """For what the effect was told: with another value, or where it is another one by now, it is told anew."""
    return hashlib.sha256(models.dumps([name, values, outcome]).encode()).hexdigest()[:32]


def _drawn(
    key: int,
    name: str,
    sent: dict[str, str],
    refusal: errors.Refusal | None = None,
    given: dict[str, str] | None = None,
    **beside: Any,
) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        page = one_case.one_case(session, by, key, now=storage.now())
        if name not in words.acts():
            raise errors.NotFound(bulk.NO_PAGE)
        if by.is_auditor:
            raise errors.Forbidden(storage.READS_ALONE)
        if name not in page.acts:
            raise one_case.why_not(session, by, page, name)
        choices = one_case.choices(session, by, key, name, sent, now=storage.now())
        editor = act_forms.editor(choices, sent, refusal.fields if refusal else None)
        return flask.render_template(
            act_forms.template("one"),
            action=flask.url_for("case_operating.do", key=key, name=name),
            title=f"{words.acts()[name]} · {page.instance.number}",
            act=name,
            instance=page.instance,
            sent=sent,
            refusal=refusal,
            choices=choices,
            editor=editor,
            change=choices.change(given) if given is not None and name == operated.SET_VARIABLE else None,
            people=act_forms.found(session, by, name),
            forms=act_forms,
            words=words,
            **beside,
        )
