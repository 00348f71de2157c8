"""A process owner draws, is told what is wrong, mends it, publishes; a colleague's save is not overwritten."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import People
from tests.browser.office import Place
from tests.browser.window import Window

pytestmark = pytest.mark.browser
OWNER = ("miniapp", "xiao_ran")


def shape(here: Window, id: str) -> Locator:
    return here.page.locator(f".djs-element[data-element-id={id}] .djs-hit").first


def set_field(here: Window, place: str, value: str) -> None:
    field = here.page.locator(f"[data-panel] [data-place='{place}']")
    if field.evaluate("field => field.tagName") == "SELECT":
        field.select_option(value)
    else:
        field.fill(value)
        field.blur()


def saved(here: Window) -> None:
    """Waits until the draft was sent for the first time since the page was opened."""
    expect(here.page.locator("[data-saved]")).to_have_attribute("data-times", "1")


def begun(people: People, office: Place, id: str) -> Window:
    here = people(office, *OWNER).go("/designer")
    here.page.locator("input[name=template][value=leave]").check()
    here.page.locator("#new-name").fill("请假申请")
    here.page.locator("#new-id").fill(id)
    here.press("开始设计")
    expect(here.page.locator("[data-ready=true]")).to_be_visible()
    return here


def test_an_owner_draws_mends_and_publishes_a_leave_request(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "leave_request")
    shape(here, "record_leave").click()
    set_field(here, "name", "客服备案")
    set_field(here, "zeebe:AssignmentDefinition:candidateGroups", "客服专圆")
    problems = here.page.locator("[data-problem-list]")
    expect(problems).to_contain_text("客服专员")  # the nearest that there is
    set_field(here, "zeebe:AssignmentDefinition:candidateGroups", "客服专员")
    expect(problems).to_contain_text("可以发布")
    here.page.get_by_role("button", name="撤销这一步").click()
    expect(problems).to_contain_text("客服专圆")
    here.page.get_by_role("button", name="重做").click()
    expect(problems).to_contain_text("可以发布")
    shape(here, "approve_by_superior_agreed_yes_label").click()
    expect(here.page.locator("[data-panel] [data-place='condition:outcome']")).to_have_value("approve")
    assert here.page.evaluate("[...window.untranslated]") == []
    here.press("发布")
    expect(here.page).to_have_url(re.compile("/processes/leave_request$"))
    expect(here.page.locator("body")).to_contain_text("第 1 版")
    here.go("/start")
    expect(here.page.locator("body")).to_contain_text("请假申请")


def test_what_was_drawn_meanwhile_in_another_window_is_not_overwritten(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "shared_draft")
    other = here.context.new_page()
    other.goto(here.page.url)
    expect(other.locator("[data-ready=true]")).to_be_visible()
    shape(here, "record_leave").click()
    set_field(here, "name", "先存的")
    saved(here)
    other.locator(".djs-element[data-element-id=record_leave] .djs-hit").first.click()
    field = other.locator("[data-panel] [data-place=name]")
    field.fill("后存的")
    field.blur()
    expect(other.locator("[data-saved]")).to_contain_text("肖然 已先保存")
    other.close()
    here.page.reload()
    expect(here.page.locator("[data-canvas]")).to_contain_text("先存的")
