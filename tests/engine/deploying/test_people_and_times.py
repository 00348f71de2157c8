"""Steps that four eyes leave to nobody, and deadlines longer than the whole case's, are told at deployment."""

from __future__ import annotations

from typing import Any

import pytest

from engine.deploying import deployment
from engine.people import roles
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit

NOBODY = "is left"
LONGER = "is longer than that of the whole case"


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    """What is looked at lies in files: one database is enough."""
    return sqlite_database


def told(database: databases.Database, cast: Cast, *elements: str, **settings: Any) -> list[str]:
    """What is said of start → step → second → end."""
    chain = kit.chain("started", "step", "second", "done")
    process = kit.diagram("p", kit.start(), *elements, kit.end(), chain, **settings)
    found: list[deployment.Problem] = kit.deploy(database, cast.owner, process).problems
    return [f"{each.severity} {each.element_id}: {each}" for each in found]


@pytest.mark.parametrize(
    ("first", "second", "settings", "is_told"),
    [
        ({"users": "clerk"}, {"users": "clerk", "separate_from": "step"}, {}, True),
        ({"users": "clerk,manager"}, {"users": "clerk", "separate_from": "step"}, {}, True),
        ({"users": "manager"}, {"users": "clerk", "separate_from": "step"}, {}, False),
        ({"users": "clerk"}, {"users": "clerk,manager", "separate_from": "step"}, {}, False),
        ({"users": "clerk"}, {"users": "clerk", "separate_from": "step", "empty": "group:主管领导"}, {}, False),
        ({"users": "clerk"}, {"assignee": "=initiator", "separate_from": "step"}, {}, False),
        ({"users": "manager"}, {"users": "clerk", "separate_from": "initiator"}, {}, False),
    ],
)
def test_a_step_that_four_eyes_leave_to_nobody_is_told(
    database: databases.Database,
    cast: Cast,
    first: dict[str, str],
    second: dict[str, str],
    settings: dict[str, Any],
    is_told: bool,
) -> None:
    found = told(database, cast, kit.task("step", **first), kit.task("second", **second), **settings)
    assert any(NOBODY in each and each.startswith("warning second") for each in found) == is_told, found


@pytest.mark.parametrize(
    ("step", "case", "is_told"),
    [
        ("10wd", "5wd", True),
        ("5wd", "5wd", False),
        ("P3D", "48h", True),
        ("5wd", "2d", True),
        ("2d", "5wd", False),
        ("4wh", "1wd", False),
        ("2d", "", False),
        ('=setting("x")', "1d", False),
    ],
)
def test_a_deadline_longer_than_the_whole_case_is_told(
    database: databases.Database, cast: Cast, step: str, case: str, is_told: bool
) -> None:
    tasks = (kit.task("step", users="clerk", due=step), kit.task("second", users="clerk"))
    found = told(database, cast, *tasks, **({"due": case} if case else {}))
    assert any(LONGER in each for each in found) == is_told, found


@pytest.mark.parametrize(
    ("settings", "is_told"),
    [({"second_release": True}, True), ({"second_release": True, "owners": ["主管领导"]}, False), ({}, False)],
)
def test_a_second_release_that_nobody_could_give_is_told_where_it_is_set(
    database: databases.Database, cast: Cast, settings: dict[str, Any], is_told: bool
) -> None:
    found = told(database, cast, kit.task("step", users="clerk"), kit.task("second", users="clerk"), **settings)
    assert any(each.startswith("warning p: second_release asks for a second person") for each in found) == is_told, found


def test_an_owner_by_role_gives_a_second_release(database: databases.Database, cast: Cast) -> None:
    grant = {"username": "head", "role": roles.OWNER, "scope": roles.EVERYTHING, "granted_by": "owner", "granted_at": kit.NOW}
    with database.transaction("acme") as session:
        session.add(models.RoleGrant(company_id="acme", **grant))
    found = told(database, cast, kit.task("step", users="clerk"), kit.task("second", users="clerk"), second_release=True)
    assert not [each for each in found if "second_release asks" in each], found
