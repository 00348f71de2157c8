"""Roles: who has which and why it was given; giving and taking them away."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.queries.organisation import reading, role_list
from engine.signing_in import policy
from engine.verbs.organisation import roles
from web.account import auth
from web.frame import flashes, storage
from web.organisation import fields, words

blueprint = flask.Blueprint("roles", __name__, url_prefix="/organisation/roles")


@blueprint.get("")
def index() -> str:
    """Every role with what it lets one do and who has it."""
    return _page("", {})


@blueprint.post("/<role>")
def grant(role: str) -> Any:
    """Gives the role to somebody."""
    form = fields.sent("person", "scope")
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            roles.require(by)
            username = fields.person(reading.company(session, by), form["person"])
            roles.grant(session, by, username, role, "" if form["scope"] == "*" else form["scope"], now=storage.now())
            policy.uphold(session, by.company_id, username)
    except errors.NotFound:
        refusal = errors.Refusal("There is no person “%(name)s” who could act.", name=form["person"])
        return _page(role, {"person": [refusal]}), 422
    except (errors.Invalid, errors.Conflict) as refused:
        return _page(role, fields.faults(refused)), 422
    flashes.say(_("The role is given."))
    return flask.redirect(flask.url_for("roles.index") + f"#{role}")


@blueprint.post("/<role>/take")
def take(role: str) -> Any:
    """Takes the role from somebody."""
    form = fields.sent("username", "scope")
    try:
        with storage.transaction() as session:
            roles.revoke(session, auth.current_actor(), form["username"], role, form["scope"], now=storage.now())
    except errors.Conflict as refusal:
        return _page(role, fields.faults(refusal)), 409
    flashes.say(_("The role is taken away."))
    return flask.redirect(flask.url_for("roles.index") + f"#{role}")


def _page(role: str, faults: fields.Faults) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        lines = role_list.all_roles(session, by)
    values = {"lines": lines, "at": role, "faults": faults, "sent": flask.request.form, "words": words}
    return flask.render_template("organisation/roles.html", title=_("Roles"), may_change=by.is_administrator, **values)
