"""Sums up, by day, what ended: incremental, each day again until it is over, so that a crash or a second run changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import delete, exists, func, insert, select
from sqlalchemy.orm import Session

from engine.background.insight import causes, counting, paths
from engine.calendar.working import Calendar
from engine.definitions.working_time import Clocks
from engine.people import organisation
from engine.storage import jobs, keys
from engine.storage.models import CasePath, Company, InsightDay, InsightState, LateTask, ProcessInstance, UserTask

NAME = "insight.sum"
EVERY = timedelta(hours=1)
SETTLED = timedelta(hours=1)  # so long after midnight nothing is being written any more that ended on the day before
MOST_ROWS = 20_000  # a run that has counted so many ended tasks and cases leaves the next days to the next run


def order(session: Session, *, now: datetime) -> None:
    """Has every company summed up hourly from now on in which something has ended."""
    ended = exists().where(UserTask.company_id == Company.id, UserTask.completed_at.is_not(None))
    for company_id in session.execute(select(Company.id).where(ended).order_by(Company.id)).scalars().all():
        jobs.enqueue(session, NAME, {"company": company_id}, company_id=company_id, run_at=now, key="hourly")


@jobs.job(NAME, is_aside=True)
def work(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """One run for one company; asks for the next one, at once while it lags behind, else in an hour."""
    company = session.get(Company, payload["company"])
    if company is None:
        return
    is_through = catch_up(session, company.id, now=now)
    later = now + (EVERY if is_through else timedelta())
    jobs.enqueue(session, NAME, {"company": company.id}, company_id=company.id, run_at=later, key="hourly")


def catch_up(session: Session, company_id: str, *, now: datetime, most: int = MOST_ROWS) -> bool:
    """Sums up the days that are not settled yet, the oldest first; tells whether it came as far as today."""
    company = organisation.current(session, company_id)
    calendar, clocks = Calendar.of(session, company), Clocks(session, company)
    state = _state(session, company_id)
    today, counted = now.astimezone(calendar.zone).date(), 0
    day = _next_day(session, company_id, calendar, state.through + 1)
    while day is not None and day <= today and counted < most:
        counted += sum_day(session, company, clocks, day)
        if calendar.local(day + timedelta(days=1), time()) + SETTLED <= now:
            state.through = day.toordinal()
        day = _next_day(session, company_id, calendar, day.toordinal() + 1)
    is_through = day is None or day > today
    state.as_of = now if is_through else state.as_of
    session.flush()
    return is_through


def sum_day(session: Session, company: organisation.Organisation, clocks: Clocks, day: date) -> int:
    """Writes the rows of one day anew; gives how many tasks and cases ended on it."""
    calendar = clocks.named().calendar
    span = calendar.local(day, time()), calendar.local(day + timedelta(days=1), time())
    tasks = list(counting.tasks(session, company, clocks, span))
    cases = list(counting.cases(session, company, clocks, span))
    walked = paths.of_cases(session, [case.key for case in cases])
    _forget(session, company.id, day)
    common = {"company_id": company.id, "day": day.toordinal()}
    facts = [task.fact for task in tasks] + [case.fact(walked) for case in cases]
    facts.sort(key=lambda fact: (fact["process_id"], fact["element_id"]))  # what is read together lies together
    rows = [{**common, **fact, "key": keys.new(), "count": n} for fact, n in _alike(facts)]
    if rows:
        session.execute(insert(InsightDay), rows)
    causes.keep(session, common, tasks)
    paths.keep(session, company.id, day, cases, walked)
    return len(tasks) + len(cases)


def _alike(facts: Iterable[dict[str, Any]]) -> Iterable[tuple[dict[str, Any], int]]:
    counts: dict[tuple[Any, ...], list[Any]] = {}
    for fact in facts:
        counts.setdefault(tuple(fact.values()), [fact, 0])[1] += 1
    return ((fact, n) for fact, n in counts.values())


def _forget(session: Session, company_id: str, day: date) -> None:
    number = day.toordinal()
    for table in (InsightDay, CasePath, LateTask):
        session.execute(delete(table).where(table.company_id == company_id, table.day == number))


def _state(session: Session, company_id: str) -> InsightState:
    state = session.execute(
        select(InsightState).where(InsightState.company_id == company_id).with_for_update()
    ).scalar_one_or_none()
    if state is None:
        state = InsightState(company_id=company_id, through=0, as_of=None)
        session.add(state)
    return state


def _next_day(session: Session, company_id: str, calendar: Calendar, number: int) -> date | None:
    """The first day from that one on, by its ordinal, on which anything ended."""
    since = calendar.local(date.fromordinal(max(number, 2)), time())
    task, case = UserTask, ProcessInstance
    days = [
        session.execute(
            select(func.min(task.completed_at)).where(task.company_id == company_id, task.completed_at >= since)
        ).scalar(),
        session.execute(select(func.min(case.ended_at)).where(case.company_id == company_id, case.ended_at >= since)).scalar(),
    ]
    moments = [each for each in days if each is not None]
    return min(moments).astimezone(calendar.zone).date() if moments else None
