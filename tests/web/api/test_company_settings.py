"""The company's own values over the API: read with what they are, changed with what they were, with the refusals of the page."""

from __future__ import annotations

import pytest

from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.organisation.test_own_values import asks, give
from tests.web.api.test_own_lists import Caller


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    return sqlite_database


def test_values_are_read_and_changed_by_administrators(database: databases.Database, cast: Cast, address: str) -> None:
    give(database)
    kit.deploy(database, cast.owner, asks())
    kit.begin(database, cast.clerk, "asks")
    owner, clerk, place = Caller(address, "owner"), Caller(address, "clerk"), "/company-settings"
    told = {each["name"]: each for each in owner("GET", place)["items"]}
    assert told["answerDays"] | {"kind": "", "inFile": None} == {
        "name": "answerDays",
        "kind": "",
        "description": "回复后几个工作日付款（第3条）",
        "value": 3,
        "inFile": None,
        "processDefinitionIds": ["asks"],
        "isChangeable": True,
    }
    owner("PUT", f"{place}/answerDays", 204, {"value": 4, "was": 3})
    assert "3 改为 4" in str(owner("PUT", f"{place}/answerDays", 409, {"value": 5, "was": 3}))
    assert "answerDays" in owner("PUT", f"{place}/answerDays", 400, {"value": "four", "was": 4})["errors"]
    owner("PUT", f"{place}/takesNote", 409, {"value": False, "was": True})
    owner("PUT", f"{place}/takesNote", 204, {"value": False, "was": True, "isSure": True})
    owner("PUT", f"{place}/share", 204, {"value": 0.5, "was": 0.8})
    owner("PUT", f"{place}/nothing", 404, {"value": 1, "was": 1})
    owner("PUT", f"{place}/records", 404, {"value": {}, "was": {}})
    owner("PUT", f"{place}/answerDays", 400, {"value": 1})
    clerk("GET", place, 403)
    clerk("PUT", f"{place}/answerDays", 403, {"value": 4, "was": 4})
