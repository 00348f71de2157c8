"""Keys in addresses and forms: numbers that a database can hold, anything else leads nowhere."""

from __future__ import annotations

from typing import Any

import flask
from werkzeug.routing import IntegerConverter

LARGEST_KEY = (1 << 63) - 1


class KeyConverter(IntegerConverter):
    """`<int:…>` in addresses, bounded: a larger number is an unknown address, not a question to the database."""

    def __init__(self, map: Any, *arguments: Any, **named: Any) -> None:
        super().__init__(map, *arguments, **{"max": LARGEST_KEY, **named})


def install(app: flask.Flask) -> None:
    """Bounds the keys of all addresses; before any route is registered."""
    app.url_map.converters["int"] = KeyConverter


def key(name: str) -> int | None:
    """A key from the query or the form; None where there is none, 404 where it is no key."""
    return _key(flask.request.values.get(name, ""))


def key_before_colon(name: str) -> int | None:
    """As `key`, of a value that says more behind a colon."""
    return _key(flask.request.values.get(name, "").partition(":")[0])


def _key(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or int(text[:20]) > LARGEST_KEY:
        flask.abort(404)
    return int(text)


def keys(name: str) -> list[int]:
    """All keys of that name that a form sent; 404 where one is no key."""
    texts = flask.request.form.getlist(name)
    if not all(text.isascii() and text.isdecimal() and int(text[:20]) <= LARGEST_KEY for text in texts):
        flask.abort(404)
    return [int(text) for text in texts]
