"""What guards every page: content security policy, headers, CSRF tokens, cookie flags, size limits."""

from __future__ import annotations

import flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from engine import environment
from engine.people.credentials import sign_ins
from web.frame.http import compression, csrf_tokens

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "manifest-src 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
MAX_REQUEST_BYTES = 32 * 1024 * 1024

protection = csrf_tokens.MaskedProtection()


def install(app: flask.Flask, chosen: environment.Settings) -> None:
    """Sets cookie flags and limits, and adds the headers to every answer."""
    app.config.update(
        SECRET_KEY=chosen.secret_key or environment.kept_secret(chosen.data),  # opening may have made it
        SESSION_COOKIE_NAME="banjie",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=chosen.secure_cookies,
        PERMANENT_SESSION_LIFETIME=sign_ins.LIFETIME,
        SESSION_REFRESH_EACH_REQUEST=False,  # else an answer in the background brings an older cookie back, as after sign-out
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=5000,
        PUBLIC_LIMITS=chosen.public_limits,
        WTF_CSRF_TIME_LIMIT=None,  # a form may stay open all day; the token ends with the session
        WTF_CSRF_SSL_STRICT=chosen.secure_cookies,
    )
    protection.init_app(app)
    compression.install(app)
    app.after_request(_harden)
    if chosen.secure_cookies:
        app.after_request(_insist_on_https)
    if chosen.proxies:  # else anybody could pass for another address in the headers
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=chosen.proxies, x_proto=chosen.proxies, x_host=chosen.proxies)  # type: ignore[method-assign]


def set_cookie(response: Response, name: str, value: str) -> None:
    """A cookie beside the session's, guarded as that is and kept as long."""
    config = flask.current_app.config
    response.set_cookie(
        name,
        value,
        max_age=sign_ins.LIFETIME,
        secure=config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite=config["SESSION_COOKIE_SAMESITE"],
    )


def _insist_on_https(response: flask.Response) -> flask.Response:
    response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def _harden(response: flask.Response) -> flask.Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
