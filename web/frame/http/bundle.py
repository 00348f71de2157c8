"""Serves the built front end: names with content hashes, compressed copies, kept by browsers for ever."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import flask

from web.frame.http import compression

DIST = Path(__file__).resolve().parents[2] / "static" / "dist"
FOR_EVER = "public, max-age=31536000, immutable"

blueprint = flask.Blueprint("bundle", __name__)


def install(app: flask.Flask) -> None:
    """Registers the address of the files and gives templates `asset('app.css')`."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals["asset"] = asset


def asset(name: str) -> str:
    """The address of a built file, by its plain name."""
    return flask.url_for("bundle.file", name=_manifest().get(name, name))


@blueprint.get("/assets/<name>")
def file(name: str) -> flask.Response:
    """One built file, compressed where the browser takes that."""
    if name not in _manifest().values():
        flask.abort(404)
    compressed = compression.is_taken()
    response = flask.send_file(DIST / (f"{name}.gz" if compressed else name), mimetype=_media_type(name), conditional=True)
    if compressed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers.update({"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"})
    return response


def _media_type(name: str) -> str:
    types = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
    return types.get(name.rsplit(".", 1)[-1], "application/octet-stream")


def _manifest() -> dict[str, str]:
    """Hashed names by plain names; empty when the front end is not built, pages then work unstyled."""
    path = DIST / "manifest.json"
    return _read(path, path.stat().st_mtime_ns) if path.exists() else {}


@lru_cache(maxsize=1)
def _read(path: Path, _changed: int) -> dict[str, str]:
    """The manifest, read again when it was built anew."""
    names: dict[str, str] = json.loads(path.read_text())
    return names
