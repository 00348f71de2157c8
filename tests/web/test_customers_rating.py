"""What a customer reads who may rate: one question, why it is asked, until when it can be answered, and what he has given."""

from __future__ import annotations

import flask
import pytest

from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.web import complaints
from tests.web.complaints import Customer, number_and_secret

ASKS = "{text: &quot;请对处理结果评分。&quot;, rating: true, until: string(date(&quot;2026-04-01&quot;))}"


@pytest.fixture
def customer(app: flask.Flask, database: databases.Database, cast: Cast) -> Customer:
    """Somebody whose case asks for a rating while it is watched, and promises him a day."""
    form, *_others = complaints.resources()
    ask = kit.node("scriptTask", "ask", extension=f'<zeebe:script expression="={ASKS}" resultVariable="customer_question"/>')
    answered = kit.boundary("answered", "watch", '<bpmn:messageEventDefinition messageRef="answer"/>', interrupting=False)
    process = kit.diagram(
        "complaint",
        kit.start(definition='<bpmn:messageEventDefinition messageRef="filed"/>'),
        ask,
        kit.task("watch", groups="客服专员"),
        answered,
        kit.end(),
        kit.end("noted"),
        kit.chain("started", "ask", "watch", "done"),
        kit.flow("answered", "noted"),
        beside=kit.message("filed", "complaint_filed") + kit.message("answer", "customer_answer", "=instance_number"),
        public={**complaints.PUBLIC, "promise": "五个工作日内答复您", "withdrawal": "", "steps": {}, "ends": {}, "shows": []},
        number="TS-{date}-{seq:04}",
    )
    kit.deploy(database, cast.owner, form, process)
    return Customer(app)


def test_a_rating_that_a_running_case_asks_for_is_nobodys_duty_and_can_be_changed(customer: Customer) -> None:
    page = customer.follow(*number_and_secret(customer.file()))
    asked = page.words(".public-question")
    assert asked.startswith("请对处理结果评分。") and "评价自愿，要评价请先选满意程度" in asked
    assert "可评价、修改至 2026年4月1日（预计办结日）。" in asked and "尽早答复" not in asked
    assert "五个工作日" not in page.words("main")  # what was promised is done
    question = page.form("/p/acme/follow/answer")["question"]
    page = customer.post("/p/acme/follow/answer", question=question, rating="4")
    asked = page.words(".public-question")
    assert asked.startswith("您的评分：4 分（满分 5 分），满意") and "修改评价" in asked
    assert "评价可修改至 2026年4月1日（预计办结日）。" in asked
    assert page.words("main").count("您的评分") == 1


def test_who_has_withdrawn_reads_that_he_rates_what_came_before(
    app: flask.Flask, database: databases.Database, cast: Cast
) -> None:
    kit.deploy(database, cast.owner, *complaints.resources())
    customer = Customer(app)
    customer.follow(*number_and_secret(customer.file()))
    page = customer.post("/p/acme/follow/withdrawal", reason="已经解决")
    asked = page.words(".public-question")
    assert asked.startswith("撤回之前的办理，您是否满意？") and "评价自愿" in asked and "只能评一次" in asked
    page = customer.post("/p/acme/follow/rating", stars="2")
    assert "您的评分：2 分（满分 5 分），不满意" in page.words("main")
