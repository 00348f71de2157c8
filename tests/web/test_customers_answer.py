"""What colleagues see of a customer who may answer online, and what becomes of what they type meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

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
from tests.web.conftest import Clock
from tests.web.pages import Browser
from web.frame import words
from web.frame.where import standing_words


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


def test_words_of_which_nothing_is_seen_are_no_reason_of_a_customer_or_of_staff(
    asked: Customer, database: databases.Database, cast: Cast, signed_in: Callable[..., Browser]
) -> None:
    question = asked.get("/p/acme/follow").form("/p/acme/follow/answer")["question"]
    (case,) = kit.rows(database, models.ProcessInstance)
    owner = signed_in("owner")
    for nothing in ("  ", "\u3000\u3000", "\u200b", "\ufeff \u2060", "\u3164\u2800\n"):
        page = asked.post("/p/acme/follow/answer", 422, question=question, accepted="no", comment=nothing)
        assert "请填写" in page.words(".field-problems, .error, .problem") or "请填写" in page.words()
        asked.post("/p/acme/follow/withdrawal", 422, reason=nothing)
        owner.post(f"/cases/{case.key}/terminate", 422, reason=nothing)
    asked.post("/p/acme/follow/answer", question=question, accepted="no", comment="\u200b太慢\u200d")
    (said,) = kit.rows(database, models.HistoryEvent, kind="answered")
    assert "太慢" in said.data["values"]["comment"]


def test_who_typed_while_the_customer_answered_or_withdrew_reads_that_and_when(
    asked: Customer, database: databases.Database, cast: Cast, signed_in: Callable[..., Browser], clock: Clock
) -> None:
    (case,) = kit.rows(database, models.ProcessInstance)
    task, staff = kit.open_task(database, case.key, "ask_customer"), signed_in("clerk")
    staff.post(f"/tasks/{task}/claim")
    question = asked.get("/p/acme/follow").form("/p/acme/follow/answer")["question"]
    staff.post(f"/tasks/{task}/draft", opinion="客户嫌慢")
    clock.moment = kit.NOW.replace(hour=6, minute=5)
    asked.post("/p/acme/follow/answer", question=question, accepted="no", comment="太慢")
    told = staff.get(f"/tasks/{task}/standing").words()
    assert "客户已于 3月2日 14:05 在网上答复（不接受：太慢），本任务随之结束。您填写的内容已保留" in told


def test_what_a_customer_chose_is_told_in_the_words_he_chose_by(app: flask.Flask) -> None:
    with app.test_request_context():
        assert words.answered({"accepted": False, "chosen": "未解决"}) == "客户：未解决"
        assert words.answered({"accepted": False}) == "客户不接受"


def test_a_day_on_which_a_case_goes_on_by_itself_is_said_without_midnight(app: flask.Flask) -> None:
    day, hour = datetime(2026, 12, 4, 16, 0, tzinfo=UTC), datetime(2026, 12, 5, 1, 30, tzinfo=UTC)
    with app.test_request_context():
        assert (standing_words.waits_until(day), standing_words.waits_until(hour)) == ("12月5日", "12月5日 09:30 前")


def test_colleagues_read_who_filed_a_case_and_why_he_withdrew_it(
    asked: Customer, database: databases.Database, signed_in: Callable[..., Browser]
) -> None:
    (case,) = kit.rows(database, models.ProcessInstance)
    owner = signed_in("owner")
    page = owner.get(f"/cases/{case.key}")
    assert "客户（网页） 发起" in page.words(".timeline")
    assert "客户（网页）" in page.words("ol[@class='way']/li[1]")
    english = owner.client.get(f"/cases/{case.key}", headers={"Accept-Language": "en"}).text
    assert "The customer may answer online too" in english
    asked.post("/p/acme/follow/withdrawal", reason="现场经理已致歉")
    assert "现场经理已致歉" in owner.get(f"/cases/{case.key}").words(".now")
