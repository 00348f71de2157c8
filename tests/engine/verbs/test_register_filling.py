"""Entering old cases in a register while people go on working with them; on PostgreSQL, where rows are locked one by one."""

from __future__ import annotations

import pytest

from engine.cases import cases
from engine.storage import database as databases
from engine.verbs import register_filling
from tests.cast import Cast
from tests.engine import kit
from tests.engine.cases.test_register_lines import deploy, load, work


@pytest.fixture
def database(postgres_database: databases.Database) -> databases.Database:
    return postgres_database


def test_a_case_that_somebody_is_changing_is_left_out_and_comes_last(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast)
    held, _free = (kit.begin(database, cast.clerk, "matter", {"kind": kind}) for kind in ("甲", "乙"))
    deploy(database, cast, {"label": "新", "value": '="新" + kind'})
    with database.transaction("acme") as other:
        cases.lock(other, held)
        work(database, kit.NOW)
        assert load(database, cast).waiting == 1
    work(database, kit.NOW + register_filling.HELD_UP)
    register = load(database, cast)
    assert register.waiting == 0 and [line.values for line in register.page.rows] == [("新乙",), ("新甲",)]


def test_what_was_changed_meanwhile_is_not_undone(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast)
    key = kit.begin(database, cast.clerk, "matter", {"kind": "甲"})
    deploy(database, cast, {"label": "新", "value": '="新" + kind'})
    kit.complete(database, cast.clerk, key, "a", {"kind": "丙"})
    work(database, kit.NOW)
    assert [line.values for line in load(database, cast).page.rows] == [("新丙",)]
