"""What somebody reads after an act on many tasks: what became of each, until when it is to be done, and what comes next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from engine.background.worker import Worker
from engine.storage import database as databases
from engine.storage import models
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.conftest import Clock
from tests.web.pages import Browser


def test_after_claiming_many_each_bears_its_limit_and_a_button_leads_to_the_most_urgent(
    signed_in: Callable[..., Browser], purchases: Purchases, database: databases.Database, clock: Clock
) -> None:
    later, sooner = purchases.start(after=timedelta(hours=1)), purchases.start()
    clerk = signed_in("clerk2")
    clock.moment += timedelta(hours=2)
    clerk.post("/batches", operation="claim", task=[str(purchases.task(each)) for each in (later, sooner)])
    clock.moment += timedelta(seconds=11)
    Worker(database, clock).run_once()
    address = f"/batches/{kit.rows(database, models.Batch)[0].key}"
    page = clerk.get(address)
    assert page.words("h1") == "已认领 2 件，请逐件办理" and not page.tree.xpath("//progress")
    assert page.words(".limit").count("剩") == 2
    [first] = page.tree.xpath("//a[.='去办理最急的一件']/@href")
    assert first == f"/tasks/{purchases.task(sooner)}"
    rows = [" ".join(each.text_content().split()) for each in page.tree.xpath("//li[@data-row]")]
    assert "最急" in rows[0] and "最急" not in rows[1], "what has to be done first stands first"
    assert page.tree.xpath("//li[@data-row][1]//a/@href") == [first]
    owner = signed_in("owner")
    for case in (later, sooner):
        owner.post(f"/cases/{case}/terminate", reason="不办了")
    over = clerk.get(address)
    assert over.words("h1") == "已认领 2 件"
    assert "去办理" not in over.words(".batch") and over.words(".limit") == "", "what is over asks nothing and has no limit"
