"""Lists on pages: which page of one a request asks for, and the addresses of its other pages, filters and orders."""

from __future__ import annotations

from typing import Any

import flask

from engine.queries import paging


def wanted() -> paging.Wanted:
    """The page of a list that this request asks for."""
    args = flask.request.args
    return paging.Wanted(after=args.get("after", ""), before=args.get("before", ""), last="last" in args)


def link(**changes: str | None) -> str:
    """This list's address with some of its query changed; it starts at the first page unless a cursor is given."""
    values = {name: value for name, value in {**carried(), **changes}.items() if value}
    return flask.url_for(flask.request.endpoint or "inbox.open_tasks", **{**values, **(flask.request.view_args or {})})


def carried() -> dict[str, Any]:
    """The query that the links of a list keep: not its page, and nothing by which Flask would build another address."""
    args = flask.request.args.items()
    return {n: value for n, value in args if value and n not in ("after", "before", "last") and not n.startswith("_")}
