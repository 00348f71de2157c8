"""How people of the company sign in: providers, for whom a second factor is asked, and the log of signing in."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import errors
from engine.queries.organisation import reading, sign_in_settings
from engine.signing_in import attempts, declared, doors, identities, policy, providers, second_factors
from web.account import auth
from web.frame import flashes, lists, storage
from web.organisation import fields
from web.organisation.signing_in import wording

blueprint = flask.Blueprint("sign_in_settings", __name__, url_prefix="/organisation/sign-in")


@blueprint.get("")
def index() -> str:
    """All of it."""
    return _index({})


@blueprint.post("/second-factor")
def ask() -> Any:
    """For whom a second factor is asked from now on."""
    try:
        with storage.transaction() as session:
            policy.ask(session, auth.current_actor(), fields.picked("whom"), now=storage.now())
    except (errors.Conflict, errors.Invalid) as refusal:
        return _index({"": [refusal]}), 422
    flashes.say(_("Saved. Whoever is concerned and has none yet sets it up at the next sign-in."))
    return flask.redirect(flask.url_for("sign_in_settings.index"))


@blueprint.get("/new/<kind>")
def new(kind: str) -> str:
    """The fields of a new provider, for who may enter one."""
    _require_kind(kind)
    providers.require(auth.current_actor())
    return _form(kind, "", declared.defaults(kind), {})


@blueprint.get("/ways/<id>")
def edit(id: str) -> str:
    """The fields of a provider; its secret is shown to nobody."""
    with storage.reading() as session:
        row = sign_in_settings.provider(session, auth.current_actor(), id)
    return _form(row.kind, id, {**declared.defaults(row.kind), **row.settings}, {}, name=row.name, is_active=row.is_active)


@blueprint.post("/new/<kind>")
def enter(kind: str) -> Any:
    """A new provider."""
    _require_kind(kind)
    return _saved(kind, "")


@blueprint.post("/ways/<id>")
def save(id: str) -> Any:
    """A provider's settings again."""
    with storage.reading() as session:
        kind = sign_in_settings.provider(session, auth.current_actor(), id).kind
    return _saved(kind, id)


@blueprint.post("/ways/<id>/remove")
def remove(id: str) -> Response:
    """Takes a provider away."""
    with storage.transaction() as session:
        providers.remove(session, auth.current_actor(), id, now=storage.now())
    flashes.say(_("The way to sign in is taken away."))
    return flask.redirect(flask.url_for("sign_in_settings.index"))


@blueprint.post("/ways/<id>/try")
def attempt(id: str) -> Any:
    """Looks whether the provider answers as it is set up, and says what was looked at."""
    with storage.reading() as session:
        providers.require(auth.current_actor())
        provider = providers.provider_of(session, auth.current_actor().company_id, id)
    try:
        findings = attempts.attempt(provider, seconds=flask.current_app.config["PROVIDER_SECONDS"])
    except errors.Unavailable as refusal:
        return _index({"": [attempts.for_administrators(refusal)]}), 422
    return _index({}, tried=provider.name, findings=findings)


@blueprint.post("/ways/<id>/people")
def people(id: str) -> Any:
    """The people of a directory, to be looked at like a file."""
    with storage.reading():
        by = auth.current_actor()
    if by.is_auditor:
        raise errors.Forbidden(storage.READS_ALONE)
    try:
        seconds = flask.current_app.config["PROVIDER_SECONDS"]
        key = doors.sync(storage.surroundings().database, by, id, now=storage.now(), seconds=seconds)
    except (errors.Unavailable, errors.Invalid) as refusal:
        return _index({"": [attempts.for_administrators(refusal)]}), 422
    return flask.redirect(flask.url_for("people_files.look", key=key))


@blueprint.post("/people/<username>/reset")
def reset(username: str) -> Response:
    """Takes away the second factor of somebody who lost it."""
    with storage.transaction() as session:
        address = flask.request.remote_addr or ""
        second_factors.reset(session, auth.current_actor(), username, address=address, now=storage.now())
    flashes.say(_("The second factor is reset. At the next sign-in it is set up anew, where it is asked for."))
    return flask.redirect(flask.url_for("organisation.person", username=username))


@blueprint.post("/people/<username>/loosen")
def loosen(username: str) -> Response:
    """Loosens somebody from his account at a provider, when he got another there."""
    with storage.transaction() as session:
        address = flask.request.remote_addr or ""
        identities.forget(session, auth.current_actor(), username, address=address, now=storage.now())
    flashes.say(_("Loosened. The next account at the provider that is found to be this person is taken."))
    return flask.redirect(flask.url_for("organisation.person", username=username))


@blueprint.get("/log")
def log() -> str:
    """Who signed in by which way, who was refused and why, newest first."""
    text = flask.request.args.get("q", "").strip()[:100]
    with storage.reading() as session:
        page = sign_in_settings.log(session, auth.current_actor(), text, lists.wanted())
    values = {"page": page, "text": text, "words": wording, "link": lists.link}
    return flask.render_template("organisation/sign_in_log.html", title=_("Sign-in log"), **values)


def _index(faults: fields.Faults, **tried: Any) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        page = sign_in_settings.page(session, by)
    values: dict[str, Any] = {"page": page, "faults": faults, "words": wording, "by": by, "kinds": declared.KINDS, **tried}
    values |= {"is_ready": providers.is_ready}
    values |= {"whom": policy.WHOM, "sent": fields.picked("whom") if faults and flask.request.form else None}
    return flask.render_template("organisation/sign_in.html", title=_("Signing in"), **values)


def _saved(kind: str, id: str) -> Any:
    form = flask.request.form
    settings = {field.name: _sent(field) for field in declared.FIELDS.get(kind, ())}
    name, wanted = form.get("name", "").strip(), id or form.get("id", "").strip()
    is_active = not id or "is_active" in form
    try:
        with storage.transaction() as session:
            by, secret = auth.current_actor(), form.get("secret", "")
            providers.require(by)
            if not id:
                sign_in_settings.require_free(session, by, wanted)
            providers.save(session, by, wanted, kind, name, settings, secret=secret, is_active=is_active, now=storage.now())
    except errors.Invalid as refusal:
        faults = fields.faults(refusal)
        return _form(kind, id, settings, faults, name=name, is_active=is_active, wanted=wanted), 422
    flashes.say(_("Saved. Please try it in another browser before you sign out here."))
    return flask.redirect(flask.url_for("sign_in_settings.index"))


def _require_kind(kind: str) -> None:
    """404 for a kind that there is not, once it is known that the person may look here."""
    with storage.reading() as session:
        reading.company(session, auth.current_actor())
    if kind not in declared.KINDS:
        flask.abort(404)


def _sent(field: declared.ProviderField) -> Any:
    if field.kind == declared.SWITCH:
        return field.name in flask.request.form
    if field.kind == declared.LINES:
        return [line.strip() for line in flask.request.form.get(field.name, "").splitlines() if line.strip()]
    return flask.request.form.get(field.name, "")


def _form(
    kind: str,
    id: str,
    settings: dict[str, Any],
    faults: fields.Faults,
    *,
    name: str = "",
    is_active: bool = True,
    wanted: str = "",
) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        reading.company(session, by)
        has_secret = bool(id) and sign_in_settings.provider(session, by, id).sealed is not None
    shown = id or wanted or kind
    values: dict[str, Any] = {"kind": kind, "id": id, "settings": settings, "faults": faults, "name": name, "shown": shown}
    values |= {"is_active": is_active, "has_secret": has_secret, "words": wording, "parts": wording.parts(kind)}
    values |= {"declared": declared}
    values |= {"back": flask.url_for("outside.back", company=by.company_id, id=shown, _external=True)}
    values |= {"may_change": by.is_administrator}
    return flask.render_template("organisation/sign_in_form.html", title=wording.kind(kind), **values)
