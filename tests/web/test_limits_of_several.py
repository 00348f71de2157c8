"""A case with several open steps and one limit: whose limit it is stands under it, and that step leads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from engine.deadlines import suspending
from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.web.pages import Browser


def test_the_limit_of_a_case_with_several_open_steps_says_whose_it_is(
    signed_in: Callable[..., Browser], database: databases.Database, cast: Cast
) -> None:
    split = kit.node("parallelGateway", "split")
    steps = [
        kit.task("慢", users="head", due="5d"),
        kit.task("快", users="clerk2", due="1d"),
        *(kit.task(each, users="clerk2") for each in "无空"),
    ]
    flows = kit.flow("started", "split") + "".join(kit.flow("split", each) + kit.flow(each, "done") for each in "慢快无空")
    kit.deploy(database, cast.owner, kit.diagram("wide", kit.start(), split, *steps, kit.end(), flows))
    key = kit.begin(database, cast.owner, "wide")
    owner = signed_in("owner")
    for address in ("/inbox/started", "/status/cases"):
        row = owner.get(address).tree.xpath(f"//tr[.//a[@href='/cases/{key}']]")[0]
        steps_shown = [each.text_content().split()[0] for each in row.xpath(".//*[contains(@class, 'stands')]")]
        assert steps_shown[0] == "快" and "另有 2 个环节" in row.text_content()
        assert row.xpath(".//*[contains(@class, 'whose')]")[0].text_content() == "快"
    kit.complete(database, cast.clerk2, key, "快", now=kit.NOW + timedelta(minutes=1))
    kit.complete(database, cast.clerk2, key, "无", now=kit.NOW + timedelta(minutes=1))
    kit.complete(database, cast.clerk2, key, "空", now=kit.NOW + timedelta(minutes=1))
    row = owner.get("/inbox/started").tree.xpath(f"//tr[.//a[@href='/cases/{key}']]")[0]
    assert not row.xpath(".//*[contains(@class, 'whose')]")


def test_each_of_several_open_steps_has_its_own_limit_beside_it(
    signed_in: Callable[..., Browser], database: databases.Database, cast: Cast
) -> None:
    split = kit.node("parallelGateway", "split")
    steps = [kit.task("慢", users="head", due="5d"), kit.task("快", users="clerk2", due="1d")]
    flows = kit.flow("started", "split") + "".join(kit.flow("split", each) + kit.flow(each, "done") for each in "慢快")
    kit.deploy(database, cast.owner, kit.diagram("pair", kit.start(), split, *steps, kit.end(), flows))
    key = kit.begin(database, cast.owner, "pair")
    owner = signed_in("owner")
    owner.post(f"/cases/{key}/follow")
    for address in ("/inbox/started", "/status/cases", "/inbox/followed"):
        [row] = owner.get(address).tree.xpath(f"//*[@data-row][.//a[@href='/cases/{key}']]")
        soon, late = (" ".join(each.text_content().split()) for each in row.xpath(".//*[contains(@class, 'stands')]"))
        assert soon.startswith("快 程办事 剩 1 天") and ":" in soon, address
        assert late.startswith("慢 ") and "剩 5 天" in late, address


def test_what_somebody_has_done_says_until_when_others_have_to_go_on(
    signed_in: Callable[..., Browser], database: databases.Database, cast: Cast
) -> None:
    steps = [kit.task("先", users="clerk"), kit.task("后", users="clerk2", due="1d")]
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), *steps, kit.end(), kit.chain("started", "先", "后", "done")))
    key = kit.begin(database, cast.owner, "p")
    kit.complete(database, cast.clerk, key, "先")
    page = signed_in("clerk").get("/inbox/done")
    assert page.words(".stands").startswith("后 程办事 剩 1 天")
    with database.transaction(cast.owner.company_id) as session:
        suspending.suspend(session, cast.owner, key, reason="等", now=kit.NOW)
    page = signed_in("clerk").get("/inbox/done")
    assert "时限暂停" in page.words(".stands") and "已挂起" in page.words(".list")
