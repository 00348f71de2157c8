"""Whatever the rows hold, the pages of a search give each of them once, forwards and backwards, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from engine import errors
from engine.queries import paging
from engine.queries.api import api_reads
from engine.queries.api.search import Query
from engine.storage import database as databases
from engine.storage import keys, models
from tests.cast import Cast
from tests.engine import kit

TASK_SORTS = ("assignee", "dueDate", "priority", "completionDate", "name", "businessId", "state", "userTaskKey")
CASE_SORTS = ("endDate", "hasIncident", "parentProcessInstanceKey", "state", "startDate", "processDefinitionVersion")
once = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


def moments() -> st.SearchStrategy[Any]:
    return st.none() | st.integers(0, 2).map(lambda days: kit.NOW + timedelta(days=days, microseconds=days))


def sorts(names: tuple[str, ...]) -> st.SearchStrategy[Any]:
    return st.lists(st.tuples(st.sampled_from(names), st.booleans()), max_size=3, unique_by=lambda each: each[0])


tasks = st.fixed_dictionaries(
    {
        "assignee": st.sampled_from([None, "clerk", "Clerk", "程", "head"]),
        "due_at": moments(),
        "completed_at": moments(),
        "priority": st.integers(49, 51),
        "state": st.sampled_from(["open", "completed"]),
    }
)
cases = st.fixed_dictionaries(
    {
        "ended_at": moments(),
        "incidents": st.integers(0, 2),
        "has_parent": st.booleans(),
        "state": st.sampled_from(["active", "cancelled"]),
    }
)


@pytest.fixture
def case(database: databases.Database, cast: Cast) -> models.ProcessInstance:
    kit.deploy(database, cast.owner, *kit.two_steps())
    return kit.instance(database, kit.begin(database, cast.clerk, "two_steps", {"subject": "打印机"}))


def walked(read: Any, query: Query, *, is_backwards: bool) -> list[str]:
    """The keys on all pages, in the order in which they were given."""
    seen: list[str] = []
    for _page in range(200):
        found = read(query)
        got = [getattr(row, "task", row).key for row in found.rows]
        if not got:
            return seen
        seen = got + seen if is_backwards else seen + got
        query = replace(query, before=found.start) if is_backwards else replace(query, after=found.end)
    raise AssertionError("The pages have no end.")


def assert_each_once(read: Any, sort: Any, limit: int) -> None:
    everything = [getattr(row, "task", row).key for row in read(Query(sort=sort, limit=1000)).rows]
    assert walked(read, Query(sort=sort, limit=limit), is_backwards=False) == everything
    beyond_all = read(Query(sort=sort, limit=1000)).end
    last = everything[-1:]
    assert walked(read, Query(sort=sort, limit=limit, before=beyond_all), is_backwards=True) + last == everything


@once
@given(st.lists(tasks, max_size=8), sorts(TASK_SORTS), st.integers(1, 4))
@example(
    [{"assignee": None, "due_at": None, "completed_at": None, "priority": 50, "state": "open"}] * 3, [("dueDate", False)], 1
)
def test_pages_of_tasks(database: databases.Database, cast: Cast, case: Any, rows: Any, sort: Any, limit: int) -> None:
    with database.reading("acme") as session:
        for number, row in enumerate(rows):
            session.add(another_task(case, f"任务 {number % 3}", row))
        session.flush()
        assert_each_once(lambda query: api_reads.user_tasks(session, cast.owner, query), tuple(sort), limit)


@once
@given(st.lists(cases, max_size=8), sorts(CASE_SORTS), st.integers(1, 4))
def test_pages_of_cases(database: databases.Database, cast: Cast, case: Any, rows: Any, sort: Any, limit: int) -> None:
    with database.reading("acme") as session:
        for row in rows:
            add_case(session, case, row)
        session.flush()
        assert_each_once(lambda query: api_reads.process_instances(session, cast.owner, query), tuple(sort), limit)


def another_task(case: Any, name: str, values: dict[str, Any]) -> models.UserTask:
    same = {"definition_key": case.definition_key, "instance_key": case.key, "process_id": case.process_id}
    told = {"token": "t", "element_id": "a", "name": name, "created_at": kit.NOW, "kind": "handle", "company_id": "acme"}
    return models.UserTask(key=keys.new(), **same, **told, **values)


def add_case(session: Session, case: Any, values: dict[str, Any]) -> None:
    key, parent = keys.new(), case.key if values.pop("has_parent", False) else None
    copied = {name: getattr(case, name) for name in ("definition_key", "process_id", "version", "process_name", "title")}
    told = {"number": str(key), "company_id": "acme", "started_at": kit.NOW, "root_key": key, "parent_key": parent}
    session.add(models.ProcessInstance(key=key, **copied, **told, **values))


@pytest.mark.parametrize(
    "position",
    [
        ["x", 1],
        [None, None],
        [1, 1],
        [True, 1],
        ["2026-03-02T01:00:00", 1],
        ["2026-03-02T01:00:00Z", 1 << 63],
        ["9999-12-31T23:59:59-12:00", 1],
        [[], 1],
        [1],
        {},
    ],
)
def test_a_cursor_that_was_tampered_with_is_refused(database: databases.Database, cast: Cast, position: Any) -> None:
    query = Query(sort=(("dueDate", False),), after=paging.encode(position))
    with database.reading("acme") as session, pytest.raises(errors.Invalid):
        api_reads.user_tasks(session, cast.owner, query)


def test_a_page_is_asked_for_in_one_way() -> None:
    with pytest.raises(errors.Invalid):
        Query(after="x", before="y")
    with pytest.raises(errors.Invalid):
        Query(after="x", offset=1)
