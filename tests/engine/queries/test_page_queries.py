"""The statements of the case page and the task page do not grow with what has happened."""

from __future__ import annotations

import pytest

from engine.queries.cases import instance_page
from engine.queries.inbox import start_page, task_page
from engine.storage import database as databases
from tests.cast import COMPANY, Cast
from tests.engine.queries.test_inbox_query import counted
from tests.web.cases import Purchases

CASE_CEILING = 8  # one asks what there is beside the case at all; each kind that is there is one more
TASK_CEILING = 6  # files, where there are some, are one more


@pytest.fixture
def rounds(purchases: Purchases) -> dict[int, int]:
    """Cases by how often they were returned."""
    cases = {0: purchases.start(), 12: purchases.start()}
    for _round in range(12):
        purchases.check(cases[12])
        purchases.approve(cases[12], "return", "再核一次")
    return cases


@pytest.mark.both_databases
@pytest.mark.parametrize("returned", [0, 12])
def test_the_case_page(
    database: databases.Database, purchases: Purchases, cast: Cast, rounds: dict[int, int], returned: int
) -> None:
    with database.reading(COMPANY) as session:
        instance_page.instance_page(session, cast.clerk, rounds[0], now=purchases.now)  # warms what is cached per process
    with database.reading(COMPANY) as session, counted(database) as statements:
        page = instance_page.instance_page(session, cast.clerk, rounds[returned], now=purchases.now)
    assert len(page.timeline) == 1 + 2 * returned
    assert len(statements) <= CASE_CEILING + bool(returned), statements  # where it was sent back to is a kind of its own


@pytest.mark.both_databases
@pytest.mark.parametrize("returned", [0, 12])
def test_the_task_page(
    database: databases.Database, purchases: Purchases, cast: Cast, rounds: dict[int, int], returned: int
) -> None:
    key = purchases.task(rounds[returned])
    with database.reading(COMPANY) as session:
        task_page.task_page(session, cast.clerk2, key, now=purchases.now)
    with database.reading(COMPANY) as session, counted(database) as statements:
        page = task_page.task_page(session, cast.clerk2, key, now=purchases.now)
    assert isinstance(page, task_page.TaskPage) and page.task.round == returned + 1
    assert len(statements) <= TASK_CEILING, statements


def test_the_start_page_takes_one_statement(database: databases.Database, purchases: Purchases, cast: Cast) -> None:
    with database.reading(COMPANY) as session:
        start_page.offers(session, cast.clerk)
        with counted(database) as statements:
            start_page.offers(session, cast.clerk)
    assert len(statements) == 1
