"""What the pages of a report show: its figures, that they are being worked out, or by field why there are none."""

from __future__ import annotations

import json
from typing import Any

import flask
from sqlalchemy.orm import Session

from engine import errors
from engine.people.actors import Actor
from engine.reporting import answering, question, runs
from engine.reporting.answering import Asking, ReportAnswer
from engine.reporting.question import Question
from engine.reporting.spans import BETWEEN
from engine.storage.models import Report
from web.frame import storage
from web.status.reporting import report_forms, report_tables, report_words


def asking(session: Session, by: Actor, row: Report, asked: Question) -> Asking:
    """A saved report's question, checked for its reader. Raises NotFound, Invalid."""
    return answering.asking(session, by, asked, now=storage.now(), before=row.known)


def ready(session: Session, by: Actor, row: Report, asked: Asking) -> ReportAnswer:
    """The answer to be saved: what the worker worked out, or what is read while one waits. Raises Conflict for too much."""
    run = runs.latest(session, by, row.key, asked.question, now=storage.now())
    if run is not None and run.answer is not None:
        return runs.restored(asked.question, run.answer)
    if answering.is_large(asked):
        raise errors.Conflict("This report reads much. Please have it worked out in the background first.")
    return answering.answer(asked)


def looked(session: Session, by: Actor, row: Report, asked: Question) -> dict[str, Any]:
    """What a report's page shows: figures, that they are being worked out, or by field why there are none."""
    values: dict[str, Any] = {"asked": asked, "words": report_words, "periods": report_words.periods(), "between": BETWEEN}
    values |= {"query": report_forms.period_query(asked.period), "days": asked.period.partition(BETWEEN)}
    try:
        made = asking(session, by, row, asked)
        run = runs.latest(session, by, row.key, asked, now=storage.now())
        if run is not None and run.state != runs.DONE:
            return {**values, "run": run, "refused": _refusal(run.refusal)}
        if run is not None and run.answer is not None:
            return {**values, "run": run, **_drawn(runs.restored(asked, run.answer), made)}
        if answering.is_large(made):
            return {**values, "is_large": True, "extent": answering.extent(made), "most": answering.MOST}
        return {**values, **_drawn(answering.answer(made), made)}
    except errors.Refusal as refusal:
        return {**values, "faults": refusal.fields.get("report") or [refusal]}


def tried(session: Session, by: Actor, raw: dict[str, Any], row: Report | None) -> dict[str, Any]:
    """What the question shows, or all that is wrong with it."""
    try:
        asked = answering.asking(
            session, by, question.read(raw), now=storage.now(), before=row.known if row is not None else None
        )
    except errors.Refusal as refusal:
        return {"faults": refusal.fields.get("report") or [refusal]}
    stored = json.dumps(asked.question.stored, ensure_ascii=False)
    try:
        if answering.is_large(asked):
            return {"question": stored, "is_large": True}
        return {"question": stored, **_drawn(answering.answer(asked), asked)}
    except errors.Invalid as refusal:
        return {"faults": [refusal]}


def with_period(asked: Question) -> Question:
    """The question over the period that the address says. Raises Invalid."""
    args = flask.request.args
    if "period" not in args:
        return asked
    return question.read(
        {**asked.stored, "period": report_forms.period_of(args), "compare": "" if args["period"] == "all" else asked.compare}
    )


def carried() -> dict[str, Any]:
    """The period of this address, for the next one."""
    args = flask.request.args
    return report_forms.period_query(report_forms.period_of(args)) if "period" in args else {}


def _drawn(answer: ReportAnswer, asked: Asking) -> dict[str, Any]:
    return {
        "answer": answer,
        "table": report_tables.table(answer, asked.fields),
        "charts": report_tables.charts(answer, asked.fields),
        "is_cut": report_tables.is_cut(answer),
        "caption": report_words.caption(asked.question, answer, dict(asked.processes)),
    }


def _refusal(raw: dict[str, Any] | None) -> errors.Refusal | None:
    return errors.Refusal(raw["text"], None, **raw["values"]) if raw else None
