"""Machine accounts: which there are and when they were last used; made, given a new secret, revoked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import flask
from flask_babel import gettext as _

from engine import errors
from engine.people.actors import Actor
from engine.people.machines import scopes
from engine.queries.organisation import machine_list
from engine.verbs.organisation.changing import fault
from engine.verbs.organisation.machines import accounts as machines
from web.account import auth
from web.frame import flashes, storage
from web.organisation import fields, words

blueprint = flask.Blueprint("machines", __name__, url_prefix="/organisation/machines")
GOOD_FOR = timedelta(days=365)
EVERYTHING = "*"


@blueprint.get("")
def index() -> str:
    """All accounts."""
    return _page()


@blueprint.get("/new")
def new() -> str:
    """The fields of a new account."""
    return _form({})


@blueprint.post("")
def make() -> Any:
    """Makes an account, and shows its secret this once."""
    name = flask.request.form.get("name", "")
    picked = fields.picked("processes")
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            last_day = fields.day("last_day")
            if last_day is None:
                raise fault("last_day", "Please choose a day to come.")
            if EVERYTHING in picked and len(picked) > 1:
                raise fault("processes", "Please choose either all processes or single ones.")
            processes = None if EVERYTHING in picked else tuple(picked)
            values = machines.AccountValues(name, tuple(fields.picked("scopes")), processes, last_day)
            key, secret = machines.make(session, by, values, now=storage.now())
    except (errors.Invalid, errors.Conflict) as refusal:
        return _form(fields.faults(refusal)), 422
    return _page(key, secret)


@blueprint.post("/<int:key>/renew")
def renew(key: int) -> Any:
    """Gives the account another secret, and shows it this once."""
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            secret = machines.renew(session, by, key, _in_a_year(by), now=storage.now())
    except errors.Conflict as refusal:
        return _page(faults=fields.faults(refusal)), 409
    return _page(key, secret)


@blueprint.post("/<int:key>/take-over")
def take_over(key: int) -> Any:
    """Answers for the account from now on."""
    try:
        with storage.transaction() as session:
            machines.take_over(session, auth.current_actor(), key, now=storage.now())
    except errors.Conflict as refusal:
        return _page(faults=fields.faults(refusal)), 409
    flashes.say(_("You answer for the machine account now; its secret stays as it is."))
    return flask.redirect(flask.url_for("machines.index"))


@blueprint.post("/<int:key>/revoke")
def revoke(key: int) -> Any:
    """Ends the account for good."""
    try:
        with storage.transaction() as session:
            machines.revoke(session, auth.current_actor(), key, now=storage.now())
    except errors.Conflict as refusal:
        return _page(faults=fields.faults(refusal)), 409
    flashes.say(_("The machine account is revoked; nothing gets in with it any more."))
    return flask.redirect(flask.url_for("machines.index"))


def _in_a_year(by: Actor) -> date:
    return (storage.now().astimezone(ZoneInfo(by.time_zone)) + GOOD_FOR).date()


def _page(key: int | None = None, secret: str = "", faults: fields.Faults | None = None) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        page = machine_list.machine_page(session, by, now=storage.now())
    made = next((line for line in page.lines if line.key == key), None)
    address = flask.url_for("oauth.create_token", _external=True)
    values = {"page": page, "made": made, "secret": secret, "faults": faults or {}, "words": words, "address": address}
    title = _("Machine accounts")
    return flask.render_template("organisation/machines.html", title=title, may_change=by.runs_organisation, **values)


def _form(faults: fields.Faults) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        page = machine_list.machine_page(session, by, now=storage.now())
        if not by.runs_organisation:
            raise errors.Forbidden("Only an administrator of the organisation may do this.")
    sent = flask.request.form
    chosen = {"scopes": sent.getlist("scopes"), "processes": sent.getlist("processes")}
    last_day = sent.get("last_day") or _in_a_year(by).isoformat()
    given = [each for each in scopes.SCOPES.values() if by.is_administrator or each.name in scopes.PEOPLE or page.processes]
    if not by.is_administrator:
        given = [each for each in given if each.name in scopes.PEOPLE or each.of_processes]
    values = {"page": page, "faults": faults, "sent": sent, "chosen": chosen, "last_day": last_day, "given": given}
    values["asks_processes"] = any(each.of_processes for each in given)
    return flask.render_template("organisation/machine_form.html", title=_("New machine account"), words=words, by=by, **values)
