"""Somebody leaves, moves on a later day, comes back."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.basics import whole_numbers
from engine.people.organisation import Organisation
from engine.queries.organisation import person_page, reading
from engine.verbs.organisation import leaving, persons, planned
from web.account import auth
from web.frame import filters, flashes, storage
from web.organisation import fields, people

blueprint = flask.Blueprint("leaving", __name__, url_prefix="/organisation/people")
MISSING = "Please choose a day to come."
NO_TAKER = "Please say who comes in this place, or that nobody does."


@blueprint.get("/<username>/leaving")
def show(username: str) -> str:
    """What the person holds, and to whom it goes."""
    return _page(username, {})


@blueprint.post("/<username>/leaving")
def leave(username: str) -> Any:
    """Disables the person now and hands everything over, or enters that for a day."""
    try:
        with storage.transaction() as session:
            by, now = auth.current_actor(), storage.now()
            company = reading.company(session, by)
            day = fields.day("day") if flask.request.form.get("when") == "day" else None
            if day is None and flask.request.form.get("when") == "day":
                raise errors.Invalid(MISSING, fields={"day": [errors.Refusal(MISSING)]})
            plan = _plan(company)
            if day is None:
                leaving.leave(session, by, username, plan, now=now)
            else:
                planned.plan(session, by, username, planned.LEAVE, day, {"successor": plan.successor}, now=now)
    except (errors.Invalid, errors.Conflict) as refusal:
        return _page(username, fields.faults(refusal)), 422
    name = company.name_of(username)
    flashes.say(
        _("%(name)s can no longer sign in; everything is handed over.", name=name)
        if day is None
        else _("%(name)s leaves on %(day)s.", name=name, day=filters.day(day))
    )
    return flask.redirect(flask.url_for("organisation.person", username=username))


@blueprint.post("/<username>/back")
def come_back(username: str) -> Any:
    """Lets somebody who left sign in again."""
    try:
        with storage.transaction() as session:
            persons.come_back(session, auth.current_actor(), username, now=storage.now())
    except errors.Conflict as refusal:
        return people.shown(username, fields.faults(refusal)), 409
    flashes.say(_("The account works again. Groups and roles are given anew."))
    return flask.redirect(flask.url_for("organisation.person", username=username))


@blueprint.post("/<username>/move")
def move(username: str) -> Any:
    """Enters another department, post or superior for a day to come."""
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            company = reading.company(session, by)
            day = fields.day("day")
            if day is None:
                raise errors.Invalid(MISSING, fields={"day": [errors.Refusal(MISSING)]})
            planned.plan(session, by, username, planned.MOVE, day, _moved(company, username), now=storage.now())
    except (errors.Invalid, errors.Conflict) as refusal:
        return people.shown(username, fields.faults(refusal)), 422
    flashes.say(_("It is entered for %(day)s.", day=filters.day(day)))
    return flask.redirect(flask.url_for("organisation.person", username=username))


@blueprint.post("/changes/<int:key>/drop")
def drop(key: int) -> Any:
    """Takes back what was entered for a later day."""
    with storage.transaction() as session:
        username = planned.drop(session, auth.current_actor(), key, now=storage.now())
    flashes.say(_("It is taken back."))
    return flask.redirect(flask.url_for("organisation.person", username=username))


def _moved(company: Organisation, username: str) -> dict[str, Any]:
    """The department, and the main post in place of the one before; other posts stay."""
    sent = fields.sent("department", "post", "superior")
    member = company.people.get(username)
    others = member.posts[1:] if member else ()
    posts = [post for post in dict.fromkeys((sent["post"], *others)) if post]
    return {"department": sent["department"], "posts": posts, "superior": fields.person(company, sent["superior"])}


def _plan(company: Organisation) -> leaving.Plan:
    form = flask.request.form
    tasks: dict[int, str] = {}
    groups: dict[str, str] = {}
    heads: dict[str, str] = {}
    successor = fields.person(company, form.get("successor", ""))
    faults: dict[str, list[errors.Refusal]] = {}
    for name in dict.fromkeys(each.removeprefix("none-") for each in form):
        kind, _dash, of = name.partition("-")
        is_none, to = f"none-{name}" in form, fields.person(company, form.get(name, ""))
        if kind == "task" and (key := whole_numbers.read(of)) is not None and (to or is_none):
            tasks[key] = leaving.BACK if is_none else to
        elif kind in ("group", "head") and (to or is_none):
            (groups if kind == "group" else heads)[of] = "" if is_none else to
        elif kind in ("group", "head") and not successor:
            faults[name] = [errors.Refusal(NO_TAKER)]
    if faults:
        raise errors.Invalid("Not everything can be handed over like this.", fields=faults)
    return leaving.Plan(successor, tasks, groups, heads)


def _page(username: str, faults: fields.Faults) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        page = person_page.person(session, by, username, now=storage.now())
        if not by.runs_organisation:
            raise errors.Forbidden("Only an administrator of the organisation may do this.")
    if page.member.is_disabled:
        raise errors.Conflict("%(name)s is disabled already.", name=page.member.name)
    proposed = page.company.manager_of(username)
    values = {
        "page": page,
        "faults": faults,
        "sent": flask.request.form,
        "proposed": fields.named(page.company, proposed) if proposed else "",
        "tomorrow": fields.tomorrow(),
        "names": page.company.name_of,
    }
    return flask.render_template("organisation/leaving.html", title=_("%(name)s is leaving", name=page.member.name), **values)
