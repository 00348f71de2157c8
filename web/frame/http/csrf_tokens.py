"""The token of each form, behind a mask that is new in every answer, so that answers may be compressed.

Who can have a page fetched with a text of his choice in it, and sees its length, guesses a secret that stands unmasked in
a compressed page sign by sign (BREACH). Behind the mask no two answers show the same signs.
"""

from __future__ import annotations

import base64
import binascii
import secrets

import flask
from flask_wtf import csrf

PLAIN = "."  # stands in a token without a mask, as pages hold it that were opened before tokens were masked


class MaskedProtection(csrf.CSRFProtect):
    """Flask-WTF's protection, whose tokens wear masks."""

    def init_app(self, app: flask.Flask) -> None:
        """Registers the check of every changing request, and `csrf_token()` for templates."""
        super().init_app(app)
        app.jinja_env.globals["csrf_token"] = token
        app.context_processor(lambda: {"csrf_token": token})

    def _get_csrf_token(self) -> str | None:
        sent = super()._get_csrf_token()
        return unmasked(sent) if sent else None


def token() -> str:
    """The session's token as this answer shows it; the same in all forms of one answer."""
    if "masked_token" not in flask.g:
        flask.g.masked_token = masked(csrf.generate_csrf())
    return str(flask.g.masked_token)


def check(sent: str | None) -> None:
    """Raises `CSRFError` unless what was sent is a token of this session."""
    try:
        csrf.validate_csrf(unmasked(sent or ""))
    except csrf.ValidationError as error:
        raise csrf.CSRFError(str(error)) from error


def masked(plain: str) -> str:
    """The token behind a new mask: base64 of the mask and of the token under it."""
    mask = secrets.token_bytes(len(plain))
    return base64.urlsafe_b64encode(mask + _under(mask, plain.encode())).decode()


def unmasked(sent: str) -> str:
    """The token that was sent; "" for what is none."""
    if PLAIN in sent:
        return sent
    try:
        octets = base64.b64decode(sent, altchars=b"-_", validate=True)
        return _under(octets[: len(octets) // 2], octets[len(octets) // 2 :]).decode("ascii")
    except (binascii.Error, ValueError):
        return ""


def _under(mask: bytes, octets: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(mask, octets, strict=False))
