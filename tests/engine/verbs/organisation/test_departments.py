"""Departments and posts: no circle, no twin, nothing vanishes that is in use."""

from __future__ import annotations

from typing import Any

import pytest

from engine import errors
from engine.people import organisation
from engine.storage import database as databases
from engine.verbs.organisation import departments, groups, persons, posts
from engine.verbs.organisation.departments import DepartmentValues
from tests import cast as casting
from tests.cast import COMPANY, Cast
from tests.engine import kit


def doing(database: databases.Database, verb: Any, *arguments: Any, **named: Any) -> Any:
    with database.transaction(COMPANY) as session:
        return verb(session, *arguments, now=kit.NOW, **named)


@pytest.mark.parametrize(
    ("id", "values", "field"),
    [
        ("office", DepartmentValues("总经办", "service"), "parent"),
        ("office", DepartmentValues("总经办", "office"), "parent"),
        ("works", DepartmentValues("客服部", "office"), "name"),
        ("works", DepartmentValues(" ", "office"), "name"),
        ("works", DepartmentValues("工程/部", "office"), "name"),
        ("works", DepartmentValues("工程部", "nowhere"), "parent"),
        ("works", DepartmentValues("工程部", "office", "nobody"), "head"),
    ],
)
def test_a_department_s_place_name_and_head_must_be_possible(
    sqlite_database: databases.Database, id: str, values: DepartmentValues, field: str
) -> None:
    people = casting.assemble(sqlite_database)
    with pytest.raises(errors.Invalid) as refused:
        doing(sqlite_database, departments.alter, people.owner, id, values)
    assert list(refused.value.fields) == [field]


def test_a_department_with_people_cases_or_a_group_s_rule_does_not_vanish(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps("p"))
    case = kit.begin(database, cast.outsider, "p", {"subject": "一"})
    doing(database, groups.add, cast.owner, "工程部全员")
    doing(database, groups.fill, cast.owner, "工程部全员", [], [("department", "works")])

    def refusal(id: str = "works") -> str:
        with pytest.raises(errors.Conflict) as refused:
            doing(database, departments.close, cast.owner, id)
        return str(refused.value)

    assert "魏旁人" in refusal() and "still" in refusal("office")
    doing(database, persons.alter, cast.owner, "outsider", persons.PersonValues("魏旁人", "office"))
    assert refusal() == "Cases that it began are still running."
    kit.complete(database, cast.clerk, case, "a", {"answer": "好"})
    kit.complete(database, cast.head, case, "b")
    assert refusal() == "The group 工程部全员 takes its members from it."
    doing(database, groups.fill, cast.owner, "工程部全员", [], [])
    doing(database, departments.close, cast.owner, "works")
    with pytest.raises(errors.Invalid):
        doing(database, persons.alter, cast.owner, "outsider", persons.PersonValues("魏旁人", "works"))
    again = doing(database, departments.open, cast.owner, DepartmentValues("工程部", "office"))
    assert again == "gcb"
    with pytest.raises(errors.Invalid, match="already"):
        doing(database, departments.reopen, cast.owner, "works")


def test_a_post_that_is_held_stays_and_a_renamed_one_keeps_its_holders(database: databases.Database, cast: Cast) -> None:
    key = doing(database, posts.add, cast.owner, "质检员")
    second = doing(database, posts.add, cast.owner, "安全员")
    doing(
        database, persons.alter, cast.owner, "outsider", persons.PersonValues("魏旁人", "works", posts=(str(second), str(key)))
    )
    doing(database, posts.rename, cast.owner, key, "质量工程师")
    with pytest.raises(errors.Conflict, match="魏旁人"):
        doing(database, posts.remove, cast.owner, key)
    with database.reading(COMPANY) as session:
        company = organisation.current(session, COMPANY)
    assert [company.posts[post] for post in company.people["outsider"].posts] == ["安全员", "质量工程师"]
    doing(database, persons.alter, cast.owner, "outsider", persons.PersonValues("魏旁人", "works"))
    doing(database, posts.remove, cast.owner, key)
    with pytest.raises(errors.Invalid):
        doing(database, posts.add, cast.owner, "安全员")
