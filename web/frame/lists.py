"""Lists on pages: which page of one a request asks for, and the addresses of its other pages, filters and orders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Protocol

import flask

from engine.queries import paging
from web.frame import forms

MOST_VALUES = 3
LONGEST_VALUE = 24
NUMBER = re.compile(r"[-\d.,]+")  # says nothing alone


class ListedCase(Protocol):
    """A line of a list that shows a case."""

    @property
    def title(self) -> str: ...
    @property
    def summary(self) -> list[Any]: ...


def install(app: flask.Flask) -> None:
    """Offers these to all templates."""
    app.jinja_env.filters["key_values"] = key_values


def wanted() -> paging.WantedPage:
    """The page of a list that this request asks for."""
    args = flask.request.args
    return paging.WantedPage(after=args.get("after", ""), before=args.get("before", ""), last="last" in args)


def link(**changes: str | None) -> str:
    """This list's address with some of its query changed; it starts at the first page unless a cursor is given."""
    values = {name: value for name, value in {**carried(), **changes}.items() if value}
    return flask.url_for(flask.request.endpoint or "inbox.open_tasks", **{**values, **(flask.request.view_args or {})})


def carried() -> dict[str, Any]:
    """The query that the links of a list keep: not its page, and nothing by which Flask would build another address."""
    args = flask.request.args.items()
    return {n: value for n, value in args if value and n not in ("after", "before", "last") and not n.startswith("_")}


def repeated(titles: Iterable[str]) -> set[str]:
    """Titles that more than one line bears: only a number tells their cases apart."""
    return {title for title, count in Counter(titles).items() if count > 1}


def key_values(line: ListedCase, most: int = MOST_VALUES, longest: int = LONGEST_VALUE) -> list[str]:
    """What a row tells of its case: the first values that its title does not say, without labels where they speak for themselves."""
    given = [part for part in line.summary if part["value"] not in (None, "") and not forms.is_moment(part["value"])]
    told = [(part["label"], " ".join(forms.plain(part["value"]).split())) for part in given]
    worded = [f"{label} {value}" if NUMBER.fullmatch(value) else value for label, value in told if value not in line.title]
    return [shortened(value, longest) for value in worded][:most]


def shortened(text: str, longest: int) -> str:
    """The beginning of a text that would fill a row."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
