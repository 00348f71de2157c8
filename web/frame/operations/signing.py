"""What a page sends beside an opinion: a signature as it was drawn, or that of one's own; files; and the words of a check."""

from __future__ import annotations

import flask
from flask_babel import gettext as _

from engine import errors
from engine.basics import json_texts
from engine.cases import signatures
from engine.verbs.signed_opinions import SentBeside
from web.frame import filters


def install(app: flask.Flask) -> None:
    """Offers these to all templates."""
    app.jinja_env.filters.update(signature_word=checked)


def sent() -> SentBeside:
    """Signature and files of the form that was sent."""
    form = flask.request.form
    return SentBeside(
        drawn(form.get("signature", "")), "1" in form.getlist("kept_signature"), tuple(form.getlist("opinion_files"))
    )


def drawn(text: str) -> object:
    """The strokes that a field holds; None for an empty one, the text itself for one that holds no JSON."""
    if not text.strip():
        return None
    try:
        return json_texts.read(text)
    except errors.Invalid:
        return text


def checked(signed: signatures.Signed) -> str:
    """What a check of a signature says."""
    if not signed.is_valid:
        parts = _parts()
        return _(
            "signature not valid: altered since are %(parts)s", parts=filters.listed(parts[each] for each in signed.altered)
        )
    if signed.is_erased:
        return _("signature on record; what was signed has been destroyed")
    if signed.changed:
        return _("signature valid; changed later: %(fields)s", fields=filters.listed(signed.changed))
    return _("signature valid")


def _parts() -> dict[str, str]:
    return {
        "case": _("the case's number"),
        "step": _("the step"),
        "signer": _("signer or time"),
        "sign_in": _("the sign-in"),
        "outcome": _("the result"),
        "opinion": _("the opinion"),
        "values": _("what was filled in"),
        "files": _("the files"),
        "signature": _("the drawing"),
        "record": _("the record in the history"),
    }
