"""Lists of SCIM: filter, page, and which attributes are wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import flask

from web.api.scim.blueprint import Wrong
from web.api.scim.shapes import LIST

T = TypeVar("T")
MOST = 200
KNOWN = ("filter", "startIndex", "count", "attributes", "excludedAttributes")
ALWAYS = ("schemas", "id", "meta")


def page(rows: Sequence[T], resource: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    """The page of a list that the address asks for (RFC 7644, clause 3.4.2); resources are made of what is on it alone."""
    start, count = max(1, _number("startIndex", 1)), min(MOST, max(0, _number("count", MOST)))
    shown = [selected(resource(each)) for each in rows[start - 1 : start - 1 + count]]
    told = {"totalResults": len(rows), "startIndex": start, "itemsPerPage": len(shown)}
    return {"schemas": [LIST], **told, "Resources": shown}


def require_known() -> None:
    """Raises Wrong for an argument of the address that nothing reads."""
    for name in flask.request.args:
        if name not in KNOWN:
            raise Wrong("invalidValue", "“%(name)s” is not served here; please leave it out.", name=name[:40])


def selected(resource: dict[str, Any]) -> dict[str, Any]:
    """The resource with the attributes that are wanted (RFC 7644, clause 3.9)."""
    only, without = _names("attributes"), _names("excludedAttributes")
    if only:
        return {name: value for name, value in resource.items() if name in ALWAYS or name.casefold() in only}
    return {name: value for name, value in resource.items() if name in ALWAYS or name.casefold() not in without}


def _names(argument: str) -> set[str]:
    """By their first part: of `name.formatted` the whole name is given."""
    given = flask.request.args.get(argument, "").split(",")
    return {each.strip().partition(".")[0].casefold() for each in given if each.strip()}


def _number(name: str, default: int) -> int:
    text = flask.request.args.get(name, "")
    if not text:
        return default
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        raise Wrong("invalidValue", "“%(name)s” is to be a whole number.", name=name)
    return int(text)
