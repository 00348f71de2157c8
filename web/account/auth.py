"""Who is signed in: the cookie's person, sign-in and sign-out."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

import flask
import flask_login
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import errors
from engine.people import actors, passwords, sign_ins
from engine.queries.public import sign_in_page
from engine.storage import installation
from web.frame import storage
from web.frame.http import errors as answers
from web.frame.http import security

blueprint = flask.Blueprint("auth", __name__)
manager = flask_login.LoginManager()
KEY_DIGITS = 19  # shorter than that is a number that every database takes


class SignedIn(flask_login.UserMixin):
    """What Flask-Login keeps of a signed-in person; `actor` is the engine's view."""

    def __init__(self, actor: actors.Actor) -> None:
        self.actor = actor

    def get_id(self) -> str:
        actor = self.actor
        return "/".join(Identity(actor.company_id, actor.username, str(actor.session_epoch), str(actor.sign_in)))


class Identity(NamedTuple):
    """What the cookie holds: `sign_in` is the session, which ends when its row goes; a raised `session_epoch` ends all."""

    company: str
    username: str
    epoch: str
    sign_in: str


def install(app: flask.Flask) -> None:
    """Registers the sign-in pages and the loading of the signed-in person."""
    manager.init_app(app, add_context_processor=False)  # its own would ask the database for every template, also an error's
    app.register_blueprint(blueprint)


def current_actor() -> actors.Actor:
    """The person behind this request; 401 if there is none."""
    if not flask_login.current_user.is_authenticated:
        flask.abort(401)
    actor: actors.Actor = flask_login.current_user.actor
    return actor


def recognised() -> actors.Actor | None:
    """The person behind this request if he is known by now; never asks the database."""
    found = flask.g.get("_login_user")
    return found.actor if isinstance(found, SignedIn) else None


@manager.user_loader
def _load(text: str) -> SignedIn | None:
    parts = text.split("/")
    if len(parts) != len(Identity._fields):
        return None
    identity = Identity(*parts)
    session = flask.g.get("session")
    if session is not None:
        actor = _named(session, identity)
    else:
        with storage.surroundings().database.reading(identity.company) as own:
            actor = _named(own, identity)
    if actor is None or actor.sign_in is None or str(actor.session_epoch) != identity.epoch:
        return None
    return SignedIn(actor)


def _named(session: Session, identity: Identity) -> actors.Actor | None:
    key = int(identity.sign_in) if identity.sign_in.isdecimal() and len(identity.sign_in) < KEY_DIGITS else None
    return actors.load(session, identity.company, identity.username, key, now=storage.now())


@blueprint.get("/sign-in")
def sign_in() -> str | Response:
    """The page that asks for company, username and password."""
    if flask_login.current_user.is_authenticated:
        return flask.redirect(flask.url_for("inbox.open_tasks"))
    with storage.surroundings().database.reading() as session:
        is_to_be_set_up = installation.mark(session, installation.SET_UP) is not None
    return flask.redirect(flask.url_for("set_up.show")) if is_to_be_set_up else _page()


@blueprint.post("/sign-in")
def enter() -> Response:
    """Signs in; a refusal tells nothing about which of the three was wrong."""
    form = flask.request.form
    try:
        with storage.surroundings().database.reading() as session:
            company = sign_in_page.company_of(session, form.get("company", "").strip())
        actor = checked(company, form.get("username", "").strip(), form.get("password", ""), begins_session=True)
    except (errors.Forbidden, errors.TooMany) as refusal:
        return answers.redrawn(_page(refusal), refusal)
    language = actor.language or flask.session.get("language")
    flask.session.clear()  # a cookie planted before signing in is worth nothing afterwards
    if language:
        flask.session["language"] = language
    flask.session.permanent = True
    flask_login.login_user(SignedIn(actor))
    response = flask.redirect(_safe(form.get("next")))
    security.set_cookie(response, "company", company)
    return response


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """Ends this session, also for whoever saved its cookie; other devices stay signed in."""
    return _left(sign_ins.end)


@blueprint.post("/sign-out/everywhere")
def sign_out_everywhere() -> Response:
    """Ends all sessions of the person, on every device."""
    return _left(lambda session, by: sign_ins.end_all(session, by.company_id, by.username))


def _left(end: Callable[[Session, actors.Actor], None]) -> Response:
    if flask_login.current_user.is_authenticated:
        with storage.transaction() as session:
            end(session, current_actor())
    flask_login.logout_user()
    flask.session.clear()
    return flask.redirect(flask.url_for("auth.sign_in"))


def checked(company: str, username: str, password: str, *, begins_session: bool = False) -> actors.Actor:
    """The person, if the password is right. Raises Forbidden, or TooMany for who has to wait.

    Unavailable when the store could not be asked: that says nothing about the password.
    """
    address, database = flask.request.remote_addr or "", storage.surroundings().database
    return passwords.sign_in(database, company, username, password, address, now=storage.now(), begins_session=begins_session)


def _page(refusal: errors.Refusal | None = None) -> str:
    with storage.surroundings().database.reading() as session:
        offer = sign_in_page.offer(session, flask.current_app.config["SIGN_IN"], flask.request.host)
    chosen = flask.request.form.get("company") or flask.request.cookies.get("company", "")
    return flask.render_template("account/sign_in.html", offer=offer, chosen=chosen, refusal=refusal, title=_("Sign in"))


def _safe(target: str | None) -> str:
    """Where to go after signing in: only a path of this site."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")) and not urlsplit(target).netloc:
        return target
    return flask.url_for("inbox.open_tasks")
