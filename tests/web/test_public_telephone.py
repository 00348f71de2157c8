"""What a customer answers by telephone stands on his page as what he answers online, in any round, and his last rating counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import flask
import pytest

from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web import complaints
from tests.web.complaints import Customer, number_and_secret
from tests.web.conftest import Clock

FOLLOW = "/p/acme/follow"
QUESTION = "{text: &quot;满意吗？&quot;, yes: &quot;满意&quot;, no: &quot;不满意&quot;, rating: true}"
ASKS = (
    '<zeebe:ioMapping><zeebe:output source="=promisedBy" target="promisedBy"/>'
    f'<zeebe:output source="={QUESTION}" target="customer_question"/></zeebe:ioMapping>'
)
RATING = '<zeebe:output source="=if rating = null then null else number(string(rating))" target="rating"/>'


def _radio(key: str, *values: str) -> dict[str, object]:
    return {"type": "radio", "key": key, "label": key, "values": [{"label": each, "value": each} for each in values]}


# As outcomes of the step, with what the event makes of an answer; and as a field, with what the step makes of it.
BY_OUTCOME = (
    '<zeebe:properties><zeebe:property name="outcomes" value="satisfied:满意,unsatisfied:不满意"/>'
    '<zeebe:property name="result" value="customer_outcome"/></zeebe:properties>'
    f'<zeebe:ioMapping><zeebe:output source="=customer_outcome" target="customer_outcome"/>{RATING}</zeebe:ioMapping>',
    '<bpmn:extensionElements><zeebe:ioMapping><zeebe:output source="=if accepted = true then &quot;satisfied&quot; else '
    '&quot;unsatisfied&quot;" target="customer_outcome"/></zeebe:ioMapping></bpmn:extensionElements>',
)
BY_FIELD = (
    f'<zeebe:ioMapping><zeebe:output source="=answer = &quot;满意&quot;" target="accepted"/>{RATING}</zeebe:ioMapping>',
    "",
)
# As a field alone, where only the customer himself gives stars.
BY_WORD = ('<zeebe:ioMapping><zeebe:output source="=answer = &quot;满意&quot;" target="accepted"/></zeebe:ioMapping>', "")


@dataclass
class Office:
    """The process in which every answer leads to another solution, until the last; what staff fill in and choose there."""

    database: databases.Database
    cast: Cast
    clock: Clock
    form: str

    def work_out(self, solution: str) -> None:
        """Gives the customer something to answer to."""
        self._complete("investigate", {"solution": solution})

    def write_down(self, word: str, stars: str, comment: str) -> None:
        """Notes what he said by telephone."""
        given = {"rating": stars, "comment": comment} if self.form != "word" else {}
        given |= {"answer": word} if self.form != "outcome" else {}
        outcome = {"满意": "satisfied", "不满意": "unsatisfied"}[word] if self.form == "outcome" else None
        self._complete("ask_customer", given, outcome)

    def _complete(self, step: str, given: dict[str, str], outcome: str | None = None) -> None:
        self.clock.moment += timedelta(hours=1)
        (case,) = kit.rows(self.database, models.ProcessInstance)
        kit.complete(self.database, self.cast.clerk, case.key, step, given, outcome=outcome, now=self.clock.moment)
        self.clock.moment += timedelta(hours=1)


@pytest.fixture(params=["outcome", "field"])
def office(request: pytest.FixtureRequest, database: databases.Database, cast: Cast, clock: Clock) -> Office:
    step, event = {"outcome": BY_OUTCOME, "field": BY_FIELD, "word": BY_WORD}[request.param]
    *forms, drawn = complaints.resources()
    stars = () if request.param == "word" else (_radio("rating", *"54321"), kit.text_field("comment"))
    form = kit.form("asked", _radio("answer", "满意", "不满意"), *stars)
    task = 'id="ask_customer" name="ask_customer"><bpmn:extensionElements><zeebe:userTask/>'
    changes = (
        ('sourceRef="answered" targetRef="told"', 'sourceRef="answered" targetRef="investigate"'),
        ('sourceRef="ask_customer" targetRef="done"', 'sourceRef="ask_customer" targetRef="investigate"'),
        ('resultVariable="promisedBy"/>', f'resultVariable="promisedBy"/>{ASKS}'),
        (task, f'{task}<zeebe:formDefinition formId="asked"/>{step}'),
        ('<bpmn:messageEventDefinition messageRef="answer"/>', f'{event}<bpmn:messageEventDefinition messageRef="answer"/>'),
    )
    settings = {**(drawn.settings or {}), "texts": {"en": {"满意": "Satisfied", "不满意": "Not satisfied"}}}
    content = drawn.content.decode()
    for before, after in changes:
        assert before in content
        content = content.replace(before, after)
    kit.deploy(database, cast.owner, *forms, form, replace(drawn, content=content.encode(), settings=settings))
    return Office(database, cast, clock, request.param)


@pytest.fixture
def customer(app: flask.Flask, office: Office) -> Customer:
    customer = Customer(app)
    customer.follow(*number_and_secret(customer.file()))
    office.work_out("退款")
    return customer


def test_what_was_refused_in_the_words_of_the_process_is_headed_so(customer: Customer) -> None:
    question = customer.get(FOLLOW).form(FOLLOW + "/answer")["question"]
    page = customer.post(FOLLOW + "/answer", question=question, accepted="no", rating="2", comment="不够")
    assert "您未接受以下答复，我们正在重新处理：" in page.words("main")
    assert "我们承诺的答复期限：" in page.words("main"), "it is open again"


def test_an_answer_by_telephone_stands_on_the_page_in_a_later_round_and_its_rating_is_the_last(
    customer: Customer, office: Office
) -> None:
    question = customer.get(FOLLOW).form(FOLLOW + "/answer")["question"]
    customer.post(FOLLOW + "/answer", question=question, accepted="no", rating="2", comment="不够")
    office.work_out("换人")
    office.write_down("满意", "4", "可以")
    page = customer.get(FOLLOW)
    steps = page.words(".public-steps")
    assert (
        "您已答复：不满意 · 2 分" in steps and "您已答复：满意 · 4 分（满分 5 分） （由我们记录）" in steps and "可以" in steps
    )
    assert "您的评分：4 分（满分 5 分），满意" in page.words("main") and "您未接受" not in page.words("main")
    assert "我们承诺" not in page.words("main"), "it is kept"


def test_what_he_answered_reads_in_english_as_the_buttons_do(customer: Customer, office: Office) -> None:
    office.write_down("不满意", "2", "太慢")
    office.work_out("换人")
    question = customer.get(FOLLOW).form(FOLLOW + "/answer")["question"]
    customer.post(FOLLOW + "/answer", question=question, accepted="yes", rating="4", comment="可以")
    customer.post("/preferences", language="en", back=FOLLOW)
    told = customer.get(FOLLOW).words(".public-steps")
    assert "You answered: Not satisfied · 2 of 5 stars" in told and "You answered: Satisfied · 4 of 5 stars" in told


@pytest.mark.parametrize("office", ["word"], indirect=True)
def test_an_answer_by_telephone_bears_no_stars_of_a_later_one(customer: Customer, office: Office) -> None:
    office.write_down("不满意", "", "")
    office.work_out("换人")
    question = customer.get(FOLLOW).form(FOLLOW + "/answer")["question"]
    page = customer.post(FOLLOW + "/answer", question=question, accepted="yes", rating="1", comment="太慢")
    told = page.words(".public-steps")
    assert "您已答复：不满意 （由我们记录）" in told and "您已答复：满意 · 1 分" in told
    assert told.count("· 1 分") == 1 and told.count("太慢") == 1


def test_a_refusal_by_telephone_is_one(customer: Customer, office: Office) -> None:
    office.write_down("不满意", "1", "太慢")
    page = customer.get(FOLLOW)
    assert "您已答复：不满意 · 1 分" in page.words(".public-steps")
    assert "您未接受以下答复，我们正在重新处理：" in page.words("main")


def test_a_low_rating_beside_a_yes_is_told_to_who_is_in_charge_and_not_thanked_for(
    app: flask.Flask, database: databases.Database, office: Office
) -> None:
    customer = Customer(app)
    number, secret = number_and_secret(customer.file())
    customer.follow(number, secret)
    office.work_out("退款")
    for accepted, told in (("no", 0), ("yes", 1)):
        question = customer.get(FOLLOW).form(FOLLOW + "/answer")["question"]
        page = customer.post(FOLLOW + "/answer", question=question, accepted=accepted, rating="1", comment="态度差")
        heard = kit.rows(database, models.Notice, subject=f"客户评价不满意：{number}")
        assert len(heard) == told
        office.work_out("换人")
    assert "态度差" in heard[0].body
    assert "没有让您满意，我们很抱歉" in page.words("main") and "谢谢！" not in page.words("main")
