"""An administrator gives the customer service a calendar of its own, clicks a day off, sees what moves, and keeps it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import window
from tests.browser.office import Place
from tests.browser.people import People

pytestmark = pytest.mark.browser
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SIZES = {"desktop": {}, "phone": {"viewport": window.PHONE, "is_mobile": True, "has_touch": True}}


@pytest.mark.parametrize("size", SIZES)
def test_a_service_that_works_day_and_night_gets_its_calendar(sqlite_office: Place, people: People, size: str) -> None:
    here, name = people(sqlite_office, "telecom", "liu_wei", **SIZES[size]).go("/calendar"), f"客服 7×24（{size}）"
    page = here.page
    here.follow(page.get_by_role("link", name="新建日历"))
    page.get_by_label("日历名称").fill(name)
    page.get_by_label("法定节假日", exact=True).select_option("none")
    page.get_by_label("上班时间").fill("00:00-24:00")
    for day in ("周六", "周日"):
        page.get_by_label(day).check()
    here.press("新建")
    expect(page.locator(".page-head .under")).to_contain_text("每天")
    expect(page.locator(".page-head .under")).to_contain_text("全天")
    day = page.locator("td.day button").last
    day.click()
    expect(page.locator(".marks-bar")).to_contain_text("1")
    assert page.evaluate(SIDEWAYS) <= 0
    page.get_by_label("事由").fill("系统割接")
    page.get_by_role("button", name="查看影响").click()
    expect(page.locator(".marks-moves")).to_be_visible()
    here.look()
    page.get_by_role("button", name="保存修改").click()
    expect(page.locator("td.day.own")).to_have_count(1)
    expect(page.locator("td.day.own")).to_contain_text("休")
    here.look()
