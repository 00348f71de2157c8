"""The tables of the past as summing up would have written them for the cases of `board`, by a few statements of SQL.

Summing up reads each task and case; for millions of them that takes hours, which are not what is measured. What stands here is held
against summing up itself, over a few thousand cases of the same kind, before anything else is measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from engine.background.insight.paths import Walked
from engine.calendar import scale
from engine.calendar.working import Calendar, seconds_of
from engine.people import organisation
from engine.storage import keys, models

WAY = Walked(("a", "b"))  # of every finished case of `board`
DAYS = "CREATE UNLOGGED TABLE bench_day (day date PRIMARY KEY, works boolean, before double precision)"
# What ended, with the seconds between its moments: those of the calendar, and those of working time.
ENDED = """
CREATE UNLOGGED TABLE bench_ended AS
SELECT e.*, ({done} - date '0001-01-01') + 1 AS day,
  CAST(extract(epoch FROM ended - began) AS double precision) AS lasted,
  until_end.before + {end_seconds} - until_begin.before - {begin_seconds} AS worked
FROM (
  SELECT t.key, t.instance_key, t.process_id, t.version, t.element_id, coalesce(p.department, '') AS department,
    t.created_at AS began, t.completed_at AS ended, t.due_at
  FROM (SELECT u.*, i.version FROM user_task u JOIN process_instance i ON i.key = u.instance_key) t
  LEFT JOIN person p ON p.company_id = t.company_id AND p.username = t.completed_by
  WHERE t.company_id = :company AND t.state = 'completed'
  UNION ALL
  SELECT key, key, process_id, version, '', coalesce(initiator_department, ''), started_at, ended_at, due_at
  FROM process_instance WHERE company_id = :company AND ended_at IS NOT NULL
) e
JOIN bench_day until_begin ON until_begin.day = {begun}
JOIN bench_day until_end ON until_end.day = {done}
"""
SUMMED = """
INSERT INTO insight_day (key, company_id, process_id, version, element_id, day, department, state, worked, lasted, kept, cause,
  again, sent_from, path, count)
SELECT :first + row_number() OVER (ORDER BY day, process_id, element_id), :company, process_id, version, element_id, day,
  department, 'completed', worked, lasted, kept, cause, 0, '', path, n
FROM (
  SELECT process_id, version, element_id, day, department, {worked} AS worked, {lasted} AS lasted, {kept} AS kept,
    CASE WHEN {kept} = 2 AND element_id <> '' THEN 'work' ELSE '' END AS cause,
    CASE WHEN element_id = '' THEN :way ELSE '' END AS path, count(*) AS n
  FROM bench_ended GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
) counted
"""
KEPT = "(CASE WHEN due_at IS NULL THEN 0 WHEN ended > due_at THEN 2 ELSE 1 END)"
PATHS = """
INSERT INTO case_path (instance_key, company_id, process_id, path, day)
SELECT key, :company, process_id, :way, day FROM bench_ended WHERE element_id = ''
"""
LATE = """
INSERT INTO late_task (user_task_key, company_id, instance_key, cause, day)
SELECT key, :company, instance_key, 'work', day FROM bench_ended WHERE element_id <> '' AND {kept} = 2
"""
COMPARED = (models.InsightDay, models.CasePath, models.LateTask, models.InsightPath)
NOT_COMPARED = {"key"}


def fill(session: Session, company_id: str, *, now: datetime) -> None:
    """Writes all that summing up would have written of what has ended until now."""
    company = organisation.current(session, company_id)
    calendar = Calendar.of(session, company)
    _days(session, company_id, calendar)
    begun, done = (f"CAST({at} AT TIME ZONE '{calendar.zone.key}' AS date)" for at in ("began", "ended"))
    seconds = {
        "end_seconds": _seconds(calendar, "until_end", "ended"),
        "begin_seconds": _seconds(calendar, "until_begin", "began"),
    }
    given = {"company": company_id}
    session.execute(text(ENDED.format(begun=begun, done=done, **seconds)), given)
    steps = {name: _step(name) for name in ("worked", "lasted")}
    way = {**given, "way": WAY.digest}
    session.execute(text(SUMMED.format(kept=KEPT, **steps)), {**way, "first": keys.new() - (1 << 42)})
    session.execute(text(PATHS), way)
    session.execute(text(LATE.format(kept=KEPT)), given)
    processes = session.execute(text("SELECT DISTINCT process_id FROM bench_ended")).scalars().all()
    paths = [{**_own(company_id), "process_id": each, "digest": WAY.digest, "elements": WAY.kept} for each in processes]
    session.execute(insert(models.InsightPath), paths)
    for table in ("bench_ended", "bench_day"):
        session.execute(text(f"DROP TABLE {table}"))
    yesterday = now.astimezone(calendar.zone).date() - timedelta(days=1)
    session.add(models.InsightState(company_id=company_id, through=yesterday.toordinal(), as_of=now))
    session.flush()


def forget(session: Session) -> None:
    """Takes all of it away."""
    for model in (*COMPARED, models.InsightState):
        session.execute(model.__table__.delete())


def written(session: Session) -> dict[str, list[str]]:
    """What stands in the tables of the past, to be compared: their rows without keys of their own."""
    return {model.__tablename__: sorted(_rows(session, model)) for model in COMPARED}


def _rows(session: Session, model: Any) -> Iterator[str]:
    columns = [each for each in model.__table__.columns if each.name not in NOT_COMPARED]
    for row in session.execute(select(*columns)):
        yield repr(tuple(row))


def _own(company_id: str) -> dict[str, str]:
    return {"company_id": company_id}


def _days(session: Session, company_id: str, calendar: Calendar) -> None:
    """Each day with what was worked before it, from the first day on which anything began."""
    case = models.ProcessInstance
    first, last = session.execute(
        select(func.min(case.started_at), func.max(case.ended_at)).where(case.company_id == company_id)
    ).one()
    spans = [(seconds_of(opens), seconds_of(closes, is_end=True)) for opens, closes in calendar.hours]
    day, until, before = first.astimezone(calendar.zone).date(), last.astimezone(calendar.zone).date(), 0.0
    days = []
    while day <= until:
        works = calendar.is_working_day(day)
        days.append({"day": day, "works": works, "before": before})
        before += sum(closes - opens for opens, closes in spans) if works else 0
        day += timedelta(days=1)
    session.execute(text(DAYS))
    session.execute(text("INSERT INTO bench_day VALUES (:day, :works, :before)"), days)


def _seconds(calendar: Calendar, day: str, at: str) -> str:
    """SQL for the working seconds of a day until a moment of it."""
    local = f"CAST(extract(epoch FROM ({at} AT TIME ZONE '{calendar.zone.key}')::time) AS double precision)"
    spans = ((seconds_of(opens), seconds_of(closes, is_end=True)) for opens, closes in calendar.hours)
    parts = (f"least(greatest({local} - {opens}, 0), {closes - opens})" for opens, closes in spans)
    return f"CASE WHEN {day}.works THEN {' + '.join(parts)} ELSE 0 END"


def _step(seconds: str) -> str:
    """`scale.step` in SQL."""
    log = f"ln({seconds} / {scale.FIRST}) / ln({scale.GROWTH}::double precision)"
    return f"(CASE WHEN {seconds} < {scale.FIRST} THEN 0 ELSE 1 + floor({log} + 1e-9) END)::int"
