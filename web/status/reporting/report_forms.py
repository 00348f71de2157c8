"""A report's question as the builder's page sends it, and as an address carries it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import flask
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import json_texts
from engine.people.actors import Actor
from engine.queries.status import choosable
from engine.reporting import answering, question
from engine.reporting.fields import Fields, ReportField, unfit
from engine.reporting.question import MOST_CONDITIONS, Condition, Question
from engine.reporting.reports import Sharing
from engine.reporting.spans import BETWEEN
from web.status.reporting import report_words

BLANK = 1  # conditions that one may fill in beside those that are there
LETTERS = (("f", "field"), ("c", "comparison"), ("v", "value"))
CHOSEN = "asked"  # stands in the address of a builder that somebody has used


def read() -> dict[str, Any]:
    """The question that this request's query says, unchecked."""
    args = flask.request.args
    return {
        "processes": args.getlist("p"),
        "of": args.get("of", question.CASES),
        "by": args.get("by", "started"),
        "period": period_of(args),
        "state": args.get("state", ""),
        "departments": [each for each in args.getlist("d") if each],
        "where": list(_conditions()),
        "group": [each for each in (args.get("g0", ""), args.get("g1", "")) if each],
        "measures": args.getlist("m") or ["count"],
        "show": args.get("show", "table"),
        "compare": args.get("compare", ""),
    }


def query(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A question as the query that `read` reads."""
    where = {f"{letter}{n}": each[name] for n, each in enumerate(raw["where"]) for letter, name in LETTERS}
    group = {f"g{n}": each for n, each in enumerate(raw["group"])}
    own = {name: raw[name] for name in ("of", "by", "state", "show", "compare")}
    return {
        "p": list(raw["processes"]),
        "d": list(raw["departments"]),
        "m": list(raw["measures"]),
        **own,
        **group,
        **where,
        **period_query(raw["period"]),
    }


def period_of(args: Mapping[str, str]) -> str:
    """The period that a query says, by its name or by two days."""
    period = args.get("period", "this_month")
    return f"{args.get('since', '')}{BETWEEN}{args.get('until', '')}" if period == BETWEEN else period


def period_query(period: str) -> dict[str, str]:
    """A period as the query of an address."""
    first, between, last = period.partition(BETWEEN)
    return {"period": BETWEEN, "since": first, "until": last} if between else {"period": period}


def sent() -> Question:
    """The question that a form to be kept carries. Raises Invalid."""
    raw = json_texts.read(flask.request.form.get("question", ""))
    if not isinstance(raw, dict):
        raise errors.Invalid("The request could not be read.")
    return question.read(raw)


def sharing() -> Sharing:
    """With whom the form says that a report is shared."""
    form = flask.request.form
    return Sharing(tuple(dict.fromkeys(form.getlist("people"))), form.get("managers") == "1")


def page(session: Session, by: Actor, raw: dict[str, Any]) -> dict[str, Any]:
    """All that the builder offers for what was chosen so far."""
    fields = answering.known_fields(session, by, raw["processes"], raw["of"])
    rows = min(len(raw["where"]) + BLANK, MOST_CONDITIONS)
    used = {each["field"] for each in raw["where"]}
    blank = {"field": "", "comparison": "is", "value": ""}
    return {
        "raw": raw,
        "processes": _with_chosen(choosable.processes(session, by), raw["processes"]),
        "departments": _with_chosen(choosable.departments(session, by), raw["departments"]),
        "fields": [
            (name, report_words.field(name, fields)) for name, each in fields.items() if name in used or _is_typed(each)
        ],
        "groups": report_words.groups(fields),
        "measures": report_words.measures(fields, raw["of"]),
        "conditions": [*(_marked(each, fields) for each in raw["where"]), *[blank] * (rows - len(raw["where"]))],
        "comparisons": [(code, report_words.comparison(code)) for code in question.COMPARISONS],
        "periods": report_words.periods(),
        "shown": [(code, report_words.shown(code)) for code in question.SHOWN],
        "between": BETWEEN,
        "days": raw["period"].partition(BETWEEN) if BETWEEN in raw["period"] else ("", "", ""),
    }


def _with_chosen(offered: list[tuple[str, str]], chosen: list[str]) -> list[tuple[str, str]]:
    """What is offered, and what was chosen before without being offered now: it is taken out by hand alone."""
    known = {id for id, _name in offered}
    return [*offered, *((id, _("not in this list")) for id in chosen if id not in known)]


def _marked(condition: dict[str, str], fields: Fields) -> dict[str, Any]:
    """A condition with what is wrong with its value."""
    return {**condition, "fault": unfit(Condition(**condition), fields)}


def _is_typed(field: ReportField) -> bool:
    """Whether people know what to type for a field: texts, numbers and days, no codes of states, people or departments."""
    return field.kind in ("text", "number", "moment") and not field.is_personal


def _conditions() -> Iterator[dict[str, str]]:
    args = flask.request.args
    for place in range(MOST_CONDITIONS):
        name = args.get(f"f{place}", "")
        if name:
            yield {"field": name, "comparison": args.get(f"c{place}", "is"), "value": args.get(f"v{place}", "").strip()}
