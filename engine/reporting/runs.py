"""Answers that take too long to wait for: worked out by the worker, for the person who asked and with his rights."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine import errors
from engine.people import actors
from engine.people.actors import Actor
from engine.reporting import answering, question, reports
from engine.reporting.answering import Answer, Line
from engine.reporting.question import Question
from engine.reporting.spans import Span
from engine.storage import jobs, keys
from engine.storage.models import Report, ReportRun

WORK = "reports.work"
WAITING, DONE, REFUSED = "waiting", "done", "refused"


def order(session: Session, by: Actor, key: int, asked: Question, *, now: datetime) -> ReportRun:
    """Has a report worked out in the background; what the person had of it before is forgotten.

    Raises NotFound, Invalid for one that would read too much even so.
    """
    row = reports.opened(session, by, key)
    rows = answering.estimate(answering.asking(session, by, asked, now=now, before=row.known), answering.MOST)
    if rows > answering.MOST:
        raise errors.Invalid(
            "This would read more than %(most)s cases. Please choose a shorter period or fewer processes.", most=answering.MOST
        )
    session.execute(delete(ReportRun).where(ReportRun.report_key == key, ReportRun.username == by.username))
    run = ReportRun(key=keys.new(), company_id=by.company_id, report_key=key, username=by.username, question=asked.stored)
    run.asked_at, run.rows, run.state = now, rows, WAITING
    session.add(run)
    session.flush()
    jobs.enqueue(session, WORK, {"run": str(run.key)}, company_id=by.company_id, run_at=now, key=str(run.key))
    return run


def latest(session: Session, by: Actor, key: int, asked: Question) -> ReportRun | None:
    """What the person had worked out of exactly this question; None where there is nothing."""
    mine = (ReportRun.report_key == key, ReportRun.username == by.username)
    run = session.execute(select(ReportRun).where(*mine)).scalar()
    return run if run is not None and question.read(run.question) == asked else None


@jobs.job(WORK)
def work(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Works one out; who left or lost his rights meanwhile hears why there is nothing."""
    run = session.get(ReportRun, int(payload["run"]))
    if run is None:
        return
    try:
        found = _answered(session, run, now)
        run.state, run.answer, run.rows = DONE, stored(found), found.read
    except errors.Refusal as refusal:
        told = next(iter(refusal.fields.get("report", [])), refusal)
        run.state, run.refusal = REFUSED, {"text": told.text, "values": dict(told.values)}
    run.over_at = now
    session.flush()


def _answered(session: Session, run: ReportRun, now: datetime) -> Answer:
    by = actors.load(session, run.company_id, run.username, now=now)
    row = session.get(Report, run.report_key)
    if by is None or row is None:
        raise errors.NotFound(reports.NO_REPORT)
    return answering.answer(answering.asking(session, by, question.read(run.question), now=now, before=row.known))


def stored(found: Answer) -> dict[str, Any]:
    """An answer as it is kept; `restored` reads it."""
    lines = [[list(each.keys), list(each.names), _listed(each.figures), _listed(each.before)] for each in found.lines]
    days = [None if each is None else [each.first.isoformat(), each.after.isoformat()] for each in (found.span, found.earlier)]
    totals = [_listed(found.total), _listed(found.total_before)]
    return {"lines": lines, "days": days, "totals": totals, "read": found.read, "as_of": found.as_of.isoformat()}


def restored(asked: Question, raw: Mapping[str, Any]) -> Answer:
    """The answer to a question as it was kept."""
    lines = tuple(Line(tuple(a), tuple(b), tuple(c), None if d is None else tuple(d)) for a, b, c, d in raw["lines"])
    span, earlier = (None if each is None else Span(*map(date.fromisoformat, each)) for each in raw["days"])
    total, before = raw["totals"]
    as_of = datetime.fromisoformat(raw["as_of"])
    return Answer(asked, lines, tuple(total), None if before is None else tuple(before), span, earlier, raw["read"], as_of)


def _listed(figures: Any) -> list[Any] | None:
    return None if figures is None else list(figures)
