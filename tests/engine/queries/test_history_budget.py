"""How much history is kept, by process and month; where it goes, and what retention frees and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from engine import errors
from engine.background import history_use, housekeeping
from engine.people import roles
from engine.queries.status import history_budget
from engine.queries.status.history_budget import Budget
from engine.storage.models import Company, HistoryEvent, Job, ProcessInstance
from tests.cast import COMPANY
from tests.engine import kit
from tests.engine.kit import NOW


@pytest.fixture
def measured(database: Any, cast: Any) -> None:
    """Two cases of a process that keeps its cases for a year ended last month, one runs; of another one runs."""
    with database.transaction(COMPANY) as session:
        session.execute(update(Company).where(Company.id == COMPANY).values(policy={"retention": True}))
    kit.deploy(database, cast.owner, *kit.two_steps("short", retention="1y", title="短期"))
    kit.deploy(database, cast.owner, *kit.two_steps("long"))
    last_month = NOW - timedelta(days=20)
    for n in range(3):
        case = kit.begin(database, cast.owner, "short", {"subject": "x"}, now=last_month)
        if n:
            kit.complete(database, cast.clerk, case, "a", {"answer": "y"}, now=last_month)
            kit.complete(database, cast.head, case, "b", now=last_month)
    kit.begin(database, cast.owner, "long", {"subject": "x"}, now=last_month)
    with database.transaction() as session:
        history_use.measure(session, COMPANY, now=NOW)


def looked(database: Any, by: Any, **later: int) -> Budget:
    with database.reading(COMPANY) as session:
        return history_budget.look(session, by, now=NOW + timedelta(**later))


def test_cases_and_events_are_those_that_there_are(database: Any, cast: Any, measured: None) -> None:
    budget = looked(database, cast.owner)
    assert budget.as_of == NOW and budget.kept.cases == len(kit.rows(database, ProcessInstance))
    assert budget.kept.events == len(kit.rows(database, HistoryEvent))
    short = next(line for line in budget.lines if line.process_id == "short")
    assert (short.name, short.kept.cases, short.running.cases, short.retention) == ("短期", 3, 1, "1y")
    assert [(month, use.cases) for month, use in budget.months] == [("2026-03", 0), ("2026-02", 2)]
    assert short.kept.octets > 300 * short.kept.events


def test_what_is_over_its_time_is_freed_in_the_month_in_which_the_last_of_it_is(
    database: Any, cast: Any, measured: None
) -> None:
    by_process = {line.process_id: line for line in looked(database, cast.owner).lines}
    assert by_process["long"].frees == []
    [freed] = by_process["short"].frees
    assert (freed.month, freed.use.cases) == ("2027-02", 2)
    short = by_process["short"]
    assert short.monthly.cases == 2 and short.in_a_year.cases == 3 + 12 * 2 - 2
    with database.transaction(COMPANY) as session:
        session.execute(update(Company).where(Company.id == COMPANY).values(policy={}))
    assert not any(line.frees for line in looked(database, cast.owner).lines)


def test_measuring_again_renews_and_every_night_it_is_asked_for(database: Any, cast: Any, measured: None) -> None:
    with database.transaction() as session:
        history_use.measure(session, COMPANY, now=NOW + timedelta(days=1))
        housekeeping.daily(session, now=NOW + timedelta(days=1))
    budget = looked(database, cast.owner)
    assert budget.as_of == NOW + timedelta(days=1) and budget.kept.cases == 4
    assert {job.company_id for job in kit.rows(database, Job, type=history_use.NAME)} == {COMPANY}


def test_only_who_looks_after_the_installation_sees_it(database: Any, cast: Any, measured: None) -> None:
    assert looked(database, replace(cast.outsider, roles=frozenset({(roles.OPERATOR, "")}))).lines
    assert looked(database, replace(cast.outsider, roles=frozenset({(roles.AUDITOR, "")}))).lines
    for by in (cast.clerk, replace(cast.clerk, roles=frozenset({(roles.MANAGER, "service")}))):
        with pytest.raises(errors.Forbidden):
            looked(database, by)
    with database.reading("elsewhere") as session:
        assert not history_budget.look(session, replace(cast.stranger, is_administrator=True), now=NOW).lines
