"""Fields of the company's own values: each as its kind is entered, and what was sent as a value again."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.basics import json_texts, whole_numbers
from engine.definitions.values import company_values, lengths, value_words
from engine.definitions.values.company_values import ValueUse
from engine.people.organisation import Organisation
from engine.queries.organisation.value_page import ValueGroup, ValueLine
from engine.storage.models import dumps
from engine.verbs.organisation.own_values import Wanted
from web.frame import i18n
from web.organisation import fields

ENTERED, UNIT, ADDED, WAS = "v:", "u:", "add:", "was:"
LONGEST_SENT = 200_000
MOST_PLACES = 4
# Figures that a Chinese keyboard writes wide, １２, are figures here.
NARROW = {company_values.WHOLE, company_values.SHARE, company_values.NUMBER, company_values.LIMIT, company_values.NUMBERS}


@dataclass(frozen=True)
class ValueField:
    """A value as it is read (`said`), and as it is entered: `text` and `unit`, or for people who is ticked and what was added."""

    name: str
    kind: str
    words: str
    said: str
    text: str
    unit: str
    units: dict[str, str]
    names: list[tuple[str, str, bool]]
    added: str
    was: str
    in_file: str
    uses: list[ValueUse]
    more: int


def of_line(line: ValueLine, company: Organisation, *, is_sent: bool, is_fresh: bool) -> ValueField:
    """The field: with what was sent where it is shown again, what it was compared with too unless that is to be `is_fresh`."""
    value, form = line.value, flask.request.form
    text, unit = _shown(value.kind, value.value)
    names = list(value.value) if value.kind == company_values.PEOPLE else []
    ticked = set(names)
    sent = is_sent and f"{WAS}{value.name}" in form
    if sent:
        text = form.get(f"{ENTERED}{value.name}", text)
        unit = form.get(f"{UNIT}{value.name}", unit)
        ticked = set(form.getlist(f"{ENTERED}{value.name}"))
    was = form[f"{WAS}{value.name}"] if sent and not is_fresh else dumps(value.value)
    places = _places(value.uses)
    return ValueField(
        value.name,
        value.kind,
        line.words,
        said_value(value.kind, value.value, company),
        text,
        unit,
        {code: said.read(i18n.language()) for code, said in lengths.UNITS.items()} if unit else {},
        [(name, company.named(name), name in ticked) for name in dict.fromkeys([*names, *sorted(ticked - set(names))])],
        form.get(f"{ADDED}{value.name}", "") if sent else "",
        was,
        "" if line.in_file is None else said_value(value.kind, line.in_file, company),
        places[:MOST_PLACES],
        len(places[MOST_PLACES:]),
    )


def said_value(kind: str, value: Any, company: Organisation) -> str:
    """A value in the reader's words."""
    told = value_words.said(kind, value, company)
    return told if isinstance(told, str) else told.read(i18n.language())


def _places(uses: Iterable[ValueUse]) -> list[ValueUse]:
    """Each place once, as a reader tells them apart."""
    return list({(each.process_id, each.place): each for each in uses}.values())


def _shown(kind: str, value: Any) -> tuple[str, str]:
    """What stands in the field, and the unit of a length of time that has one."""
    if kind == company_values.YES_NO:
        return ("yes" if value else "no"), ""
    if kind == company_values.SHARE:
        return value_words.per_cent(value), ""
    if kind == company_values.LIMIT and (length := lengths.parts(str(value))):
        return length
    if isinstance(value, list):
        return ("\n" if kind == company_values.TEXTS else "、").join(map(str, value)), ""
    return str(value), ""


def named() -> set[str]:
    """The values that were shown on the page from which this was sent."""
    return {name.removeprefix(WAS) for name in flask.request.form if name.startswith(WAS)}


def wanted(line: ValueLine, company: Organisation) -> Wanted | None:
    """What was sent of a value; None where nothing was, or the value that was shown."""
    name, form = line.value.name, flask.request.form
    if f"{WAS}{name}" not in form or line.value.kind == company_values.TABLE:
        return None
    try:
        was = json_texts.read(form[f"{WAS}{name}"][:LONGEST_SENT])
    except errors.Invalid:
        was = None
    value = _entered(line.value.kind, name, was, company)
    return None if value == was else Wanted(was, value)


def _entered(kind: str, name: str, was: Any, company: Organisation) -> Any:
    """The value that the fields hold; what is none of its kind as it was typed, for the rules to refuse."""
    text = flask.request.form.get(f"{ENTERED}{name}", "").strip()
    if kind in NARROW:
        text = unicodedata.normalize("NFKC", text)
    if kind == company_values.YES_NO:
        return {"yes": True, "no": False}.get(text, text)
    if kind == company_values.WHOLE:
        return _whole(text)
    if kind in (company_values.SHARE, company_values.NUMBER):
        return _number(text, 100 if kind == company_values.SHARE else 1)
    if kind == company_values.LIMIT:
        number, unit = lengths.read(text) or (text, flask.request.form.get(f"{UNIT}{name}", ""))
        told = lengths.written(number, unit) if unit else text
        return was if isinstance(was, str) and lengths.parts(was) == (number, unit) else told
    if kind == company_values.NAME:
        return _somebody(text, company)
    if kind == company_values.PEOPLE:
        typed = flask.request.form.get(f"{ADDED}{name}", "")
        added = [_somebody(each.strip(), company) for each in fields.BETWEEN.split(typed) if each.strip()]
        return list(dict.fromkeys([*flask.request.form.getlist(f"{ENTERED}{name}"), *added]))
    if kind == company_values.NUMBERS:
        return [_whole(each.strip()) for each in fields.BETWEEN.split(text) if each.strip()]
    if kind == company_values.TEXTS:
        return [each.strip() for each in text.splitlines() if each.strip()]
    return text


def _whole(text: str) -> Any:
    number = whole_numbers.read(text.replace(",", ""))
    return text if number is None else number


def _number(text: str, of: int) -> Any:
    try:
        number = Decimal(text.removesuffix("%")) / of
    except InvalidOperation:
        return text
    return number if number.is_finite() and len(text) < 20 else text


def _somebody(text: str, company: Organisation) -> str:
    """A group by its name, in the reader's words too, or a person as one was offered."""
    groups = {company.called(each): each for each in company.groups}
    return text if text in company.groups else groups.get(text) or fields.person(company, text)


def title(group: ValueGroup) -> str:
    """What a group of values is called."""
    return group.title or {"several": _("Used by several processes"), "records": _("Customer records")}.get(
        group.id, _("Used by no process")
    )
