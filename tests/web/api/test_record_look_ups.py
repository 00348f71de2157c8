"""What a decision evaluated over the API learns of customer records: what the caller may read, and every look-up is logged."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from engine.deploying.deployment import Resource
from engine.people import actors, organisation
from engine.records import records
from engine.storage import database as databases
from engine.storage import models
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.api.test_bad_input import caller

CURIOUS = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="查档" namespace="n">
<decision id="curious" name="查档"><variable name="查档"/><literalExpression id="l"><text>record(k)</text></literalExpression></decision>
</definitions>"""


@pytest.fixture
def key(address: str, database: databases.Database, cast: Cast, now: datetime) -> str:
    """A record of a company that destroys nothing; its decision looks up the record `k`."""
    rights = {"records": {"readers": ["客服专员"], "keepers": []}}
    with database.transaction() as session:
        session.execute(update(models.Company).where(models.Company.id == COMPANY).values(settings=rights))
        organisation.changed(session, COMPANY)
    with database.transaction(COMPANY) as session:
        by, company = actors.SYSTEM(COMPANY), organisation.current(session, COMPANY)
        row = records.enter(session, company, by, records.NewRecord("青禾置业", "内部", {"owner": "方正平"}), now=now)
    kit.deploy(database, cast.owner, Resource("curious.dmn", CURIOUS.encode()))
    return str(row.key)


def evaluated(address: str, key: str) -> httpx.Response:
    body = {"decisionDefinitionId": "curious", "variables": {"k": key}}
    return caller(address).post("/decision-definitions/evaluation", json=body)


def log(database: databases.Database) -> list[tuple[Any, ...]]:
    return [(row.username, row.granted) for row in kit.rows(database, models.RecordReading)]


def test_an_administrator_who_may_not_see_records_learns_nothing_and_the_try_is_logged(
    address: str, database: databases.Database, key: str
) -> None:
    answer = evaluated(address, key)
    assert answer.status_code == 200 and answer.json()["output"] == "null"
    assert "青禾" not in answer.text and "方正平" not in answer.text
    assert log(database) == [("owner", False)]


def test_an_administrator_who_may_read_records_is_named_in_the_log(
    address: str, database: databases.Database, key: str
) -> None:
    with database.transaction() as session:
        session.add(models.Membership(company_id=COMPANY, group_name="客服专员", username="owner"))
        organisation.changed(session, COMPANY)
    assert "方正平" in evaluated(address, key).text
    assert log(database) == [("owner", True)]
