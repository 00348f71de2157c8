"""Sends what others made (diagrams, forms) so that a browser saves it and never shows it as a page of ours."""

from __future__ import annotations

import flask

from web.frame.files import naming

POLICY = "default-src 'none'; sandbox"
KEPT = "private, max-age=3600"


def sent(name: str, content: bytes, *, is_kept: bool = False) -> flask.Response:
    """The content as a file of that name; `is_kept`: a version that never changes, which the browser need not ask for again."""
    headers = {"Content-Security-Policy": POLICY, **({"Cache-Control": KEPT} if is_kept else {})}
    return naming.attached(flask.Response(content, mimetype="application/octet-stream", headers=headers), name)
