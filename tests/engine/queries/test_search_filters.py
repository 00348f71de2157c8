"""What a filter asks for is found on both databases alike, and what fits no field is refused by the field."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import literal, select

from engine import errors
from engine.queries.api import api_reads, patterns
from engine.queries.api.search import Query
from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit


@pytest.fixture
def tasks(database: databases.Database, cast: Cast) -> dict[str, int]:
    """An open task offered to the clerks, and one that a clerk holds, by the case's subject."""
    kit.deploy(database, cast.owner, *kit.two_steps())
    begun = {name: kit.begin(database, cast.clerk, "two_steps", {"subject": name}) for name in ("free", "done")}
    kit.complete(database, cast.clerk, begun["done"], "a", {"answer": "好"})
    return begun


def elements(database: databases.Database, cast: Cast, filter: dict[str, Any]) -> list[tuple[str, str]]:
    with database.reading("acme") as session:
        found = api_reads.user_tasks(session, cast.owner, Query(filter)).rows
        return [(each.task.element_id, each.task.state) for each in found]


OPEN_A, DONE_A, OPEN_B = ("a", "open"), ("a", "completed"), ("b", "open")


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"state": {"$like": "C*T*"}}, [OPEN_A, DONE_A, OPEN_B]),
        ({"state": {"$like": "*EATED"}}, [OPEN_A, OPEN_B]),
        ({"state": {"$like": "open"}}, []),
        ({"state": "ASSIGNING"}, []),
        ({"state": {"$neq": "COMPLETED"}}, [OPEN_A, OPEN_B]),
        ({"candidateGroup": "客服专员"}, [OPEN_A]),
        ({"$or": [{"candidateGroup": "客服专员"}, {"candidateGroup": "部门负责人"}]}, [OPEN_A, OPEN_B]),
        ({"$or": [{"candidateGroup": {"$in": ["部门负责人"]}}, {"state": "COMPLETED"}]}, [DONE_A, OPEN_B]),
        ({"candidateGroup": {"$neq": "客服专员"}}, [DONE_A, OPEN_B]),
        ({"candidateGroup": {"$exists": False}}, [DONE_A]),
        ({"assignee": {"$neq": "clerk"}}, [OPEN_A, OPEN_B]),
        ({"assignee": {"$notIn": ["head"]}}, [OPEN_A, DONE_A, OPEN_B]),
        ({"assignee": {"$exists": False}}, [OPEN_A, OPEN_B]),
        ({"assignee": {"$like": "CLERK"}}, []),
        ({"assignee": {"$like": "cl?r*"}}, [DONE_A]),
        ({"assignee": {"$like": "cl[e]rk"}}, []),
        ({"name": {"$in": []}}, []),
        ({"name": None, "elementId": {"$eq": "b", "$like": None}}, [OPEN_B]),
        ({"priority": {"$gte": 50, "$lt": 51}}, [OPEN_A, DONE_A, OPEN_B]),
    ],
)
def test_a_filter_finds(
    database: databases.Database, cast: Cast, tasks: dict[str, int], filter: dict[str, Any], expected: list[Any]
) -> None:
    assert sorted(elements(database, cast, filter)) == sorted(expected)


@pytest.mark.parametrize(
    ("field", "filter"),
    [
        ("creationDate", {"creationDate": {"$like": "2026*"}}),
        ("creationDate", {"creationDate": {"$gt": 3}}),
        ("creationDate", {"$or": [{"creationDate": "2026-03-02T01:00:00"}]}),
        ("creationDate", {"creationDate": {"$lt": "9999-12-31T23:59:59-12:00"}}),
        ("creationDate", {"creationDate": {"$in": ["0001-01-01T00:00:00+12:00"]}}),
        ("userTaskKey", {"userTaskKey": {"$like": "1*"}}),
        ("userTaskKey", {"userTaskKey": "１２"}),
        ("userTaskKey", {"userTaskKey": str(1 << 63)}),
        ("assignee", {"assignee": {"$gt": "a"}}),
        ("assignee", {"assignee": {"$in": "clerk"}}),
        ("assignee", {"assignee": {"$exists": "yes"}}),
        ("assignee", {"assignee": 3}),
        ("assignee", {"assignee": ["clerk"]}),
        ("assignee", {"assignee": {"$like": 3}}),
        ("priority", {"priority": "50"}),
        ("priority", {"priority": True}),
        ("priority", {"priority": 1 << 63}),
        ("state", {"state": "OPEN"}),
        ("state", {"state": {"$in": ["CREATED", "DONE"]}}),
        ("state", {"state": {"$gt": "CREATED"}}),
        ("candidateGroup", {"candidateGroup": {"$gt": "a"}}),
        ("$or", {"$or": {"state": "CREATED"}}),
        ("$or", {"$or": []}),
        ("$or", {"$or": ["CREATED"]}),
        ("asignee", {"asignee": "clerk"}),
    ],
)
def test_what_fits_no_field_is_refused_by_it(
    database: databases.Database, cast: Cast, field: str, filter: dict[str, Any]
) -> None:
    with database.reading("acme") as session, pytest.raises(errors.Invalid) as caught:
        api_reads.user_tasks(session, cast.owner, Query(filter))
    assert list(caught.value.fields) == [field]
    assert field in str(caught.value)


def test_an_unknown_field_is_told_with_the_nearest(database: databases.Database, cast: Cast) -> None:
    with database.reading("acme") as session, pytest.raises(errors.Invalid, match="assignee"):
        api_reads.user_tasks(session, cast.owner, Query({"asignee": "clerk"}))


@pytest.mark.parametrize("asked", [{"$gt": False}, {"$exists": True}, "true", 1, {"$in": [True]}])
def test_a_flag_is_true_or_false(database: databases.Database, cast: Cast, asked: Any) -> None:
    with database.reading("acme") as session, pytest.raises(errors.Invalid, match="hasIncident"):
        api_reads.process_instances(session, cast.owner, Query({"hasIncident": asked}))


def test_versions_are_searched_by_whether_they_are_the_newest(database: databases.Database, cast: Cast) -> None:
    for title in ("一", "二"):
        kit.deploy(database, cast.owner, *kit.two_steps(title=title))
    newest = {"$or": [{"isLatestVersion": True}, {"version": 7}]}
    with database.reading("acme") as session:
        for filter, versions in (({"isLatestVersion": False}, [1]), ({"isLatestVersion": True}, [2]), (newest, [2])):
            found = api_reads.process_definitions(session, cast.owner, Query(filter)).rows
            assert [each.row.version for each in found] == versions


NAMES = ("a*b", "axb", "a?b", "a\\b", "a%b", "A*B", "a[b]", "ab")


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a\\*b", {"a*b"}),
        ("a\\?b", {"a?b"}),
        ("a\\\\b", {"a\\b"}),
        ("a?b", {"a*b", "axb", "a?b", "a\\b", "a%b"}),
        ("a*b", {"a*b", "axb", "a?b", "a\\b", "a%b", "ab"}),
        ("a[b]", {"a[b]"}),
        ("a%b", {"a%b"}),
        ("*", set(NAMES)),
        ("", set()),
    ],
)
def test_a_pattern_can_name_its_own_signs(database: databases.Database, cast: Cast, pattern: str, expected: set[str]) -> None:
    assert {name for name in NAMES if patterns.matches(pattern, name)} == expected
    with database.reading() as session:
        assert {name for name in NAMES if session.execute(select(patterns.like(literal(name), pattern))).scalar()} == expected
