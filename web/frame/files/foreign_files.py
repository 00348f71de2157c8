"""Sends what others made (diagrams, forms) so that a browser saves it and never shows it as a page of ours."""

from __future__ import annotations

from urllib.parse import quote

import flask

POLICY = "default-src 'none'; sandbox"
KEPT = "private, max-age=3600"


def sent(name: str, content: bytes, *, is_kept: bool = False) -> flask.Response:
    """The content as a file of that name; `is_kept`: a version that never changes, which the browser need not ask for again."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": POLICY,
    }
    if is_kept:
        headers["Cache-Control"] = KEPT
    return flask.Response(content, mimetype="application/octet-stream", headers=headers)
