"""Setting a password with a code that was handed out, and handing such codes out as an administrator."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import errors
from engine.announcing import invitations
from engine.people.credentials import password_codes, password_rules
from engine.queries.public import password_code_list
from web.account import auth
from web.frame import flashes, storage
from web.frame.files import exports
from web.frame.http import errors as answers

blueprint = flask.Blueprint("password_codes", __name__)


@blueprint.get("/password/code")
def show() -> str:
    """Asks for the code and for the new password; a link brings the code along, which is looked at only when it is sent."""
    return _page({})


@blueprint.post("/password/code")
def redeem() -> Response:
    """Sets the password and signs in; what is wrong is said beside the fields, and the code stays good."""
    form = flask.request.form
    code, new = form.get("code", ""), form.get("new", "")
    if new != form.get("repeated", ""):
        refusal: errors.Refusal = errors.Invalid("The two are not the same.")
        return answers.redrawn(_page({"repeated": refusal}), refusal)
    try:
        database, address = storage.surroundings().database, flask.request.remote_addr or ""
        actor = password_codes.redeem(database, code, new, address, now=storage.now())
    except errors.Invalid as refusal:
        return answers.redrawn(_page({"new": refusal}), refusal)
    except (errors.NotFound, errors.TooMany) as refusal:
        return answers.redrawn(_page({"code": refusal}), refusal)
    flashes.say(_("Your password is set. You sign in as %(username)s.", username=actor.username))
    return auth.let_in(actor, None)


@blueprint.get("/password/codes")
def index() -> str:
    """For administrators: who can sign in, and whose code is open."""
    return _list()


@blueprint.post("/password/codes")
def invite() -> Any:
    """Hands out a code: it is shown this once, or goes by mail where the administrator chose that."""
    username = flask.request.form.get("username", "")
    if mailed := flask.request.form.get("mailed"):
        return _mail(mailed)
    with storage.transaction() as session:
        code = password_codes.invite(session, auth.current_actor(), username, now=storage.now())
    return _list({"username": username, "code": code})


@blueprint.post("/password/codes/all")
def invite_all() -> Any:
    """Hands out a code to everybody who has neither a password nor an open code: on slips, as a file or by mail."""
    way = flask.request.form.get("way", "print")
    if way == "mail":
        with storage.transaction() as session:
            sent = invitations.mail_codes(session, auth.current_actor(), _link("{code}"), now=storage.now())
        flashes.say(_("Letters with a code on their way: %(n)s", n=sent))
        return flask.redirect(flask.url_for("password_codes.index"))
    if way not in ("print", "file"):
        raise errors.Invalid("Codes are handed out on slips, as a file or by mail.")
    with storage.transaction() as session:
        given = password_codes.invite_all(session, auth.current_actor(), now=storage.now())
    if not given:
        flashes.say(_("Everybody has a password or a code that is still good."))
        return flask.redirect(flask.url_for("password_codes.index"))
    return _file(given) if way == "file" else _slips(given)


def _slips(given: list[tuple[password_codes.Lacking, str]]) -> str:
    values = {
        "given": given,
        "page": flask.url_for("password_codes.show", _external=True),
        "days": password_codes.GOOD_FOR.days,
    }
    return flask.render_template("account/password_slips.html", title=_("Password codes"), **values)


def _file(given: list[tuple[password_codes.Lacking, str]]) -> flask.Response:
    heads = (_("Person"), _("Username"), _("Department"), _("Code"), _("Link"), _("good until"))
    until = storage.now() + password_codes.GOOD_FOR
    rows = ((each.name, each.username, each.department, code, _link(code), until) for each, code in given)
    return exports.table(_("Password codes"), heads, rows)


def _link(code: str) -> str:
    return flask.url_for("password_codes.show", _external=True) + f"?code={code}"


def _mail(username: str) -> Any:
    link = _link("{code}")
    with storage.transaction() as session:
        invitations.mail_code(session, auth.current_actor(), username, link, now=storage.now())
    flashes.say(_("A letter with the code is on its way."))
    return flask.redirect(flask.url_for("password_codes.index", q=flask.request.args.get("q", "")))


def _page(faults: dict[str, errors.Refusal]) -> str:
    code = flask.request.form.get("code") or flask.request.args.get("code", "")
    return flask.render_template(
        "account/password_code.html", title=_("Set a password"), faults=faults, code=code, least=password_rules.MIN_LENGTH
    )


def _list(given: dict[str, str] | None = None) -> str:
    text = flask.request.args.get("q", "").strip()
    with storage.reading() as session:
        people = password_code_list.people(session, auth.current_actor(), text, now=storage.now())
        waiting = password_code_list.waiting(session, auth.current_actor(), now=storage.now())
    link = _link(given["code"]) if given else ""
    names = {each.username: each.name for each in people}
    return flask.render_template(
        "account/password_codes.html",
        title=_("Password codes"),
        people=people,
        waiting=waiting,
        at_once=password_codes.MOST_AT_ONCE,
        given=given,
        link=link,
        name=names.get(given["username"], given["username"]) if given else "",
        q=text,
        days=password_codes.GOOD_FOR.days,
        most=password_code_list.MOST,
    )
