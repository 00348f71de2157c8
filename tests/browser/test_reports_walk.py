"""A report from the builder to other readers: built, drawn, saved, shared; who may see fewer cases counts fewer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import looks, window
from tests.browser.conftest import People
from tests.browser.office import Place
from tests.browser.story import Story

pytestmark = pytest.mark.browser
UNIT = "滨江文化园·报表"  # nobody else's complaints are counted
INK = """canvas => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return pixels.some((value, place) => place % 4 === 3 && value > 0);
}"""


def test_a_report_is_built_saved_shared_and_read_by_others_with_their_own_rights(
    sqlite_office: Place, people: People, tmp_path: Path
) -> None:
    told = Story(sqlite_office, people, "miniapp", "complaint_handling", "substantiated_complaint_is_remedied")
    for _ in range(2):
        told.start(unit=UNIT)
    maker = people(sqlite_office, "miniapp", "zhou_jianguo").go("/status/reports")
    page = maker.page
    maker.follow(page.get_by_role("link", name="新建报表"))
    with page.expect_navigation():
        page.get_by_label("客户投诉处理", exact=True).check()
    maker.look()
    _chosen(maker, page.get_by_label("分组", exact=True).first, "客户单位")
    page.get_by_label("字段").first.select_option(label="客户单位")
    page.get_by_label("比较").first.select_option(label="包含")
    page.get_by_label("值").first.fill("报表")
    _chosen(maker, page.get_by_label("显示方式"), "柱形图")
    unit = page.locator(".report-table tbody th").inner_text()
    expect(page.locator(".report-table tbody td")).to_have_text("2")
    assert page.locator(".chart canvas").first.evaluate(INK)
    page.get_by_label("报表名称").fill("滨江投诉")
    page.locator("input[name=people_text]").fill("林悦")
    page.get_by_role("checkbox", name=re.compile("林悦")).check()
    maker.press("保存")
    expect(page.locator("h1")).to_have_text("滨江投诉")
    assert window.downloaded(maker, page.get_by_role("link", name="导出（XLSX）"), tmp_path).stat().st_size > 4_000
    assert window.downloaded(maker, page.get_by_role("link", name="导出（PDF）"), tmp_path).read_bytes().startswith(b"%PDF")
    maker.follow(page.locator(".report-table tbody td a"))
    expect(page.locator("tbody tr")).to_have_count(2)
    _read_by_another(people, sqlite_office, unit)


def _read_by_another(people: People, office: Place, unit: str) -> None:
    """On a telephone: it is there for whom it was shared with, who follows no case of the process and so sees no figure."""
    reader = people(office, "miniapp", "lin_yue", viewport=looks.PHONE).go("/status/reports")
    reader.follow(reader.page.get_by_role("link", name="滨江投诉"))
    expect(reader.page.get_by_text("这里没有您可以查看的单据")).to_be_visible()
    expect(reader.page.get_by_text(unit)).to_have_count(0)


def _chosen(maker: window.Window, field: Locator, label: str) -> None:
    """Chooses what draws the page anew."""
    with maker.page.expect_navigation():
        field.select_option(label=label)
    maker.look()
