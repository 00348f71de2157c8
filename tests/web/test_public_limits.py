"""The public page says until when the customer's answer is awaited, and what follows without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import flask

from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web import complaints
from tests.web.complaints import Customer, number_and_secret
from tests.web.conftest import Clock

FOLLOW = "/p/acme/follow"
SILENT = "{text: &quot;解决了吗？&quot;, silence: &quot;到时没有异议的，视为已解决。&quot;}"


def _asked(
    app: flask.Flask, database: databases.Database, cast: Cast, clock: Clock, *changes: tuple[str, str], solution: str = "退款"
) -> tuple[Customer, str]:
    """A customer whose complaint has come to its question, in a process changed like that; what the page says below it."""
    *forms, drawn = complaints.resources()
    content = drawn.content.decode()
    for before, after in changes:
        assert before in content
        content = content.replace(before, after)
    kit.deploy(database, cast.owner, *forms, replace(drawn, content=content.encode()))
    customer = Customer(app)
    customer.follow(*number_and_secret(customer.file()))
    case = kit.rows(database, models.ProcessInstance)[0].key
    kit.complete(database, cast.clerk, case, "investigate", {"solution": solution}, now=clock.moment)
    return customer, customer.get(FOLLOW).words(".public-limit")


def _silence(then: str) -> tuple[str, str]:
    """A change after which the process waits two days for the answer."""
    silence = kit.boundary("silence", "ask_customer", kit.timer("timeDuration", "P2D")) + kit.flow("silence", then)
    return "</bpmn:process>", silence + "</bpmn:process>"


def test_an_answer_that_nothing_limits_has_no_time_limit(
    app: flask.Flask, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    _customer, told = _asked(app, database, cast, clock)
    assert told == "没有时限；收到您的答复后，我们继续办理。"


def test_the_limit_of_the_step_that_the_answer_stands_for_is_told_and_an_answer_taken_afterwards(
    app: flask.Flask, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    due = '<zeebe:properties><zeebe:property name="due" value="2h"/></zeebe:properties>'
    step = 'id="ask_customer" name="ask_customer"><bpmn:extensionElements><zeebe:userTask/>'
    customer, told = _asked(app, database, cast, clock, (step, step + due))
    assert told.startswith("请您尽早答复，最好在 ") and told.endswith("之后仍可答复。")  # it is the office's own limit
    clock.moment += timedelta(hours=3)
    assert customer.get(FOLLOW).words(".public-limit").endswith("现在仍可答复。")


def test_a_timer_that_goes_on_without_the_answer_is_told_as_its_end(
    app: flask.Flask, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    _customer, told = _asked(app, database, cast, clock, _silence("investigate"))
    assert told.startswith("请您在 ") and "过时不能再在此答复。到时没有答复的，我们不再等候，继续办理。" in told


def test_a_timer_that_leads_to_the_end_is_told_as_the_end_of_the_case(
    app: flask.Flask, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    _customer, told = _asked(app, database, cast, clock, _silence("told"))
    assert told.endswith("到时没有答复的，本件办结。")


def test_what_silence_counts_as_is_told_in_the_words_of_the_process(
    app: flask.Flask, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    asking = ('resultVariable="promisedBy"', 'resultVariable="customer_question"')
    words = ("=working days after(today(), 5)", "=" + SILENT)
    _customer, told = _asked(app, database, cast, clock, _silence("told"), words, asking)
    assert told.endswith("到时没有异议的，视为已解决。") and "办结" not in told


def test_what_was_promised_is_told_no_more_while_it_is_the_customers_turn(
    app: flask.Flask, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    *forms, drawn = complaints.resources()
    public = {**complaints.PUBLIC, "promised": "我们承诺最晚与您联系的时间"}
    kit.deploy(database, cast.owner, *forms, replace(drawn, settings={**drawn.settings, "public": public}))
    customer = Customer(app)
    before = customer.follow(*number_and_secret(customer.file())).words(".public-promise")
    assert before.startswith("我们承诺最晚与您联系的时间：") and "答复期限" not in before
    case = kit.rows(database, models.ProcessInstance)[0].key
    kit.complete(database, cast.clerk, case, "investigate", {"solution": "退款"}, now=clock.moment)
    page = customer.get(FOLLOW)
    assert page.words(".public-limit") and "我们承诺" not in page.words("main")


def test_an_answer_that_nothing_waits_for_need_not_be_given(
    app: flask.Flask, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    beside = ('attachedToRef="ask_customer" cancelActivity="true"', 'attachedToRef="ask_customer" cancelActivity="false"')
    _customer, told = _asked(app, database, cast, clock, beside)
    assert told == "没有时限，可以不答；不影响我们办理。"


def test_what_the_customer_refused_bears_no_date_that_reads_like_a_promise(
    app: flask.Flask, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    again = ('sourceRef="answered" targetRef="told"', 'sourceRef="answered" targetRef="investigate"')
    customer, _told = _asked(app, database, cast, clock, again, solution="2030-03-05")
    asked = customer.get(FOLLOW)
    assert "2030" in asked.words(".public-shows")
    question = asked.form(FOLLOW + "/answer")["question"]
    page = customer.post(FOLLOW + "/answer", question=question, accepted="no", comment="太晚")
    assert "2030" not in page.words(".public-shows")
