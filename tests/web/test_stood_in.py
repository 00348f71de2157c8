"""What a deputy did: whom he stood in for is told it, and finds on the task's page and among what he did who did it for him."""

from __future__ import annotations

from collections.abc import Callable

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
