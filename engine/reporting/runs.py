"""Answers that take too long to wait for: worked out by the worker, for the person who asked and with his rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine import errors
from engine.people import actors
from engine.people.actors import Actor
from engine.reporting import answering, question, reports
from engine.reporting.answering import AnswerLine, Figures, ReportAnswer
from engine.reporting.question import Question
from engine.reporting.spans import Span
from engine.storage import jobs, keys
from engine.storage.models import ReportRun

WORK = "reports.work"
GOOD_FOR = timedelta(days=1)
WAITING, DONE, REFUSED = "waiting", "done", "refused"


def order(session: Session, by: Actor, key: int, asked: Question, *, now: datetime) -> ReportRun:
    """Has a report worked out in the background; what the person had of it before is forgotten.

    Raises NotFound, Invalid for one that would read too much even so.
    """
    row = reports.opened(session, by, key)
    made = answering.asking(session, by, asked, now=now, before=row.known)
    extent = answering.extent(made)
    if extent.is_too_large:
        raise errors.Invalid(
            "This would read more than %(most)s cases. Please choose a shorter period or fewer processes.", most=answering.MOST
        )
    session.execute(delete(ReportRun).where(ReportRun.report_key == key, ReportRun.username == by.username))
    run = ReportRun(key=keys.new(), company_id=by.company_id, report_key=key, username=by.username, question=asked.stored)
    run.asked_at, run.rows, run.state = now, extent.rows, WAITING
    session.add(run)
    session.flush()
    jobs.enqueue(session, WORK, {"run": str(run.key)}, company_id=by.company_id, run_at=now, key=str(run.key))
    return run


def latest(session: Session, by: Actor, key: int, asked: Question, *, now: datetime) -> ReportRun | None:
    """What the person had worked out of exactly this question; None where there is nothing.

    An answer is good for a day, and no longer than the organisation stays as it was: afterwards he may see other cases.
    """
    mine = (ReportRun.report_key == key, ReportRun.username == by.username)
    run = session.execute(select(ReportRun).where(*mine)).scalar()
    if run is None or question.read(run.question) != asked:
        return None
    is_old = run.over_at is not None and run.over_at < now - GOOD_FOR
    is_another = run.answer is not None and run.answer["organisation"] != by.organisation_version
    return None if is_old or is_another else run


@jobs.job(WORK)
def work(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Works one out; who left or lost his rights meanwhile hears why there is nothing."""
    run = session.get(ReportRun, int(payload["run"]))
    if run is None:
        return
    try:
        by = _reader(session, run, now)
        answer = _answered(session, by, run, now)
        run.state, run.rows = DONE, answer.read
        run.answer = {**stored(answer), "organisation": by.organisation_version}
    except errors.Refusal as refusal:
        told = next(iter(refusal.fields.get("report", [])), refusal)
        run.state, run.refusal = REFUSED, {"text": told.text, "values": dict(told.values)}
    run.over_at = now
    session.flush()


def _reader(session: Session, run: ReportRun, now: datetime) -> Actor:
    by = actors.load(session, run.company_id, run.username, now=now)
    if by is None:
        raise errors.NotFound(reports.NO_REPORT)
    return by


def _answered(session: Session, by: Actor, run: ReportRun, now: datetime) -> ReportAnswer:
    row = reports.opened(session, by, run.report_key)
    return answering.answer(answering.asking(session, by, question.read(run.question), now=now, before=row.known))


def stored(answer: ReportAnswer) -> dict[str, Any]:
    """An answer as it is kept; `restored` reads it."""
    lines = [[list(each.keys), list(each.names), _listed(each.figures), _listed(each.before)] for each in answer.lines]
    days = [
        None if each is None else [each.first.isoformat(), each.after.isoformat()] for each in (answer.span, answer.earlier)
    ]
    totals = [_listed(answer.total), _listed(answer.total_before)]
    read = {"read": answer.read, "read_before": answer.read_before}
    return {"lines": lines, "days": days, "totals": totals, **read, "as_of": answer.as_of.isoformat()}


def restored(asked: Question, raw: Mapping[str, Any]) -> ReportAnswer:
    """The answer to a question as it was kept; what was kept before `read_before` was counted is compared."""
    lines = tuple(
        AnswerLine(tuple(a), tuple(b), _figures(c), None if d is None else _figures(d)) for a, b, c, d in raw["lines"]
    )
    span, earlier = (None if each is None else Span(*map(date.fromisoformat, each)) for each in raw["days"])
    total, before = raw["totals"]
    totals = (_figures(total), None if before is None else _figures(before))
    as_of, read_before = datetime.fromisoformat(raw["as_of"]), raw.get("read_before")
    return ReportAnswer(asked, lines, *totals, span, earlier, raw["read"], as_of, read_before=read_before)


def _figures(kept: Sequence[Any]) -> Figures:
    """Figures as they were: whole ones come back from JSON as integers."""
    return tuple(None if each is None else Decimal(each) for each in kept)


def _listed(figures: Any) -> list[Any] | None:
    return None if figures is None else list(figures)
