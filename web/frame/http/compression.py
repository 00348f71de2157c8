"""Sends pages and JSON compressed where the reader takes that; a slow line then carries a fifth to a tenth.

Secrets that stand in every page are masked (`csrf_tokens`), and the length says little, as some signs of chance are put
into the head of what is packed; both against BREACH.
"""

from __future__ import annotations

import gzip
import io
import secrets

import flask

LEAST = 1000  # octets; less fits into one packet anyhow
LEVEL = 5  # twice as fast as the default, and larger by a fiftieth
MOST_CHANCE = 100  # octets of chance
TYPES = ("text/", "application/json", "application/problem+json")


def install(app: flask.Flask) -> None:
    """Compresses what the views give, after everything else has been done to it."""
    app.after_request_funcs.setdefault(None, []).insert(0, _compressed)


def is_taken() -> bool:
    """Whether who asks takes gzip (RFC 9110, 12.5.3): named or by `*`, and not with a weight of 0."""
    return flask.request.accept_encodings["gzip"] > 0


def _compressed(response: flask.Response) -> flask.Response:
    if not _is_worth_it(response):
        return response
    response.vary.add("Accept-Encoding")
    if is_taken():
        response.set_data(_packed(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _is_worth_it(response: flask.Response) -> bool:
    """Text of some length that lies ready; what streams, and files with a coding of their own, stay as they are."""
    if response.direct_passthrough or response.is_streamed or "Content-Encoding" in response.headers:
        return False
    return (response.mimetype or "").startswith(TYPES) and len(response.get_data()) >= LEAST


def _packed(octets: bytes) -> bytes:
    chance = secrets.token_hex(MOST_CHANCE // 2)[: secrets.randbelow(MOST_CHANCE)]
    target = io.BytesIO()
    with gzip.GzipFile(chance, "wb", LEVEL, target, mtime=0) as packed:
        packed.write(octets)
    return target.getvalue()
