"""The header `Idempotency-Key`: what is sent again with the same key is done once."""

from __future__ import annotations

import hashlib

import flask

from engine import errors

HEADER = "Idempotency-Key"
LONGEST = 255


def mark() -> str:
    """What this request is known by when it is sent again, "" without the header; a digest, as a key may be longer than is kept."""
    given = flask.request.headers.get(HEADER)
    if given is None:
        return ""
    if not given.strip() or len(given) > LONGEST:
        raise errors.Invalid("An Idempotency-Key has 1 to %(most)s characters.", most=LONGEST)
    return f"api-{hashlib.blake2b(given.encode(), digest_size=16).hexdigest()}"
