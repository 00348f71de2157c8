"""The first day: an empty installation is set up by whoever has the code that `banjie serve` printed."""

from __future__ import annotations

import hmac
from typing import Any
from zoneinfo import available_timezones

import flask
import flask_login
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import errors
from engine.basics import codes
from engine.deploying.company_files import founding
from engine.deploying.company_files.founding import Founding
from engine.files import sheets
from engine.people import actors
from engine.people.credentials import passwords, sign_ins
from engine.signing_in import events
from engine.storage import installation
from web.account import auth
from web.frame import storage
from web.frame.http import errors as answers
from web.frame.http import security

blueprint = flask.Blueprint("set_up", __name__)

ACCOUNT = "the set-up code"  # whose wrong ones are counted: no username may look so
KEPT = "set_up"
WRONG = "This is not the code. `banjie serve` prints it where it was started; each start makes another one."
Rows = tuple[tuple[str, ...], ...]
MOST_KEPT = 2 * 1024 * 1024  # octets of a file's rows in the form; a form may hold twice as much
ANSWERS = ("name", "id", "time_zone", "calendar", "working_hours", "administrator_name", "administrator", "email")


def expected() -> str | None:
    """The digest of the code, while the installation may be set up; None once there is a company."""
    with storage.surroundings().database.reading() as session:
        return installation.mark(session, installation.SET_UP) if founding.is_empty(session) else None


@blueprint.get("/set-up")
def show() -> str:
    """Asks for the code, then for the company."""
    return _form() if _is_let_in(_expected()) else _code()


@blueprint.post("/set-up/code")
def enter() -> Response:
    """Lets in whoever has the code; wrong ones are counted as at the door."""
    wanted, address, database = _expected(), flask.request.remote_addr or "", storage.surroundings().database
    try:
        passwords.attempt(database, ACCOUNT, address, now=storage.now())
    except errors.TooMany as waiting:
        return answers.redrawn(_code(waiting), waiting)
    given = codes.digest(flask.request.form.get("code", ""))
    if not hmac.compare_digest(given, wanted):
        refusal = errors.Forbidden(WRONG)
        return answers.redrawn(_code(refusal), refusal)
    passwords.forgive(database, ACCOUNT, address)
    flask.session[KEPT] = given
    return flask.redirect(flask.url_for("set_up.show"))


@blueprint.post("/set-up")
def found() -> Response:
    """Sets up the company with its administrator, who is signed in then; what is wrong is said beside the answers."""
    wanted = _expected()
    if not _is_let_in(wanted):
        flask.abort(403)
    try:
        new = _answers()
        with storage.surroundings().database.transaction() as session:
            if not founding.is_empty(session) or not installation.drop(session, installation.SET_UP, wanted):
                flask.abort(404)
            founding.found(session, new, now=storage.now())
            begun = sign_ins.begin(session, new.id, new.administrator, now=storage.now())
            address = flask.request.remote_addr or ""
            events.note(session, new.id, events.SIGNED_IN, username=new.administrator, address=address, now=storage.now())
            actor = actors.load(session, new.id, new.administrator, begun)
    except errors.Invalid as refusal:
        return answers.redrawn(_form(refusal), refusal)
    return _signed_in(actor)


def _expected() -> str:
    return expected() or flask.abort(404)


def _is_let_in(wanted: str) -> bool:
    return hmac.compare_digest(str(flask.session.get(KEPT, "")), wanted)


def _signed_in(actor: actors.Actor | None) -> Response:
    if actor is None:
        flask.abort(404)
    language = flask.session.get("language")
    flask.session.clear()
    if language:
        flask.session["language"] = language
    flask.session.permanent = True
    flask_login.login_user(auth.SignedIn(actor))
    response = flask.redirect(flask.url_for("templates.choose"))
    security.set_cookie(response, "company", actor.company_id)
    return response


def _answers() -> Founding:
    """What was answered. Raises Invalid with what is wrong, by answer."""
    form = {name: flask.request.form.get(name, "").strip() for name in ANSWERS}
    password = flask.request.form.get("password", "")
    fields: dict[str, list[errors.Refusal]] = {}
    people: Rows = ()
    try:
        people, _name = _file()
    except errors.Invalid as refusal:
        fields["people"] = refusal.fields.get("people") or [refusal]
    new = Founding(password=password, people=people, **form)
    fields |= founding.faults(new)
    if not password:
        fields["password"] = [errors.Refusal("Please choose a password.")]
    elif password != flask.request.form.get("repeated", ""):
        fields["repeated"] = [errors.Refusal(founding.NOT_SAME)]
    if fields:
        raise errors.Invalid("Some answers are missing or wrong.", fields=fields)
    return new


def _file() -> tuple[Rows, str]:
    """The file of people and its name: the one that is sent, else the one that came with answers that had to be mended.

    A browser forgets which file was chosen, so its rows come back with the form. Raises Invalid.
    """
    form, sent = flask.request.form, flask.request.files.get("people")
    if sent is not None and sent.filename:
        sent.seek(0)  # it is read a second time for a form with faults
        return founding.people_rows(sent.read()), str(sent.filename)[:100]
    return founding.kept_rows(form.get("kept_people", "")), form.get("kept_name", "")[:100]


def _kept() -> dict[str, str | int]:
    """What the form holds of the file: nothing of one that has faults, or is too large for a form."""
    try:
        rows, name = _file()
    except errors.Invalid:
        return {}
    text = sheets.keep(rows) if rows else ""
    return {"rows": text, "name": name, "number": len(rows) - 1} if 0 < len(text.encode()) <= MOST_KEPT else {}


def _code(refusal: errors.Refusal | None = None) -> str:
    return flask.render_template("account/set_up_code.html", title=_("Set up"), refusal=refusal)


def _form(refusal: errors.Refusal | None = None) -> str:
    given: dict[str, Any] = {"time_zone": "Asia/Shanghai", "calendar": "cn", "working_hours": founding.DEFAULT_HOURS}
    given |= {name: flask.request.form[name] for name in ANSWERS if name in flask.request.form}
    faults = {name: refusals[0] for name, refusals in refusal.fields.items()} if refusal else {}
    lines = refusal.fields.get("people", []) if refusal else []
    return flask.render_template(
        "account/set_up.html",
        title=_("Set up"),
        given=given,
        faults=faults,
        lines=lines,
        kept={} if lines else _kept(),
        zones=sorted(available_timezones()),
        refusal=refusal,
        wide=True,
    )
