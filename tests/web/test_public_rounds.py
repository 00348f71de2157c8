"""The public page of a case that went round: what was told and answered in each round stands there, in order."""

from __future__ import annotations

import re
from datetime import timedelta

import flask

from engine.deploying.deployment import Resource
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web import complaints
from tests.web.complaints import Customer, number_and_secret
from tests.web.conftest import Clock


def test_each_round_stands_on_the_page_with_what_was_answered_in_it(
    app: flask.Flask, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    going_round(database, cast)
    customer = Customer(app)
    customer.follow(*number_and_secret(customer.file()))
    for solution in ("退款", "换人"):
        clock.moment += timedelta(hours=1)
        case = kit.rows(database, models.ProcessInstance)[0].key
        kit.complete(database, cast.clerk, case, "investigate", {"solution": solution}, now=clock.moment)
        clock.moment += timedelta(hours=1)
        asked = customer.get("/p/acme/follow")
        assert "您未接受以下答复" not in asked.words()
        question = asked.form("/p/acme/follow/answer")["question"]
        page = customer.post("/p/acme/follow/answer", question=question, accepted="no", comment=f"{solution}不够")
        assert "您未接受以下答复，我们正在重新处理" in page.words(), "what stands there is no offer any more"
    told = re.findall("正在调查|等待您的答复|退款不够|换人不够", page.words(".public-steps"))
    assert told == ["正在调查", "等待您的答复", "退款不够", "正在调查", "等待您的答复", "换人不够", "正在调查"]


def going_round(database: databases.Database, cast: Cast) -> None:
    """The complaint process, in which every answer, online or by telephone, leads to another solution."""
    kit.deploy(database, cast.owner, *complaints.resources())
    *forms, drawn = complaints.resources()
    again = drawn.content.replace(b'sourceRef="answered" targetRef="told"', b'sourceRef="answered" targetRef="investigate"')
    again = again.replace(b'sourceRef="ask_customer" targetRef="done"', b'sourceRef="ask_customer" targetRef="investigate"')
    kit.deploy(database, cast.owner, *forms, Resource(drawn.name, again))


def test_an_offer_that_was_refused_stays_with_its_answer_as_there_is_another(
    app: flask.Flask, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    going_round(database, cast)
    customer = Customer(app)
    customer.follow(*number_and_secret(customer.file()))
    case = kit.rows(database, models.ProcessInstance)[0].key
    clock.moment += timedelta(hours=1)
    kit.complete(database, cast.clerk, case, "investigate", {"solution": "退款"}, now=clock.moment)
    question = customer.get("/p/acme/follow").form("/p/acme/follow/answer")["question"]
    clock.moment += timedelta(hours=1)
    page = customer.post("/p/acme/follow/answer", question=question, accepted="no", comment="不够")
    assert page.words(".public-shows") == "解决方案（您未接受）退款", "it stands on top, and is not told twice"
    clock.moment += timedelta(hours=1)
    kit.complete(database, cast.clerk, case, "investigate", {"solution": "换人"}, now=clock.moment)
    page = customer.get("/p/acme/follow")
    assert page.words(".public-shows").startswith("解决方案换人")
    assert page.words(".own").startswith("您已答复：不接受") and page.words(".offered") == "当时的答复内容 解决方案退款"


def test_an_offer_that_was_refused_by_telephone_stays_too(
    app: flask.Flask, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    going_round(database, cast)
    customer = Customer(app)
    customer.follow(*number_and_secret(customer.file()))
    case = kit.rows(database, models.ProcessInstance)[0].key
    for step, given in (("investigate", {"solution": "退款"}), ("ask_customer", {}), ("investigate", {"solution": "换人"})):
        clock.moment += timedelta(hours=1)
        kit.complete(database, cast.clerk, case, step, given, now=clock.moment)
    page = customer.get("/p/acme/follow")
    assert page.words(".own").startswith("您已答复，由我们记录") and "解决方案退款" in page.words(".offered")
