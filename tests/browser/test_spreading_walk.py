"""A manager finds a heap of tasks, spreads it evenly, takes it back, and reads one of its cases in words."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from engine.people import actors
from engine.storage import models
from tests.browser.office import Office
from tests.browser.people import People
from tests.engine import kit

pytestmark = pytest.mark.browser
PROCESS, GROUP = "spreading_walk", "分公司客服人员"


def heap(office: Office) -> list[str]:
    """Three cases of a process of this walk, whose first step nobody has claimed; their numbers."""
    with office.database() as database:
        with database.reading("telecom") as session:
            manager = actors.load(session, "telecom", "liu_wei")
        assert manager is not None
        form = kit.form("spreading_walk_form", kit.text_field("subject", required=True))
        steps = (kit.start(form="spreading_walk_form"), kit.task("look", groups=GROUP), kit.end())
        kit.deploy(
            database,
            manager,
            form,
            kit.diagram(PROCESS, *steps, kit.chain("started", "look", "done"), may_start=["*"], title="分派演练"),
        )
        keys = [kit.begin(database, manager, PROCESS, {"subject": f"第 {n} 件"}) for n in range(3)]
        with database.reading("telecom") as session:
            numbers = select(models.ProcessInstance.number).where(models.ProcessInstance.key.in_(keys))
            return list(session.scalars(numbers.order_by(models.ProcessInstance.key)))


def test_a_heap_is_spread_evenly_and_taken_back(sqlite_office: Office, people: People) -> None:
    numbers = heap(sqlite_office)
    here = people(sqlite_office, "telecom", "liu_wei").go(f"/status/today?process={PROCESS}")
    here.go(f"/status/workload?process={PROCESS}")
    here.follow(here.page.get_by_role("link", name="均衡分派").first)
    expect(here.page.locator("select[name^=to-]")).to_have_count(3)
    with here.expecting(422):
        here.follow(here.page.get_by_role("button", name="分派 3 项待办"))
    here.page.get_by_label("原因").fill("柜台忙不过来")
    here.follow(here.page.get_by_role("button", name="分派 3 项待办"))
    for number in numbers:
        expect(here.page.locator("li[data-row]", has_text=number)).to_contain_text("已转出")
    here.follow(here.page.get_by_role("button", name="撤销"))
    expect(here.page.locator("main")).to_contain_text("3 项待办退回原处")
    here.follow(here.page.locator("li[data-row]", has_text=numbers[0]).get_by_role("link"))
    here.follow(here.page.get_by_role("link", name="办理情况"))
    expect(here.page.locator("main")).to_contain_text(GROUP)
    here.go("/status/history")
