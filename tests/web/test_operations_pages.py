"""Operators' pages: what stopped by cause, an act on many cases rehearsed and done, its log, what the worker does."""

from __future__ import annotations

from collections.abc import Callable

from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.operating import stuck
from tests.web.pages import Browser

SignIn = Callable[..., Browser]


def test_thirty_stopped_cases_of_one_cause_are_found_rehearsed_and_tried_again(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    stuck.deploy(database, cast)
    stuck.begin(database, cast, 30)
    owner = signed_in("owner")
    page = owner.get("/status/operations/causes")
    (row,) = page.tree.xpath("//tbody/tr")
    assert [each.text_content().strip() for each in row.xpath("td[@class='number']")] == ["30", "30"]
    form = owner.get(row.xpath(".//a[contains(@href, 'operation=retry')]/@href")[0])
    cause = form.tree.xpath("//input[@name='cause']/@value")[0]
    owner.post("/status/operations/new", 422, operation="retry", cause=cause, reason=" ")
    assert kit.rows(database, models.Operation) == []
    owner.post("/status/operations/new", operation="retry", cause=cause, reason="端口已修好")
    (operation,) = kit.rows(database, models.Operation)
    address = f"/status/operations/{operation.key}"
    owner.post(f"{address}/carry-out", 409)
    stuck.run(database)
    assert "30 件中 30 件可执行" in owner.get(address).words()
    assert {each.state for each in kit.rows(database, models.Incident)} == {"open"}
    owner.post(f"{address}/carry-out")
    stuck.run(database)
    assert "已完成 30 / 30" in owner.get(address).words()
    assert {each.state for each in kit.rows(database, models.Incident)} == {"resolved"}
    log = owner.get("/status/operations").words("table")
    assert "重试异常" in log and "端口已修好" in log and "30" in log


def test_others_neither_order_nor_see_it_nor_what_the_worker_does(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    stuck.deploy(database, cast)
    stuck.begin(database, cast, 1)
    signed_in("owner").post("/status/operations/new", operation="retry", process="opening", reason="端口已修好")
    (operation,) = kit.rows(database, models.Operation)
    clerk = signed_in("clerk")
    clerk.get("/status/operations/new", 403)
    clerk.post("/status/operations/new", 403, operation="retry", process="opening", reason="x")
    clerk.get("/status/operations/worker", 404)
    clerk.get(f"/status/operations/{operation.key}", 404)
    assert "端口" not in clerk.get("/status/operations").words()
    for verb in ("carry-out", "pause", "continue", "stop"):
        clerk.post(f"/status/operations/{operation.key}/{verb}", 404)
    assert kit.rows(database, models.Operation)[0].state == "running"


def test_the_worker_says_what_it_has_done_and_what_waits(database: databases.Database, cast: Cast, signed_in: SignIn) -> None:
    stuck.deploy(database, cast)
    stuck.begin(database, cast, 2)
    stuck.run(database, name="worker-7")
    shown = signed_in("owner").get("/status/operations/worker").words()
    assert "worker-7" in shown and stuck.TYPE in shown and "port 1 is closed" in shown


def test_from_a_stopped_case_one_comes_to_what_else_may_be_done_with_it(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    stuck.deploy(database, cast)
    (case,) = stuck.begin(database, cast, 1)
    owner = signed_in("owner")
    (address,) = owner.get(f"/cases/{case}").tree.xpath("//section[@aria-labelledby='troubles']//a/@href")
    form = owner.get(address).tree
    assert form.xpath("string(//textarea[@name='numbers'])").strip() == kit.instance(database, case).number
    assert form.xpath("//select[@name='process']/option[@selected]/@value") == ["opening"]
