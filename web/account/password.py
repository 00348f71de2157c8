"""Changing one's own password: with the current one, ending all other sessions."""

from __future__ import annotations

from typing import Any

import flask
import flask_login
from flask_babel import gettext as _

from engine import errors
from engine.people import actors
from engine.people.credentials import password_rules, passwords
from web.account import auth
from web.frame import flashes, storage
from web.frame.http import errors as answers

blueprint = flask.Blueprint("password", __name__)

Faults = dict[str, errors.Refusal]


@blueprint.get("/password")
def show() -> str:
    """The three fields."""
    return _drawn({})


@blueprint.post("/password")
def change() -> Any:
    """Sets the new password; this session goes on, all others of the person end."""
    form = flask.request.form
    faults = _faults(form.get("current", ""), form.get("new", ""), form.get("repeated", ""))
    if faults:
        return answers.redrawn(_drawn(faults), next(iter(faults.values())))
    with storage.transaction() as session:
        by = auth.current_actor()
        passwords.change(session, by, by.username, form["new"], current=form["current"])
        again = actors.load(session, by.company_id, by.username, by.sign_in, now=storage.now())
    if again is not None:
        flask_login.login_user(auth.SignedIn(again))
    flashes.say(_("Your password is changed. You are signed out everywhere else."))
    return flask.redirect(flask.url_for("inbox.open_tasks"))


def _faults(current: str, new: str, repeated: str) -> Faults:
    """What is wrong, by field; the current password is looked at last, as each wrong one counts as a failed sign-in."""
    with storage.reading() as session:
        by = auth.current_actor()
        refusal = passwords.fault(session, by.company_id, by.username, new)
    if refusal is not None:
        return {"new": refusal}
    if new != repeated:
        return {"repeated": errors.Invalid("The two are not the same.")}
    try:
        passwords.sign_in(
            storage.surroundings().database,
            by.company_id,
            by.username,
            current,
            flask.request.remote_addr or "",
            now=storage.now(),
        )
    except errors.TooMany as too_many:
        return {"current": too_many}
    except errors.Forbidden:
        return {"current": errors.Forbidden("The current password is wrong.")}
    return {"new": errors.Invalid("This is the current password.")} if new == current else {}


def _drawn(faults: Faults) -> str:
    with storage.reading():
        auth.current_actor()
    return flask.render_template(
        "account/password.html",
        title=_("Change password"),
        faults=faults,
        least=password_rules.MIN_LENGTH,
        most=password_rules.MAX_LENGTH,
    )
