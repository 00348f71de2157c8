"""Registers [台账]: the cases of a process with the columns that its owner declared, filtered, sorted, totalled, exported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.cases.lines import cells, register_lines
from engine.definitions.settings import Column
from engine.queries.records import register_filters, register_list
from engine.queries.records.register_filters import Condition, RegisterFilters
from engine.queries.records.register_list import Register
from engine.queries.status import incident_list
from web.account import auth
from web.frame import forms, lists, storage, words
from web.frame.files import exports, spreadsheets

blueprint = flask.Blueprint("registers", __name__)
LONGEST = 100
PLACE = ("after", "before", "last", "pick")  # of the address: what does not narrow the register


@dataclass(frozen=True)
class Head:
    """The head of one column: what sorting by it is called, the address that does it, the arrow if it is done."""

    label: str
    kind: str
    address: str
    sorted: str = ""
    changes_by_itself: bool = False


@dataclass(frozen=True)
class Chip:
    """One filter that is set, and the address without it."""

    words: str
    address: str


@blueprint.get("/registers")
def index() -> Any:
    """The registers that this person may read; a single or chosen one is opened at once."""
    chosen = flask.request.args.get("process")
    if chosen:
        return flask.redirect(flask.url_for("registers.show", process_id=chosen))
    with storage.reading() as session:
        by = auth.current_actor()
        offers, stopped = register_list.offers(session, by), incident_list.count(session, by)
    if len(offers) == 1:
        return flask.redirect(flask.url_for("registers.show", process_id=offers[0][0]))
    return flask.render_template("records/registers/index.html", title=_("Registers"), offers=offers, incident_count=stopped)


@blueprint.get("/registers/<process_id>")
def show(process_id: str) -> str:
    """One page of a register; `pick` names the column whose filter is being set."""
    pick = flask.request.args.get("pick", "")
    with storage.reading() as session:
        by = auth.current_actor()
        register = register_list.register(session, by, process_id, _filters(), lists.wanted(), now=storage.now())
        offers, stopped = register_list.offers(session, by), incident_list.count(session, by)
        occurring = register_list.values(session, by, register, pick, now=storage.now())
    heads = {name: _head(register, name, label, kind) for name, label, kind in _fixed()}
    heads |= {cells.column_id(each): _column_head(register, each) for each in register.columns}
    return flask.render_template(
        "records/registers/show.html",
        title=_("%(title)s: register", title=register.title),
        register=register,
        incident_count=stopped,
        filters=register.filters,
        heads=heads,
        chips=list(_chips(register)),
        picked=next((each for each in register.columns if cells.column_id(each) == pick), None),
        occurring=occurring[: register_list.MOST_VALUES],
        are_all=len(occurring) <= register_list.MOST_VALUES,
        offers=offers,
        column_id=cells.column_id,
        kind=cells.kind,
        link=_link,
        export=flask.url_for("registers.export", **{"process_id": process_id, **_given()}),
    )


@blueprint.get("/registers/<process_id>/export")
def export(process_id: str) -> flask.Response:
    """The whole filtered register as a spreadsheet, in its order."""
    with storage.reading() as session:
        head, lines = register_list.stream(session, auth.current_actor(), process_id, _filters(), now=storage.now())
        titles = [_("Number"), _("State"), _("Started"), _("Ended"), *(column.label for column in head.columns)]
        return exports.table(head.title, titles, (_cells(head, line) for line in lines))


def _cells(head: register_list.Register, line: register_list.RegisterLine) -> list[Any]:
    typed = (spreadsheets.typed(column.type, value) for column, value in zip(head.columns, line.values, strict=True))
    said = (
        head.said(value, column) if isinstance(value, str) else value for value, column in zip(typed, head.columns, strict=True)
    )
    return [line.number, words.state(line.state, line.ended_as), line.started_at, line.ended_at, *said]


def _given() -> dict[str, Any]:
    return {name: value for name, value in flask.request.args.items() if value and name not in PLACE}


def _link(**changes: str | None) -> str:
    return lists.link(**{"pick": None, **changes})


def _filters() -> RegisterFilters:
    args = flask.request.args
    asked = [name.partition(".") for name in args if "." in name]
    conditions = tuple(
        Condition(column, comparison, args[f"{comparison}.{column}"].strip()[:LONGEST])
        for comparison in register_filters.COMPARISONS
        for name, _dot, column in asked
        if name == comparison and args[f"{name}.{column}"].strip()
    )
    search, state, sort = args.get("q", "").strip()[:LONGEST], args.get("state", ""), args.get("sort", "")
    return RegisterFilters(search, state, _day("since"), _day("until"), conditions, sort)


def _day(name: str) -> date | None:
    text = flask.request.args.get(name, "")
    return register_filters.day(text) if text else None


def _fixed() -> list[tuple[str, str, str]]:
    return [("number", _("Number"), "text"), ("started", _("Started"), "moment"), ("ended", _("Ended"), "moment")]


def _column_head(register: Register, column: Column) -> Head:
    name, kind = cells.column_id(column), cells.kind(column)
    return _head(register, name, column.label, kind, register_lines.changes_by_itself(column))


def _head(register: Register, name: str, label: str, kind: str, changes_by_itself: bool = False) -> Head:
    """Pressed once, twice, a third time: texts from the beginning, the largest number and newest moment first, no order."""
    turns = [name, f"-{name}"] if kind == "text" else [f"-{name}", name]
    now = register.filters.sort
    following = turns[turns.index(now) + 1 :] if now in turns else turns
    arrow = ("descending" if now.startswith("-") else "ascending") if now in turns else ""
    return Head(label, kind, _link(sort=following[0] if following else None), arrow, changes_by_itself)


def _chips(register: Register) -> Iterator[Chip]:
    filters, columns = register.filters, {cells.column_id(each): each for each in register.columns}
    if filters.search:
        yield Chip(_("“%(text)s”", text=filters.search), _link(q=None))
    if filters.since:
        yield Chip(_("started from %(day)s", day=filters.since), _link(since=None))
    if filters.until:
        yield Chip(_("started to %(day)s", day=filters.until), _link(until=None))
    for each in filters.conditions:
        words = _worded(columns[each.column], each, register)
        yield Chip(words, _link(**{f"{each.comparison}.{each.column}": None}))


def _worded(column: Column, asked: Condition, register: Register) -> str:
    value = register.said(asked.value, column) if asked.comparison == "is" else asked.value
    values = {"column": column.label, "value": _shown(column, value)}
    match asked.comparison:
        case "is":
            return _("%(column)s: %(value)s", **values)
        case "has":
            return _("%(column)s contains “%(value)s”", **values)
        case "from":
            return _("%(column)s from %(value)s", **values)
        case "to":
            return _("%(column)s to %(value)s", **values)
    return _("%(column)s is empty", **values)


def _shown(column: Column, value: str) -> str:
    if cells.kind(column) != "number":
        return value
    try:
        return forms.plain(Decimal(register_filters.number(value)))
    except errors.Invalid:
        return value
