"""What the page of a person says he may do is what he may do, and says by which group or role."""

from __future__ import annotations

import pytest

from engine.cases.rights import access
from engine.definitions import definitions
from engine.people import actors, organisation
from engine.queries.organisation import rights
from engine.storage import database as databases
from engine.verbs.organisation import roles
from tests.cast import COMPANY, Cast
from tests.engine import kit

GIVEN = {
    "named": {"may_start": ["客服专员"], "managers": ["主管领导"], "visible_to": ["流程管理员"], "owners": ["部门负责人"]},
    "unnamed": {"managers": ["主管领导"], "owners": ["部门负责人"]},
    "open": {"may_start": ["*"]},
}
ROLES = (None, ("process_owner", "named"), ("process_owner", ""), ("manager", ""), ("operator", ""), ("auditor", ""))


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    return sqlite_database


@pytest.fixture
def processes(database: databases.Database, cast: Cast) -> None:
    steps = kit.start() + kit.task("a", users="owner") + kit.end()
    for id, settings in GIVEN.items():
        kit.deploy(database, cast.owner, kit.diagram(id, steps, kit.chain("started", "a", "done"), title=id, **settings))


def judged(database: databases.Database, username: str) -> dict[str, tuple[set[str], set[str]]]:
    """By process what the page says, and what is so: start, manages, follows, owns."""
    with database.reading(COMPANY) as session:
        company = organisation.current(session, COMPANY)
        by = actors.load(session, COMPANY, username, now=kit.NOW)
        assert by is not None
        told = rights.rights_of(session, company, username, now=kit.NOW)
        found = {}
        for id in GIVEN:
            newest = definitions.latest(session, COMPANY, id)
            said = {each.what for each in told if id in each.of or each.of == [rights.ALL]}
            runs = said & {rights.ADMINISTER, rights.PUBLISH}
            steers = runs or rights.STEER in said
            shown = {
                "start": rights.START in said or bool(runs and newest.settings.may_start is None),
                "manages": bool(steers),
                "follows": bool(steers or said & {rights.READ_CASES, rights.AUDIT, rights.READ_DEPARTMENTS}),
                "owns": bool(runs or rights.DRAW in said),
            }
            is_so = {
                "start": access.may_start(newest, by),
                "manages": access.manages(by, newest),
                "follows": access.follows(by, newest),
                "owns": access.owns(by, newest),
            }
            found[id] = ({name for name, is_ in shown.items() if is_}, {name for name, is_ in is_so.items() if is_})
        return found


@pytest.mark.parametrize("username", ["clerk", "head", "manager", "owner"])
def test_each_group_of_a_process_gives_what_the_page_says(database: databases.Database, processes: None, username: str) -> None:
    for id, (shown, is_so) in judged(database, username).items():
        assert shown == is_so, (username, id)


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_each_role_gives_what_the_page_says(
    database: databases.Database, cast: Cast, processes: None, role: tuple[str, str] | None
) -> None:
    if role is not None:
        with database.transaction(COMPANY) as session:
            roles.grant(session, cast.owner, "outsider", *role, now=kit.NOW)
    for id, (shown, is_so) in judged(database, "outsider").items():
        assert shown == is_so, (role, id)


def test_the_group_or_the_role_is_named_as_the_reason(database: databases.Database, cast: Cast, processes: None) -> None:
    with database.transaction(COMPANY) as session:
        roles.grant(session, cast.owner, "head", "operator", "", now=kit.NOW)
    with database.reading(COMPANY) as session:
        told = rights.rights_of(session, organisation.current(session, COMPANY), "head", now=kit.NOW)
    reasons = {(each.what, each.why, each.by) for each in told}
    assert reasons >= {(rights.DRAW, rights.GROUP, "部门负责人"), (rights.OPERATE, rights.ROLE, "operator")}
