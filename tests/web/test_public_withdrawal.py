"""Until when a customer may withdraw what he filed."""

from __future__ import annotations

import flask

from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web import complaints
from tests.web.complaints import Customer, number_and_secret


def test_a_customer_to_whom_the_matter_is_settled_withdraws_no_more_while_others_still_sum_it_up(
    app: flask.Flask, database: databases.Database, cast: Cast
) -> None:
    kit.deploy(database, cast.owner, *complaints.resources({"settled": "ask_customer"}))
    customer = Customer(app)
    customer.follow(*number_and_secret(customer.file()))
    (case,) = kit.rows(database, models.ProcessInstance)
    assert customer.get("/p/acme/follow").tree.xpath("//*[@class='withdraw']")
    kit.complete(database, cast.clerk, case.key, "investigate", {"solution": "夜间双岗"})
    assert not customer.get("/p/acme/follow").tree.xpath("//*[@class='withdraw']")
    customer.post("/p/acme/follow/withdrawal", 409, reason="算了")
    (case,) = kit.rows(database, models.ProcessInstance)
    assert case.state == "active"
