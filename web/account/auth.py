"""Who is signed in: the cookie's person, sign-in and sign-out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import NamedTuple
from urllib.parse import urlsplit

import flask
import flask_login
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import errors
from engine.people import actors
from engine.people.credentials import sign_ins
from engine.queries.public import sign_in_page
from engine.signing_in import doors, events, providers, second_factors
from engine.storage import installation
from web.frame import storage
from web.frame.http import errors as answers
from web.frame.http import security

blueprint = flask.Blueprint("auth", __name__)
manager = flask_login.LoginManager()
KEY_DIGITS = 19  # shorter than that is a number that every database takes
HALF_WAY, HALF_WAY_GOOD_FOR = "half_way", timedelta(minutes=10)
OUT, LEFT = "out", "left"  # the provider that somebody came by, while he is here and after he has left
PROVIDER_SECONDS = 10.0  # how long a provider may take to each answer


@dataclass(frozen=True)
class HalfWay:
    """Somebody who still owes the second factor, and where he goes then."""

    actor: actors.Actor
    target: str
    provider: str
    out: str


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
    app.config.setdefault("PROVIDER_SECONDS", PROVIDER_SECONDS)


def current_actor() -> actors.Actor:
    """The person behind this request; 401 if there is none."""
    if not flask_login.current_user.is_authenticated:
        flask.abort(401)
    actor: actors.Actor = flask_login.current_user.actor
    return actor


def recognised() -> actors.Actor | None:
    """The person behind this request if he is known by now; never asks the database."""
    user = flask.g.get("_login_user")
    return user.actor if isinstance(user, SignedIn) else None


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
    return flask.redirect(flask.url_for("set_up.show")) if is_to_be_set_up else page()


@blueprint.post("/sign-in")
def enter() -> Response:
    """Signs in; a refusal tells nothing about which of the three was wrong."""
    form = flask.request.form
    try:
        with storage.surroundings().database.reading() as session:
            company = sign_in_page.company_of(session, form.get("company", "").strip())
        actor, provider = checked(company, form.get("username", "").strip(), form.get("password", ""))
    except (errors.Forbidden, errors.TooMany, errors.Unavailable) as refusal:
        return answers.redrawn(page(refusal), refusal)
    return let_in(actor, form.get("next"), provider.name if provider else "")


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """Ends this session, also for whoever saved its cookie; other devices stay signed in."""
    return _left(sign_ins.end)


@blueprint.post("/sign-out/everywhere")
def sign_out_everywhere() -> Response:
    """Ends all sessions of the person, on every device."""
    return _left(lambda session, by: sign_ins.end_all(session, by.company_id, by.username))


def _left(end: Callable[[Session, actors.Actor], None]) -> Response:
    company, out = storage.company(), flask.session.get(OUT)
    if flask_login.current_user.is_authenticated:
        with storage.transaction() as session:
            end(session, current_actor())
    flask_login.logout_user()
    flask.session.clear()
    if company and out:
        flask.session[LEFT] = [company, out]
    return flask.redirect(flask.url_for("auth.sign_in"))


def let_in(actor: actors.Actor, target: str | None, provider: str = "", *, is_proven: bool = False, out: str = "") -> Response:
    """Begins a session and goes to `target`; first to the second factor where one is asked and not `is_proven`.

    `provider` is who said who it is, for the log; `out` is the provider's id whose own session can be ended, too.
    """
    database, now = storage.surroundings().database, storage.now()
    with database.transaction(actor.company_id) as session:
        if not is_proven and second_factors.is_asked(session, actor):
            return _to_second_factor(actor, target, provider, out)
        begun = sign_ins.begin(session, actor.company_id, actor.username, now=now)
        note = partial(events.note, session, actor.company_id, events.SIGNED_IN, now=now)
        note(provider=provider, username=actor.username, address=flask.request.remote_addr or "")
        again = actors.load(session, actor.company_id, actor.username, begun, now=now)
    if again is None:  # disabled this very moment
        flask.abort(401)
    _fresh_session(again.language)
    flask.session.permanent = True
    if out:
        flask.session[OUT] = out
    flask_login.login_user(SignedIn(again))
    response = flask.redirect(safe(target))
    security.set_cookie(response, "company", actor.company_id)
    return response


def half_signed_in() -> HalfWay | None:
    """Who has given a right password, or was named by a provider, and still owes the second factor."""
    kept = flask.session.get(HALF_WAY)
    if not kept or kept["at"] + HALF_WAY_GOOD_FOR.total_seconds() < storage.now().timestamp():
        return None
    with storage.surroundings().database.reading(kept["company"]) as session:
        actor = actors.load(session, kept["company"], kept["username"], now=storage.now())
    if actor is None or actor.session_epoch != kept["epoch"]:
        return None
    return HalfWay(actor, kept["target"], kept["provider"], kept["out"])


def checked(company: str, username: str, password: str) -> tuple[actors.Actor, providers.Provider | None]:
    """The person, if the password is right, and the directory if that knew it. Raises Forbidden, or TooMany for who has to wait.

    Unavailable when the store or the directory could not be asked: that says nothing about the password.
    """
    address, database = flask.request.remote_addr or "", storage.surroundings().database
    seconds = flask.current_app.config["PROVIDER_SECONDS"]
    return doors.by_password(database, company, username, password, address, now=storage.now(), seconds=seconds)


def page(refusal: errors.Refusal | None = None, company: str = "") -> str:
    """The sign-in page; with a refusal, and for a company that is known already."""
    chosen = company or flask.request.values.get("company") or flask.request.cookies.get("company", "")
    with storage.surroundings().database.reading() as session:
        offer = sign_in_page.offer(session, flask.current_app.config["SIGN_IN"], flask.request.host, chosen.strip())
    left = flask.session.pop(LEFT, None)
    values = {"offer": offer, "chosen": chosen, "refusal": refusal, "left": left}
    return flask.render_template("account/sign_in.html", **values, title=_("Sign in"))


def safe(target: str | None) -> str:
    """Where to go after signing in: only a path of this site."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")) and not urlsplit(target).netloc:
        return target
    return flask.url_for("inbox.open_tasks")


def _to_second_factor(actor: actors.Actor, target: str | None, provider: str, out: str) -> Response:
    """Keeps who it is, in a cookie that opens nothing but the second factor, for a few minutes."""
    _fresh_session(actor.language)
    flask.session[HALF_WAY] = {
        "company": actor.company_id,
        "username": actor.username,
        "epoch": actor.session_epoch,
        "at": int(storage.now().timestamp()),
        "target": safe(target),
        "provider": provider,
        "out": out,
    }
    return flask.redirect(flask.url_for("second_factor.ask"))


def _fresh_session(language: str | None) -> None:
    """A cookie planted before signing in is worth nothing afterwards."""
    language = language or flask.session.get("language")
    flask.session.clear()
    if language:
        flask.session["language"] = language
