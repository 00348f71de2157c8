"""What colleagues see of a customer who may answer online, and what becomes of what they type meanwhile."""

from __future__ import annotations

import flask
import pytest

from engine.queries import paging
from engine.queries.status import board
from engine.storage import database as databases
from engine.storage import models
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web import complaints
from tests.web.complaints import Customer


@pytest.fixture
def asked(app: flask.Flask, database: databases.Database, cast: Cast) -> Customer:
    """Somebody who filed a complaint, follows it and is asked whether he accepts."""
    kit.deploy(database, cast.owner, *complaints.resources())
    customer = Customer(app)
    number, secret = complaints.number_and_secret(customer.file())
    (case,) = kit.rows(database, models.ProcessInstance)
    kit.complete(database, cast.clerk, case.key, "investigate", {"solution": "加派夜班", "loss": 120})
    customer.follow(number, secret)
    return customer


def test_lists_tell_that_the_customer_may_answer_beside_whoever_asks_him(
    asked: Customer, database: databases.Database, cast: Cast
) -> None:
    with database.reading(COMPANY) as session:
        (listed,) = board.cases(session, cast.owner, board.CaseFilters(), paging.WantedPage(), now=kit.NOW).rows
    assert [place.element_id for place in listed.standing.places] == ["ask_customer"]
    assert [(each.kind, each.is_beside) for each in listed.standing.waits] == [("customer", True)]
