"""Candidate groups: members by name and by rule, where each is named, renaming."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.people import memberships
from engine.queries.organisation import directory, groups, log, reading
from engine.verbs.organisation import groups as verbs
from web.account import auth
from web.frame import flashes, lists, storage
from web.organisation import fields, words

blueprint = flask.Blueprint("groups", __name__, url_prefix="/organisation/groups")


@blueprint.get("")
def index() -> str:
    """All groups."""
    return _list({})


@blueprint.post("")
def add() -> Any:
    """Adds a group without members."""
    form = fields.sent("name", "note")
    try:
        with storage.transaction() as session:
            name = verbs.add(session, auth.current_actor(), form["name"], form["note"], now=storage.now())
    except errors.Invalid as refusal:
        return _list(fields.faults(refusal)), 422
    flashes.say(_("The group is added. Now say who is in it."))
    return flask.redirect(flask.url_for("groups.show", name=name))


@blueprint.get("/<path:name>")
def show(name: str) -> str:
    """One group."""
    return _page(name, {})


@blueprint.post("/<path:name>/rename")
def rename(name: str) -> Any:
    """Renames a group; what names it as before still means it."""
    to = flask.request.form.get("to", "")
    try:
        with storage.transaction() as session:
            name_now = verbs.rename(session, auth.current_actor(), name, to, now=storage.now())
    except errors.Invalid as refusal:
        return _page(name, {"to": fields.faults(refusal).get("name", [refusal])}), 422
    flashes.say(_("The group is now called %(name)s. Everything that names it as before still reaches it.", name=name_now))
    return flask.redirect(flask.url_for("groups.show", name=name_now))


@blueprint.post("/<path:name>/note")
def describe(name: str) -> Any:
    """Says what the group is for."""
    with storage.transaction() as session:
        verbs.describe(session, auth.current_actor(), name, flask.request.form.get("note", ""), now=storage.now())
    flashes.say(_("Saved."))
    return flask.redirect(flask.url_for("groups.show", name=name))


@blueprint.post("/<path:name>/members")
def put_in(name: str) -> Any:
    """Enters one person or several by name."""
    text = flask.request.form.get("person", "")
    return _amended(name, verbs.put_in, "members", lambda company: fields.people(company, text))


@blueprint.post("/<path:name>/members/strike")
def take_out(name: str) -> Any:
    """Strikes a person who was entered by name."""
    username = flask.request.form.get("username", "")
    return _amended(name, verbs.take_out, "members", lambda _company: [username], is_sure=_is_sure())


@blueprint.post("/<path:name>/rules")
def add_rule(name: str) -> Any:
    """Adds a rule."""
    return _amended(name, verbs.add_rule, "rules", lambda _company: [_rule()])


@blueprint.post("/<path:name>/rules/strike")
def drop_rule(name: str) -> Any:
    """Strikes a rule."""
    return _amended(name, verbs.drop_rule, "rules", lambda _company: [_rule()], is_sure=_is_sure())


@blueprint.post("/<path:name>/remove")
def remove(name: str) -> Any:
    """Takes a group away that nothing names and nothing waits for."""
    try:
        with storage.transaction() as session:
            verbs.remove(session, auth.current_actor(), name, now=storage.now())
    except errors.Conflict as refusal:
        return _page(name, fields.faults(refusal)), 409
    flashes.say(_("The group has been deleted."))
    return flask.redirect(flask.url_for("groups.index"))


def _is_sure() -> bool:
    """Whether it was asked again, after where the group is named was told."""
    return flask.request.form.get("sure") == "yes"


def _rule() -> tuple[str, str]:
    """A rule as its one field tells it: kind and value with a colon between."""
    kind, _colon, value = flask.request.form.get("rule", "").partition(":")
    return kind, value


def _amended(name: str, verb: Any, place: str, what: Any, **sure: bool) -> Any:
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            verb(session, by, name, *what(reading.company(session, by)), **sure, now=storage.now())
    except verbs.Emptied as refusal:
        return _page(name, {}, refusal), 409
    except errors.Invalid as refusal:
        return _page(name, {place: fields.faults(refusal).get(place, [refusal])}), 422
    flashes.say(_("The members are changed."))
    return flask.redirect(flask.url_for("groups.show", name=name))


def _list(faults: fields.Faults) -> str:
    text = flask.request.args.get("q", "").strip()[:100]
    with storage.reading() as session:
        by = auth.current_actor()
        page = groups.groups(session, by, text, lists.wanted())
    values = {"page": page, "link": lists.link, "text": text, "faults": faults, "sent": flask.request.form, "words": words}
    return flask.render_template("organisation/groups.html", title=_("Work groups"), may_change=by.runs_organisation, **values)


def _page(name: str, faults: fields.Faults, emptied: errors.Refusal | None = None) -> str:
    text = flask.request.args.get("q", "").strip()[:100]
    with storage.reading() as session:
        by = auth.current_actor()
        page = groups.group(session, by, name, text, lists.wanted())
        company = reading.company(session, by)
        changes = log.entries_of(session, by, f"group:{name}", 10)
    rules = [(f"{memberships.HEADS}:", _("all heads of departments"))]
    for id, unit, depth in directory.choices(company):
        indent = "　" * depth
        rules.append(
            (f"{memberships.BELOW}:{id}", indent + _("everybody in %(department)s and below", department=words.ours(unit)))
        )
        rules.append((f"{memberships.DEPARTMENT}:{id}", indent + _("everybody in %(department)s", department=words.ours(unit))))
    posts = [
        (f"{memberships.POST}:{key}", _("everybody with the post %(post)s", post=words.ours(post)))
        for key, post in company.posts.items()
    ]
    values: dict[str, Any] = {
        "page": page,
        "faults": faults,
        "sent": flask.request.form,
        "words": words,
        "text": text,
        "log": changes,
        "emptied": emptied,
    }
    values |= {"rules": rules, "posts": posts, "link": lists.link, "company": company, "may_change": by.runs_organisation}
    return flask.render_template("organisation/group.html", title=name, **values)
