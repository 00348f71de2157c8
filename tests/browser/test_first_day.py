"""The first day of a real company, from an empty installation to its first case, by pages alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import filling, looks, window
from tests.browser.office import Office
from tests.browser.window import Window

pytestmark = pytest.mark.browser
PASSWORD = "korrekt pferd batterie"
COMPLAINT = {
    "receivedAt": "2026-03-03T10:00:00+08:00",
    "channel": "电话",
    "firstContactHours": 2,
    "complainant": "梁静怡",
    "contact": "13800002345",
    "content": "年会现场音响两次中断。",
    "expectation": "书面说明。",
}
PEOPLE = "用户名,姓名,部门,组\nzhang_san,张三,客服部,客服专员\nli_si,李四,销售部,\n".encode()


@pytest.fixture
def empty(browser: Browser, tmp_path: Path) -> Iterator[Office]:
    """A server without any company, as `banjie init` and `banjie serve` leave it on SQLite, with which companies begin."""
    data = tmp_path / "data"
    office = Office("empty", f"sqlite:///{data / 'banjie.sqlite'}", data)
    office.run("init")
    try:
        office.open()
        yield office
    finally:
        office.close()


def code_of(office: Office) -> str:
    found = re.search(r"^  ((?:\w{4}-){2}\w{4})$", (office.data / "serve.log").read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


def test_a_company_is_set_up_and_its_first_case_started_by_pages_alone(
    empty: Office, browser: Browser, album: looks.Album, tmp_path: Path
) -> None:
    first, second = (Window(window.context_of(browser), empty, album) for _ in range(2))
    (tmp_path / "people.csv").write_bytes(PEOPLE)
    with first.expecting(422):
        first.go("/")
        first.page.get_by_label("验证码").fill("AAAA-AAAA-AAAA")
        first.press("继续")
    first.page.get_by_label("验证码").fill(code_of(empty).lower())
    first.press("继续")
    assert looks.on_phone(first.page) == []
    for label, text in {
        "名称": "青禾商贸有限公司",
        "单位代码": "qinghe",
        "您的姓名": "王五",
        "用户名": "wang_wu",
        "密码": PASSWORD,
        "再次输入密码": PASSWORD,
    }.items():
        first.page.get_by_label(label, exact=True).fill(text)
    first.page.get_by_label("人员名单", exact=True).set_input_files(tmp_path / "people.csv")
    first.press("完成设置")
    first.page.get_by_label("客户投诉处理").first.check()
    first.press("继续：对应到本单位的组")
    first.page.get_by_label("“客户经理” 对应的本单位组").fill("客服专员")
    first.page.get_by_label("“服务负责人” 对应的本单位组").fill("客服主管")
    first.page.get_by_label("张三 加入“总经理”").check()
    expect(first.page.locator("[data-left]")).to_have_text("还有1个组没有人，请确定")
    first.page.reload()  # what was done is still there when one comes back
    expect(first.page.get_by_label("“服务负责人” 对应的本单位组")).to_have_value("客服主管")
    expect(first.page.locator("[data-left]")).to_have_text("还有1个组没有人，请确定")
    first.page.get_by_label("张三 加入“总经理”").uncheck()
    first.press("采用并部署")
    expect(first.page.get_by_role("status")).to_contain_text("客户投诉处理 现在可以发起了。")

    first.go("/password/codes")
    window.downloaded(first, first.page.get_by_role("button", name="导出表格"), tmp_path)
    expect(first.page.locator("form.for-all")).to_have_count(0)  # the page knows of the codes in the file
    expect(first.page.locator("tbody tr", has_text="张三")).to_contain_text("有效至")
    first.press("给 张三 发验证码")
    link = first.page.get_by_label("或使用链接").input_value()
    second.go(link.removeprefix(empty.address))
    second.page.get_by_label("新密码", exact=True).fill("zhi-you-ziji-zhidao")
    second.page.get_by_label("再次输入新密码").fill("zhi-you-ziji-zhidao")
    second.press("设置密码并登录")
    second.go("/start").follow(second.page.get_by_role("link", name="客户投诉处理"))
    filing = second.page.locator("form").filter(has=second.page.get_by_role("button", name="提交"))
    filling.fill(filing, COMPLAINT, timedelta(0))
    second.press("提交")
    expect(second.page).to_have_url(re.compile(r"/cases/\d+$"))
    expect(second.page.locator("h1 + .status")).to_have_text("进行中")
    with second.expecting(404):
        second.page.goto(f"{empty.address}/set-up")
    for each in (first, second):
        each.close()
