"""A leave request made as cards, on the desktop and on the phone: form, condition, deadline, published, started."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser import looks
from tests.browser.conftest import People
from tests.browser.office import Place
from tests.browser.window import Window

pytestmark = pytest.mark.browser
OWNER = ("miniapp", "xiao_ran")


def begun(here: Window, id: str) -> Window:
    here.go("/designer")
    here.page.locator("input[name=template][value=leave]").check()
    here.page.locator("#new-name").fill(f"请假卡片 {id}")
    here.page.locator("#new-id").fill(id)
    here.press("用简单视图设计")
    expect(here.page.locator(".simple-card.start")).to_be_visible()
    return here


def put_in(here: Window, before: str, kind: str) -> None:
    """Adds a card right before another by the sign between them."""
    row = here.page.locator("li").filter(has=here.page.locator(f"> #card-{before}"))
    row.locator("> .simple-plus > summary").click()
    row.locator("> .simple-plus").get_by_role("button", name=kind).click()
    expect(here.page.locator("#drawer")).to_be_visible()


def keep(here: Window, name: str) -> None:
    here.page.locator("#drawer").get_by_label("名称", exact=True).fill(name)
    here.press("保存")
    expect(here.page.locator(".simple-card[aria-current]")).to_contain_text(name)


def test_a_leave_request_is_made_as_cards_published_and_started(sqlite_office: Place, people: People) -> None:
    here = begun(people(sqlite_office, *OWNER), "leave_cards")
    put_in(here, "record_leave", "办理")
    drawer = here.page.locator("#drawer")
    drawer.get_by_label("组", exact=True).check()
    drawer.locator("#simple-groups").fill("客服专员")
    drawer.locator("#simple-property-due").fill("2")
    drawer.get_by_label("表单", exact=True).select_option("leave_cards_request")
    keep(here, "安排顶班")
    expect(here.page.locator("#card-handle")).to_contain_text("客服专员 · 时限 2 个工作日")
    here.page.locator("#drawer").get_by_label("名称", exact=True).fill("还没保存")
    here.page.once("dialog", lambda asked: asked.dismiss())
    here.page.locator("#card-started").click(no_wait_after=True)
    expect(here.page.locator("#drawer").get_by_label("名称", exact=True)).to_have_value("还没保存")
    keep(here, "安排顶班")
    put_in(here, "handle", "条件分支")
    here.look()
    branch = here.page.locator("#card-conditions_to_conditions_end")
    branch.click()
    row = drawer.locator(".simple-row").first
    row.get_by_label("字段", exact=True).select_option("天数")
    row.get_by_label("比较").select_option(">")
    row.get_by_label("值", exact=True).fill("10")
    keep(here, "长假")
    expect(branch).to_contain_text("天数 大于 10")
    here.page.get_by_role("button", name="撤销这一步").click()
    expect(branch).to_contain_text("尚未设置条件")
    here.page.get_by_role("button", name="重做").click()
    expect(branch).to_contain_text("天数 大于 10")
    here.follow(here.page.get_by_role("button", name="发布…"))
    here.press("发布")
    expect(here.page).to_have_url(re.compile("/processes/leave_cards$"))
    here.go("/start/leave_cards")
    expect(here.page.locator(".task-form")).to_contain_text("请假类型")


def test_cards_are_edited_on_the_phone(sqlite_office: Place, people: People) -> None:
    here = begun(people(sqlite_office, *OWNER, viewport=looks.PHONE), "leave_phone")
    put_in(here, "concluded", "审批")
    here.page.locator("#drawer").get_by_label("发起人的部门负责人").check()
    keep(here, "负责人确认")
    here.look()
    here.page.get_by_role("button", name="上移").click()
    cards = here.page.locator(".simple-cards").inner_text()
    assert cards.index("负责人确认") < cards.index("人事备案")
    here.page.get_by_role("button", name="删除环节").click()
    expect(here.page.locator("#card-approve")).to_have_count(0)
