"""From refusals and failures to answers: one table of statuses, one page and one JSON problem."""

from __future__ import annotations

import logging
from typing import Any, cast
from urllib.parse import quote, urlsplit

import flask
import flask_login
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import csrf
from sqlalchemy import exc
from werkzeug import exceptions
from werkzeug.wrappers import Response

from engine import errors
from engine.files import files
from engine.storage import error_log
from web.frame import i18n, storage

STATUS: dict[type[errors.Refusal], int] = {
    errors.NotFound: 404,
    errors.Forbidden: 403,
    errors.Conflict: 409,
    errors.Invalid: 422,
    errors.TooLarge: 413,
    errors.Unavailable: 503,
    errors.TooMany: 429,
}
JSON_PREFIXES = ("/v2/", "/hooks/", "/oauth/", "/scim/")
FOR_STRANGERS = frozenset({"auth", "public", "following", "hooks", "set_up", "password_codes", "preferences"})  # blueprints
OWN = ("csrf_token", "receipt")  # fields of a public form that the page itself fills in
WORDED = ("reason", "text", "opinion")  # fields of forms and dialogs in which somebody writes sentences
RETRY_SECONDS = 10
CHALLENGE = 'Basic realm="Banjie", charset="UTF-8", Bearer realm="Banjie"'  # RFC 7617, RFC 6750
UNKNOWN_TOKEN = 'Bearer realm="Banjie", error="invalid_token"'
CODES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "INVALID_STATE",
    413: "CONTENT_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}

HEADINGS = {
    400: lazy_gettext("This could not be understood"),
    403: lazy_gettext("You do not have access"),
    404: lazy_gettext("Not found"),
    405: lazy_gettext("This cannot be done here"),
    409: lazy_gettext("This cannot be done now"),
    413: lazy_gettext("This is too large"),
    422: lazy_gettext("Something is not right yet"),
    429: lazy_gettext("Please wait a little"),
    503: lazy_gettext("Please try again in a moment"),
}
SENTENCES = {
    400: lazy_gettext("What was sent is incomplete or damaged. Please load the page again."),
    401: lazy_gettext(
        "Please say who you are: company/username and password (HTTP Basic), or the token of a machine account (Bearer). Nobody is known by what was sent."
    ),
    403: lazy_gettext("This is not for you to do. If it was before, load the page again."),
    404: lazy_gettext("There is nothing here under this address, or you may not view it."),
    405: lazy_gettext("This address is not made for that. Please go back to the page you came from."),
    413: lazy_gettext("What was sent is larger than the %(most)s MB that are taken at once. Please choose smaller files."),
    415: lazy_gettext("This kind of content is not accepted here."),
}
MUST_CHANGE = "Somebody else knows your password. Please change it first, on the page “Change password”."
log = logging.getLogger(__name__)


def install(app: flask.Flask) -> None:
    """Every refusal, HTTP error and unforeseen failure gets a page of the design, or a problem+json for the API."""
    app.register_error_handler(errors.Refusal, refused)
    app.register_error_handler(storage.PasswordKnown, _must_change_password)
    app.register_error_handler(csrf.CSRFError, _stale)
    app.register_error_handler(exceptions.HTTPException, _http_error)
    for unstorable in (exc.DataError, OverflowError):
        app.register_error_handler(unstorable, _unstorable)
    app.register_error_handler(OSError, _system_failed)
    app.register_error_handler(Exception, _failed)


def _must_change_password(_error: storage.PasswordKnown) -> Response:
    """To the page where the password is changed; a program is told."""
    if flask.request.path.startswith(JSON_PREFIXES):
        return refused(errors.Forbidden(MUST_CHANGE))
    return flask.redirect(flask.url_for("password.show"))


def status(refusal: errors.Refusal) -> int:
    """The HTTP status of a refusal: that of its class, or of the nearest class above it."""
    return next(STATUS[cls] for cls in type(refusal).__mro__ if cls in STATUS)


def refused(refusal: errors.Refusal) -> Response:
    """The answer to a request that is turned down: a page, or for a program a problem+json."""
    fields = {name: [i18n.worded(each) for each in refusals] for name, refusals in refusal.fields.items()}
    heading = _("Somebody was faster") if isinstance(refusal, errors.Overtaken) else ""
    return _waiting(_answer(status(refusal), i18n.worded(refusal), fields, heading), refusal)


def redrawn(page: str, refusal: errors.Refusal) -> Response:
    """A form's page drawn again with its refusal: 422, but for who has to wait 429 with the time to wait, or 503."""
    code = status(refusal) if isinstance(refusal, errors.TooMany | errors.Unavailable) else 422
    return _waiting(flask.Response(page, status=code, headers=retry(code)), refusal)


def _waiting(response: Response, refusal: errors.Refusal) -> Response:
    """Tells a client that asks by itself when it may ask again (RFC 6585, clause 4)."""
    if isinstance(refusal, errors.TooMany):
        response.headers["Retry-After"] = str(refusal.seconds)
    return response


def _stale(_error: csrf.CSRFError) -> Response:
    is_theirs = flask.request.blueprint not in FOR_STRANGERS and not _wants_json()
    if is_theirs and not flask_login.current_user.is_authenticated:  # the session ended while the page was open
        return _to_sign_in()
    return _answer(400, _("This page has been open too long, or you signed in again since. Please load it again."))


def _http_error(error: exceptions.HTTPException) -> Response:
    if isinstance(error, exceptions.HTTPException) and error.response is not None:
        return cast(Response, error.response)
    code = error.code or 500
    if code == 401 and not _wants_json():
        return _to_sign_in()
    if code < 400:  # a redirect of the router
        return error.get_response()
    if code == 405 and _is_loaded_again():
        return flask.redirect(_page_above(flask.request.path))
    return _answer(code, sentence(code))


def _is_loaded_again() -> bool:
    """Whether somebody opens, or loads again, the address to which a form was sent."""
    return flask.request.method in ("GET", "HEAD") and not _wants_json() and "HX-Request" not in flask.request.headers


def _page_above(path: str) -> str:
    """The page to which the address of a form belongs: the nearest above it that can be opened, else the first of all."""
    routes = flask.current_app.url_map.bind("")
    while path := path.rpartition("/")[0]:
        if routes.test(path, method="GET"):
            return path
    return "/"


def _unstorable(_error: Exception) -> Response:
    """A number too large or a character that no database takes (NUL): wrong input, whichever field it came by."""
    return _answer(400, sentence(400))


def _system_failed(error: OSError) -> Response:
    """A disk that is full also where a request's files are laid down before anybody asks for them."""
    return refused(errors.Unavailable(files.NO_ROOM)) if error.errno in files.FULL else _failed(error)


def _failed(error: Exception) -> Response:
    log.error("A request failed: %s", error_log.told(error))
    return _answer(500, sentence(500))


def _to_sign_in() -> Response:
    """To the page that asks who it is, and from there back to what was asked for, or to the form that was sent."""
    is_sent = flask.request.method != "GET"
    asked = (_form_page() or "/") if is_sent else flask.request.full_path.rstrip("?")
    target = f"{flask.url_for('auth.sign_in')}?next={quote(asked)}{'&kept=1' if is_sent else ''}"
    if "X-Autosave" in flask.request.headers:
        return flask.Response(status=401)
    if flask.request.headers.get("HX-Request"):
        return flask.Response(status=401, headers={"HX-Redirect": target})
    return flask.redirect(target)


def _form_page() -> str | None:
    """The page of ours from which a form was sent, as a path that can be opened again."""
    came = urlsplit(flask.request.referrer or "")
    if came.netloc != flask.request.host:
        return None
    routes = flask.current_app.url_map.bind("")
    for path in (came.path, came.path.rpartition("/")[0]):  # a refused form stands at its own address, below its page
        if path and routes.test(path, method="GET"):
            return f"{path}?{came.query}" if came.query else path
    return None


def _answer(code: int, sentence: str, fields: dict[str, list[str]] | None = None, heading: str = "") -> Response:
    if _wants_json():
        return problem(code, sentence, fields)
    heading = heading or _heading(code)
    flask.g.error = code  # the shell then asks the database for nothing, which may be the trouble
    page = "frame/errors/fragment.html" if flask.request.headers.get("HX-Request") else "frame/errors/page.html"
    can_repeat = code == 503 and flask.request.method == "GET"
    words = {"code": code, "heading": heading, "title": heading, "sentence": sentence, "can_repeat": can_repeat}
    words["is_public"] = _is_public()
    words["form_page"] = _form_page() if flask.request.method == "POST" else None
    words["typed"] = _typed() if code in (403, 409, 429) else []
    return flask.Response(flask.render_template(page, **words), status=code, headers=retry(code))


def _is_public() -> bool:
    """Whether somebody is on the public pages, who has no inbox."""
    return flask.request.path.startswith("/p/")


def _typed() -> list[str]:
    """What somebody wrote in his own words and could not send: it is shown to him, so that he loses nothing."""
    sent = flask.request.form if flask.request.method == "POST" else {}
    fields = WORDED if not _is_public() else [name for name in sent if name not in OWN]  # a stranger has no draft either
    return [text for name in fields if (text := sent.get(name, "").strip())]


def retry(code: int) -> dict[str, str]:
    """When to come back, as RFC 9110 (10.2.3) says it, for browsers and clients that repeat by themselves."""
    return {"Retry-After": str(RETRY_SECONDS)} if code == 503 else {}


def problem(code: int, sentence: str, fields: dict[str, list[str]] | None = None, **more: Any) -> Response:
    """A problem+json (RFC 9457); the API calls every wrong request a 400, `errors` says which fields.

    `title` is a word for programs, the same in every language; `more` are further members.
    """
    status = 400 if code == 422 else code
    told = {
        "type": "about:blank",
        "status": status,
        "title": CODES.get(status, "INTERNAL_ERROR"),
        "detail": sentence,
        "instance": flask.request.path,
    }
    body = {**told, **more, "errors": fields} if fields else {**told, **more}
    headers = {**retry(code), **({"WWW-Authenticate": _challenge()} if code == 401 else {})}
    return flask.Response(flask.json.dumps(body), status=status, mimetype="application/problem+json", headers=headers)


def _challenge() -> str:
    """How one may say who one is; whoever sent a token hears that it was the token."""
    sent = flask.request.authorization
    return UNKNOWN_TOKEN if sent is not None and sent.type == "bearer" else CHALLENGE


def _wants_json() -> bool:
    return flask.request.path.startswith(JSON_PREFIXES)


def _heading(code: int) -> str:
    return str(HEADINGS[code]) if code in HEADINGS else _("Something went wrong")


def sentence(code: int) -> str:
    """What an HTTP error says to its reader."""
    if code not in SENTENCES:
        return _("It is our fault, not yours. Nothing of this was saved; please try again.")
    most = (flask.current_app.config["MAX_CONTENT_LENGTH"] or 0) // 1024**2 - 1  # files, and what goes with them
    return str(SENTENCES[code]) % {"most": most}
