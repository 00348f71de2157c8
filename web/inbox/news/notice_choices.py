"""How notices reach me: each kind at once, once a day or never; my hours of quiet."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.announcing import configuring, kinds, timing
from engine.queries.organisation import notice_settings
from web.account import auth
from web.frame import flashes, notice_words, storage

blueprint = flask.Blueprint("notice_choices", __name__, url_prefix="/notices/settings")
AS_THE_COMPANY = ""


@blueprint.get("")
def show() -> str:
    """What I chose."""
    return _page({})


@blueprint.post("")
def save() -> Any:
    """Stores what I chose."""
    form = flask.request.form
    how = {name: form[name] for name in kinds.KINDS if form.get(name, AS_THE_COMPANY) != AS_THE_COMPANY}
    quiet = [form.get(name, "")[:5] for name in ("quiet_from", "quiet_until")]
    try:
        with storage.transaction() as session:
            configuring.choose(session, auth.current_actor(), how, *quiet, now=storage.now())
    except errors.Invalid as refusal:
        return _page(refusal.fields or {}), 422
    flashes.say(_("Your notices reach you as you chose."))
    return flask.redirect(flask.url_for("notice_choices.show"))


def _page(faults: dict[str, list[errors.Refusal]]) -> str:
    with storage.reading(to_change=True) as session:
        rules, choice, address, sends = notice_settings.mine(session, auth.current_actor())
    sent = flask.request.form
    chosen = {name: sent.get(name, choice.how.get(name, AS_THE_COMPANY)) for name in kinds.KINDS}
    quiet = {"quiet_from": choice.quiet_from, "quiet_until": choice.quiet_until}
    times = {name: sent.get(name, at.strftime("%H:%M") if at else "") for name, at in quiet.items()}
    usual = {name: timing.how(rules, timing.ReachChoice(), name) for name in kinds.KINDS}
    values = {
        "rules": rules,
        "chosen": chosen,
        "usual": usual,
        "times": times,
        "address": address,
        "sends": sends,
        "faults": faults,
    }
    return flask.render_template(
        "inbox/notice_choices.html", title=_("How notices reach me"), kinds=kinds, words=notice_words, **values
    )
