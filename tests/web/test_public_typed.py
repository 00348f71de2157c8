"""What staff typed reads on the customer's page as they typed it, in whatever language he reads that."""

from __future__ import annotations

from dataclasses import replace

import flask

from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web import complaints
from tests.web.complaints import Customer, number_and_secret


def test_what_staff_typed_is_told_as_it_was_typed_also_in_english(
    app: flask.Flask, database: databases.Database, cast: Cast
) -> None:
    texts = {"en": {"解决方案": "Solution", "正在调查": "Being looked into"}}
    settings = [each.settings and {**each.settings, "texts": texts} for each in complaints.resources()]
    drawn = (replace(each, settings=said) for each, said in zip(complaints.resources(), settings, strict=True))
    kit.deploy(database, cast.owner, *drawn)
    customer = Customer(app)
    customer.follow(*number_and_secret(customer.file()))
    [case] = kit.rows(database, models.ProcessInstance)
    kit.complete(database, cast.clerk, case.key, "investigate", {"solution": "正在调查"})
    customer.post("/preferences", language="en", back="/p/acme/follow")
    page = customer.get("/p/acme/follow").words("main")
    assert "Solution正在调查" in page and "Being looked into" in page
