"""A case with several open steps and one limit: whose limit it is stands under it, and that step leads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.web.pages import Browser


def test_the_limit_of_a_case_with_several_open_steps_says_whose_it_is(
    signed_in: Callable[..., Browser], database: databases.Database, cast: Cast
) -> None:
    split = kit.node("parallelGateway", "split")
    steps = [kit.task("慢", users="head", due="5d"), kit.task("快", users="clerk2", due="1d"), kit.task("无", users="clerk2")]
    flows = kit.flow("started", "split") + "".join(kit.flow("split", each) + kit.flow(each, "done") for each in "慢快无")
    kit.deploy(database, cast.owner, kit.diagram("wide", kit.start(), split, *steps, kit.end(), flows))
    key = kit.begin(database, cast.owner, "wide")
    owner = signed_in("owner")
    for address in ("/inbox/started", "/status/cases"):
        row = owner.get(address).tree.xpath(f"//tr[.//a[@href='/cases/{key}']]")[0]
        steps_shown = [each.text_content().split()[0] for each in row.xpath(".//*[contains(@class, 'stands')]")]
        assert steps_shown[0] == "快" and "另有 1 个环节" in row.text_content()
        light = row.xpath(".//td[.//*[contains(concat(' ', @class, ' '), ' light ')]]")[0]
        assert light.xpath(".//*[@class='sub']")[0].text_content() == "快"
    kit.complete(database, cast.clerk2, key, "快", now=kit.NOW + timedelta(minutes=1))
    kit.complete(database, cast.clerk2, key, "无", now=kit.NOW + timedelta(minutes=1))
    row = owner.get("/inbox/started").tree.xpath(f"//tr[.//a[@href='/cases/{key}']]")[0]
    assert not row.xpath(".//td[.//*[contains(concat(' ', @class, ' '), ' light ')]]//*[@class='sub']")
