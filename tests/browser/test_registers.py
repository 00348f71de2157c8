"""A register as its readers use it: a column filter set and taken off, sorted, the totals in sight, exported."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import looks, window
from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.story import Story

pytestmark = pytest.mark.browser
READER = ("miniapp", "zhou_jianguo")
LOW = {"width": 1366, "height": 430}  # so low that a few lines do not fit
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def story(sqlite_office: Place, people: People) -> Story:
    """Three complaints of two customers."""
    told = Story(sqlite_office, people, "miniapp", "complaint_handling", "substantiated_complaint_is_remedied")
    for unit in (
        "东湖产业园",
        "东湖产业园",
        "一家名字长得不得了的城市更新与产业园区综合运营管理服务（集团）股份有限公司江城分公司",
    ):
        told.start(unit=unit)
    return told


def test_a_register_is_narrowed_sorted_and_exported(story: Story, people: People, sqlite_office: Place, tmp_path: Path) -> None:
    reader = people(sqlite_office, *READER).go("/registers/complaint_handling")
    page = reader.page
    page.get_by_label("按栏目筛选").select_option(label="客户单位")
    page.get_by_label("客户单位为").select_option(value=story.customer("东湖产业园"))
    reader.press("搜索")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(page.locator("tfoot")).to_contain_text("共 2 件")
    expect(page.locator("tfoot th").first).to_be_in_viewport()
    reader.follow(page.locator("thead a", has_text="受理时间"))
    expect(page.locator("th[aria-sort]")).to_contain_text("受理时间")
    assert window.downloaded(reader, page.get_by_role("link", name=re.compile("导出")), tmp_path).stat().st_size > 4_000
    reader.follow(page.locator("a.chip"))
    expect(page.locator(".chip")).to_have_count(0)
    assert rows.count() > 2


@pytest.mark.parametrize("size", [looks.PHONE, LOW], ids=["phone", "desk"])
def test_a_register_fits_its_window(story: Story, people: People, sqlite_office: Place, size: dict[str, int]) -> None:
    page = people(sqlite_office, *READER, viewport=size).go("/registers/complaint_handling").page
    assert page.evaluate(SIDEWAYS) <= 0
    expect(page.locator("tfoot th").first).to_be_in_viewport()
