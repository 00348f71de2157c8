"""Signing in by a provider's page (OIDC, WeCom, DingTalk, Feishu): there, back, and out."""

from __future__ import annotations

import flask
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import errors
from engine.intake import rate
from engine.queries.public import sign_in_page
from engine.signing_in import declared, doors, providers, states
from engine.signing_in.providers import Provider
from web.account import auth
from web.frame import storage
from web.frame.http import errors as answers

blueprint = flask.Blueprint("outside", __name__, url_prefix="/sign-in/with")
BEGUN = "begun"
LONGEST_TARGET = 500
MOST_BEGUN = 4  # windows in which somebody signs in at the same time; a cookie must stay small


@blueprint.get("")
def ways() -> str:
    """The ways of a company that has to be named first."""
    company = flask.request.args.get("company", "").strip()
    with storage.surroundings().database.reading() as session:
        offer = sign_in_page.offer(session, flask.current_app.config["SIGN_IN"], flask.request.host, company)
    return flask.render_template("account/ways.html", title=_("Other ways to sign in"), offer=offer, company=company)


@blueprint.get("/<company>/<id>")
def begin(company: str, id: str) -> Response:
    """To the provider's page."""
    provider = _provider(company, id)
    _limit(company)
    target = auth.safe(flask.request.args.get("next", "")[:LONGEST_TARGET])
    now, database, caller = storage.now(), storage.surroundings().database, flask.request.remote_addr or ""
    begun = states.begin(company, id, target, now=now)
    try:
        address = doors.begin(database, provider, begun, _back(company, id), caller, now=now, seconds=_seconds())
    except errors.Unavailable as refusal:
        return answers.redrawn(auth.page(refusal, company), refusal)
    others = list(flask.session.get(BEGUN, {}).items())[1 - MOST_BEGUN :]
    flask.session[BEGUN] = {**dict(others), begun.state: begun.kept()}
    return flask.redirect(address)


@blueprint.get("/<company>/<id>/back")
def back(company: str, id: str) -> Response:
    """Back from there: signs in, or says why not."""
    provider = _provider(company, id)
    waiting = dict(flask.session.get(BEGUN, {}))
    kept = waiting.pop(flask.request.args.get("state", ""), None)
    flask.session[BEGUN] = waiting
    answer = {name: value[:2000] for name, value in flask.request.args.items()}
    database, address = storage.surroundings().database, flask.request.remote_addr or ""
    try:
        actor, begun = doors.by_answer(
            database, provider, kept, answer, _back(company, id), address, now=storage.now(), seconds=_seconds()
        )
    except (errors.Forbidden, errors.Unavailable) as refusal:
        return answers.redrawn(auth.page(refusal, company), refusal)
    out = id if provider.kind == declared.OIDC else ""
    return auth.let_in(actor, begun.target, provider.name, is_proven=bool(provider.setting("has_second_factor")), out=out)


@blueprint.get("/<company>/<id>/out")
def out(company: str, id: str) -> Response:
    """Ends the session with the provider, too, if that can be done from here."""
    provider = _provider(company, id)
    here = flask.url_for("auth.sign_in", _external=True)
    if provider.kind != declared.OIDC:
        return flask.redirect(here)
    try:
        return flask.redirect(providers.speaking("oidc").way_out(provider, here, seconds=_seconds()))
    except errors.Unavailable as refusal:
        return answers.redrawn(auth.page(refusal, company), refusal)


def _provider(company: str, id: str) -> Provider:
    with storage.surroundings().database.reading(company) as session:
        return providers.provider_of(session, company, id)


def _limit(company: str) -> None:
    """Refuses (TooMany) an address that begins without end: each beginning makes this server ask the provider's."""
    if not flask.current_app.config["PUBLIC_LIMITS"]:
        return
    with storage.surroundings().database.transaction(company) as session:
        is_allowed = rate.take(session, company, rate.SIGNING_IN, flask.request.remote_addr or "", now=storage.now())
    if not is_allowed:
        raise rate.refusal(rate.SIGNING_IN)


def _back(company: str, id: str) -> str:
    return flask.url_for("outside.back", company=company, id=id, _external=True)


def _seconds() -> float:
    seconds: float = flask.current_app.config["PROVIDER_SECONDS"]
    return seconds
