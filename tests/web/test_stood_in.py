"""What a deputy did: whom he stood in for is told it, and finds on the task's page and among what he did who did it for him."""

from __future__ import annotations

from collections.abc import Callable

from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]


def done_by_deputy(signed_in: SignedIn, purchases: Purchases) -> int:
    """A task of clerk2 that the head did for him; its key."""
    task = purchases.claim(purchases.start(), purchases.cast.clerk2)
    away = {"begins_at": "2026-03-02T08:00", "ends_at": "2026-03-09T18:00", "covers_existing": "1"}
    signed_in("clerk2").post("/deputies", deputy="head", of="all", **away)
    signed_in("head").post(f"/tasks/{task}/complete", in_stock="0", outcome="submit")
    return task


def test_who_was_away_reads_on_the_task_and_in_his_list_who_did_it_for_him(signed_in: SignedIn, purchases: Purchases) -> None:
    task = done_by_deputy(signed_in, purchases)
    away = signed_in("clerk2")
    assert "何负责已代您办理此任务" in away.post(f"/tasks/{task}/complete", status=409, in_stock="0", outcome="submit").words()
    assert "何负责已代您办理此任务" in away.get(f"/tasks/{task}").words()
    assert "由何负责代您办理" in away.get("/inbox/done").words("table")
    away.post("/preferences", language="en")
    assert "何负责 did it for you" in away.get("/inbox/done").words("table")


def test_a_deputy_reads_in_his_list_for_whom_he_did_it(signed_in: SignedIn, purchases: Purchases) -> None:
    done_by_deputy(signed_in, purchases)
    deputy = signed_in("head")
    assert "代程办事办理" in deputy.get("/inbox/done").words("table")
    deputy.post("/preferences", language="en")
    assert "done for 程办事" in deputy.get("/inbox/done").words("table")


def test_a_deputy_reads_among_his_notices_that_the_step_he_did_came_back_and_why(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    form = kit.form("said", kit.text_field("comment"))
    steps = (
        kit.task("提出", assignee="head"),
        kit.task("协商", form="said", assignee="clerk", outcomes="yes:接受,no:不接受", result="said"),
    )
    ways = kit.chain("started", "提出", "协商", "content", "done") + kit.flow("content", "提出", '=said = "no"')
    gate = kit.node("exclusiveGateway", "content", attributes=' default="content_done"')
    kit.deploy(database, cast.owner, form, kit.diagram("p", kit.start(), *steps, gate, kit.end(), ways))
    away = {"begins_at": "2026-03-02T08:00", "ends_at": "2026-03-09T18:00", "covers_existing": "1"}
    signed_in("head").post("/deputies", deputy="manager", of="all", **away)
    deputy, key = signed_in("manager"), kit.begin(database, cast.clerk2, "p")
    assert "退回" not in deputy.get("/notices").words("main")
    deputy.post(f"/tasks/{kit.open_task(database, key, '提出')}/complete", outcome="submit")
    kit.complete(database, cast.clerk, key, "协商", {"comment": "赔偿太少"}, outcome="no")
    told = deputy.get("/notices").words("main")
    assert "被退回" in told and "赔偿太少" in told and "第 2 轮" in told, told
