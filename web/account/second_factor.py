"""The second factor: asked for while signing in, set up, with its recovery codes, and taken away again."""

from __future__ import annotations

from typing import Any

import flask
import flask_login
import segno
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import errors
from engine.people import actors
from engine.signing_in import second_factors
from web.account import auth
from web.frame import flashes, storage
from web.frame.http import errors as answers

blueprint = flask.Blueprint("second_factor", __name__)
CODES = "recovery"


@blueprint.get("/sign-in/code")
def ask() -> str | Response:
    """Asks whoever is half signed in for the code; who has none yet sets one up first."""
    half = auth.half_signed_in()
    if half is None:
        return flask.redirect(flask.url_for("auth.sign_in"))
    with storage.surroundings().database.reading(half.actor.company_id) as session:
        is_set = second_factors.standing(session, half.actor).is_set
    return _asked() if is_set else flask.redirect(flask.url_for("second_factor.show"))


@blueprint.post("/sign-in/code")
def prove() -> Response:
    """Takes the code, and signs in."""
    half = auth.half_signed_in()
    if half is None:
        return flask.redirect(flask.url_for("auth.sign_in"))
    try:
        _prove(half.actor)
    except (errors.Forbidden, errors.TooMany) as refusal:
        return answers.redrawn(_asked(refusal), refusal)
    return auth.let_in(half.actor, half.target, half.provider, is_proven=True, out=half.out)


@blueprint.get("/second-factor")
def show() -> str | Response:
    """How one stands; while it is being set up, what the authenticator must be told."""
    return _page(_who())


@blueprint.post("/second-factor/begin")
def begin() -> Response:
    """Makes a secret, to be confirmed."""
    by = _who()
    with storage.surroundings().database.transaction(by.company_id) as session:
        second_factors.begin(session, by, now=storage.now())
    return flask.redirect(flask.url_for("second_factor.show"))


@blueprint.post("/second-factor/confirm")
def confirm() -> str | Response:
    """Sets it up with a first code, and shows the recovery codes this once."""
    half, by = auth.half_signed_in(), _who()
    try:
        made = second_factors.confirm(
            storage.surroundings().database, by, flask.request.form.get("code", ""), _address(), now=storage.now()
        )
    except (errors.Forbidden, errors.TooMany) as refusal:
        return answers.redrawn(_page(by, refusal), refusal)
    except errors.Conflict:
        return flask.redirect(flask.url_for("second_factor.show"))
    if half is not None and not flask_login.current_user.is_authenticated:
        auth.let_in(half.actor, half.target, half.provider, is_proven=True, out=half.out)
        return _codes(made, half.target)
    _renew(by)
    return _codes(made, flask.url_for("second_factor.show"))


@blueprint.post("/second-factor/codes")
def renew_codes() -> str | Response:
    """Other recovery codes, for who proves himself once more."""
    by = auth_actor()
    try:
        _prove(by)
    except (errors.Forbidden, errors.TooMany) as refusal:
        return answers.redrawn(_page(by, refusal), refusal)
    with storage.transaction() as session:
        made = second_factors.new_codes(session, auth.current_actor())
    return _codes(made, flask.url_for("second_factor.show"))


@blueprint.post("/second-factor/remove")
def remove() -> Response:
    """Takes it away, for who proves himself once more."""
    by = auth_actor()
    try:
        _prove(by)
        with storage.transaction() as session:
            second_factors.drop(session, auth.current_actor(), address=_address(), now=storage.now())
    except (errors.Forbidden, errors.TooMany, errors.Conflict) as refusal:
        return answers.redrawn(_page(by, refusal), refusal)
    flashes.say(_("The second factor is taken away: your password alone signs you in again."))
    return flask.redirect(flask.url_for("second_factor.show"))


def auth_actor() -> actors.Actor:
    """Who is signed in whole."""
    with storage.reading():
        return auth.current_actor()


def _who() -> actors.Actor:
    """Who is signed in, or who is on the way and has no second factor yet; to the sign-in page otherwise."""
    if flask_login.current_user.is_authenticated:
        return auth_actor()
    half = auth.half_signed_in()
    if half is None:
        flask.abort(401)
    with storage.surroundings().database.reading(half.actor.company_id) as session:
        if second_factors.standing(session, half.actor).is_set:  # he shows the one he has first
            flask.abort(401)
    return half.actor


def _prove(by: actors.Actor) -> None:
    code = flask.request.form.get("code", "")
    second_factors.prove(storage.surroundings().database, by, code, _address(), now=storage.now())


def _renew(by: actors.Actor) -> None:
    """A fresh cookie for this session: all others of the person have ended."""
    with storage.surroundings().database.reading(by.company_id) as session:
        again = actors.load(session, by.company_id, by.username, by.sign_in, now=storage.now())
    if again is not None:
        flask_login.login_user(auth.SignedIn(again))


def _address() -> str:
    return flask.request.remote_addr or ""


def _asked(refusal: errors.Refusal | None = None) -> str:
    return flask.render_template("account/second_factor_code.html", title=_("Second factor"), refusal=refusal)


def _page(by: actors.Actor, refusal: errors.Refusal | None = None) -> str:
    with storage.surroundings().database.reading(by.company_id) as session:
        standing = second_factors.standing(session, by)
        shown = second_factors.shown(session, by)
    values: dict[str, Any] = {"standing": standing, "refusal": refusal, "secret": None, "picture": None}
    if shown is not None:
        secret, uri = shown
        spaced = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
        values |= {"secret": spaced, "picture": segno.make(uri, error="m").svg_data_uri(scale=5, border=3, light="white")}
    return flask.render_template("account/second_factor.html", title=_("Second factor"), **values)


def _codes(made: list[str], target: str) -> str:
    return flask.render_template("account/recovery_codes.html", title=_("Recovery codes"), made=made, target=target)
