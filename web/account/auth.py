"""Who is signed in: the cookie's person, sign-in and sign-out."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

import flask
import flask_login
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import errors
from engine.people import actors, passwords
from engine.queries.public import sign_in_page
from web.frame import storage

blueprint = flask.Blueprint("auth", __name__)
manager = flask_login.LoginManager()


class SignedIn(flask_login.UserMixin):
    """What Flask-Login keeps of a signed-in person; `actor` is the engine's view."""

    def __init__(self, actor: actors.Actor) -> None:
        self.actor = actor

    def get_id(self) -> str:
        return "/".join(Identity(self.actor.company_id, self.actor.username, str(self.actor.session_epoch)))


class Identity(NamedTuple):
    """What the cookie holds: raising a person's `session_epoch` ends all sessions begun before."""

    company: str
    username: str
    epoch: str


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
        actor = actors.load(session, identity.company, identity.username)
    else:
        with storage.surroundings().database.reading(identity.company) as own:
            actor = actors.load(own, identity.company, identity.username)
    if actor is None or str(actor.session_epoch) != identity.epoch:
        return None
    return SignedIn(actor)


@blueprint.get("/sign-in")
def sign_in() -> str | Response:
    """The page that asks for company, username and password."""
    if flask_login.current_user.is_authenticated:
        return flask.redirect(flask.url_for("inbox.open_tasks"))
    return _page()


@blueprint.post("/sign-in")
def enter() -> str | Response | tuple[str, int]:
    """Signs in; a refusal tells nothing about which of the three was wrong."""
    form = flask.request.form
    company = form.get("company", "")
    try:
        actor = checked(company, form.get("username", "").strip(), form.get("password", ""))
    except errors.Forbidden as refusal:
        return _page(refusal), 422
    language = actor.language or flask.session.get("language")
    flask.session.clear()  # a cookie planted before signing in is worth nothing afterwards
    if language:
        flask.session["language"] = language
    flask.session.permanent = True
    flask_login.login_user(SignedIn(actor))
    response = flask.redirect(_safe(form.get("next")))
    response.set_cookie("company", company, max_age=flask.current_app.permanent_session_lifetime, samesite="Lax", httponly=True)
    return response


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """Ends this session."""
    flask_login.logout_user()
    flask.session.clear()
    return flask.redirect(flask.url_for("auth.sign_in"))


def checked(company: str, username: str, password: str) -> actors.Actor:
    """The person, if the password is right. The failure is counted, so it is committed before the refusal goes out.

    Raises Forbidden, or Unavailable when the store could not be asked: that says nothing about the password.
    """
    address = flask.request.remote_addr or ""
    with storage.surroundings().database.transaction() as session:
        try:
            return passwords.sign_in(session, company, username, password, address, now=storage.now())
        except errors.Forbidden as refusal:
            refused = refusal
    raise refused


def _page(refusal: errors.Refusal | None = None) -> str:
    with storage.surroundings().database.reading() as session:
        companies = sign_in_page.companies(session)
    chosen = flask.request.form.get("company") or flask.request.cookies.get("company", "")
    return flask.render_template(
        "account/sign_in.html", companies=companies, chosen=chosen, refusal=refusal, title=_("Sign in")
    )


def _safe(target: str | None) -> str:
    """Where to go after signing in: only a path of this site."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")) and not urlsplit(target).netloc:
        return target
    return flask.url_for("inbox.open_tasks")
