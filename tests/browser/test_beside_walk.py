"""What people do beside forms, in a browser: hand on, ask, copy, stand in for somebody, many tasks at once with a way back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import looks
from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.story import Story
from tests.browser.window import Window

pytestmark = pytest.mark.browser
ASKED = "**/choose/mentioned*"
FOUND = "**/choose/people*"


@pytest.fixture
def story(sqlite_office: Place, people: People) -> Story:
    told = Story(sqlite_office, people, "miniapp", "complaint_handling", "trap_04_untrue_complaint_ends_with_an_answer")
    told.start()
    return told


def choose(here: Window, field: str, typed: str, name: str) -> None:
    """Finds somebody by what is typed, without sending the page, and chooses him."""
    here.page.locator(f'input[name="{field}_text"]').press_sequentially(typed)
    found = here.page.locator(f"#found-{field} label", has_text=name)
    expect(found).to_be_visible()
    found.click()


def more(here: Window, label: str) -> Window:
    """Opens 「更多」 and goes where an entry leads."""
    here.page.locator("details.more > summary").first.click()
    return here.follow(here.page.locator("details.more .entry", has_text=label).first)


def test_a_task_is_asked_about_copied_and_handed_on(story: Story) -> None:
    here = story.open("liu_yang", "investigate")
    more(here, "征询意见")
    choose(here, "people", "ly", "林悦")
    here.page.locator("#text").fill("客户是否来过电话?")
    here.press("征询意见")
    more(here, "抄送")
    choose(here, "people", "wxm", "吴晓梅")
    here.press("抄送")
    expect(here.page.locator("ul.said").first).to_contain_text("客户是否来过电话?")
    asked = story.window("lin_yue").go("/inbox/asked")
    asked.follow(asked.page.locator(".item a.step").first)
    asked.page.locator("#text").fill("没有来过")
    asked.press("答复")
    here.go("/inbox")
    here.follow(here.page.locator(".item a.step", has_text=story.names["investigate"]).first)
    more(here, "转办")
    choose(here, "person", "郑", "郑浩")
    here.page.locator("#reason").fill("出差")
    here.press("转办")
    expect(here.page.locator(".flash.success")).to_contain_text("已转办")


def held(page: Page) -> list[Route]:
    """What is looked for from now on is not answered until somebody lets it."""
    late: list[Route] = []
    page.route(FOUND, lambda route: late.append(route))
    return late


def test_what_is_ticked_and_unticked_while_names_are_looked_for_holds(story: Story) -> None:
    page = more(story.open("liu_yang", "investigate"), "抄送").page
    found = page.locator("#found-people")
    lin = found.get_by_role("checkbox", name="林悦")
    page.locator("[name=people_text]").fill("林")
    expect(lin).to_be_visible()
    for typed, to_come, tick in (("郑", "郑浩", lin.check), ("吴", "吴晓梅", lin.uncheck)):
        late = held(page)
        with page.expect_request(FOUND):
            page.locator("[name=people_text]").fill(typed)
        tick()
        late[0].continue_()
        page.unroute(FOUND)
        expect(found).to_contain_text(to_come)
        assert lin.is_checked() == (typed == "郑")


def test_who_is_mentioned_is_found_behind_an_at_by_keyboard_and_by_touch(
    story: Story, sqlite_office: Place, people: People
) -> None:
    here = more(story.open("liu_yang", "investigate"), "备注")
    remark, names = here.page.locator("#text"), here.page.get_by_role("option")
    remark.press_sequentially("请看 @l")
    expect(names.filter(has_text="林悦")).to_be_visible()
    expect(names.first).to_have_attribute("aria-selected", "true")
    late: list[Route] = []
    here.page.route(ASKED, lambda route: late.append(route))
    with here.page.expect_request(ASKED):
        remark.press_sequentially("y")
    remark.press("ArrowDown")
    while names.filter(has_text="林悦").get_attribute("aria-selected") != "true":
        remark.press("ArrowDown")
    with here.page.expect_response(ASKED):  # it comes late, and whom the arrows came to stays chosen
        late[0].continue_()
    here.page.unroute(ASKED)
    here.look()  # the list stands open
    remark.press("Enter")
    expect(remark).to_have_value("请看 @林悦 ")
    remark.press_sequentially("@wxm")
    expect(names.first).to_be_visible()
    remark.press("Escape")
    expect(names.first).to_be_hidden()
    remark.fill("请看 @林悦 的记录")
    here.press("备注")
    expect(here.page.locator("ul.said").first).to_contain_text("林悦")  # she reads it
    phone = people(sqlite_office, "miniapp", "liu_yang", viewport=looks.PHONE, has_touch=True).go(
        here.page.url.removeprefix(sqlite_office.address)
    )
    phone = more(phone, "备注")
    phone.page.locator("#text").press_sequentially("@wxm")
    phone.page.get_by_role("option").filter(has_text="吴晓梅").tap()
    expect(phone.page.locator("#text")).to_have_value("@吴晓梅 ")
    phone.look()


def test_many_tasks_are_ticked_and_followed_on_a_phone(story: Story, sqlite_office: Place, people: People) -> None:
    here = people(sqlite_office, "miniapp", "liu_yang", viewport=looks.PHONE).go("/inbox")
    expect(here.page.locator("[data-batch]")).to_be_hidden()
    everything, ticks = here.page.get_by_label("全选本页"), here.page.locator("input.tick")
    everything.check()
    expect(here.page.locator("input.tick:checked")).to_have_count(ticks.count())
    ticks.first.uncheck()
    expect(everything).not_to_be_checked()
    everything.check()
    everything.uncheck()
    expect(here.page.locator("[data-batch]")).to_be_hidden()
    to_claim = here.page.locator("li[data-row]").filter(has=here.page.get_by_role("button", name="认领"))
    to_claim.first.locator("input.tick").check()
    expect(here.page.locator("[data-batch-count]")).to_be_visible()
    expect(here.page.locator("[data-batch] [value=approve]")).to_be_hidden()  # it has to be opened
    expect(here.page.locator("[data-batch] [name=opinion]")).to_be_hidden()
    expect(
        here.page.locator("[data-batch-alone]")
    ).to_be_hidden()  # nothing of it is for approving: to claim it is what is offered
    with here.page.expect_navigation():
        here.page.get_by_role("button", name="批量认领 1", exact=True).first.click()
    expect(here.page).to_have_url(re.compile(r"/batches/\d+$"))
    expect(here.page.get_by_role("button", name="撤销")).to_be_visible()  # for ten seconds, before it is looked at
    expect(here.page.locator("#batch")).to_contain_text("已认领 1 件")  # by itself, as the worker goes on
    here.look()


def test_somebody_stands_in_for_who_is_away(story: Story) -> None:
    here = story.window("zheng_hao").go("/deputies")
    choose(here, "deputy", "ly", "林悦")
    here.page.locator("#begins_at").fill("2026-01-01T08:00")
    here.page.locator("#ends_at").fill("2026-12-31T08:00")
    with here.expecting(422):
        here.page.locator("#ends_at").fill("2025-12-31T08:00")
        here.press("设置代理人")
    expect(here.page.locator(".field-error")).to_contain_text("结束时间须晚于开始时间")
