"""A process owner makes a scenario from a trial, changes it as steps, runs all, and publishes as far as they prove it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.test_designer import begun
from tests.browser.test_trying import FILL

pytestmark = pytest.mark.browser


def test_a_trial_becomes_a_scenario_that_publishing_asks_for(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "leave_with_scenarios")
    draft = here.page.url
    here.follow(here.page.get_by_role("link", name="试运行"))
    here.page.evaluate(FILL)
    here.press("提交")
    here.page.get_by_text("退回、转办、加签等").click()
    expect(here.page.get_by_role("button", name="退回修改", exact=True)).to_be_visible()
    here.look()
    here.page.locator(".trial-work .task-form .actions button.primary").click()
    here.page.locator("#scenario-title").fill("主管同意")
    here.press("存为测试场景")
    expect(here.page.locator(".scenario-steps")).to_contain_text("发起")
    here.press("运行此场景")
    expect(here.page.locator(".page-head")).to_contain_text("与预期一致")
    here.follow(here.page.get_by_role("link", name="修改第 1 步"))
    here.page.locator("#step-opinion").fill("同意，注意交接")
    here.press("保存这一步")
    expect(here.page.locator("#step-1")).to_contain_text("同意，注意交接")
    here.page.locator("#add-kind").select_option("advance")
    here.press("添加一步")
    here.page.locator("#step-number").fill("2")
    here.press("保存这一步")
    expect(here.page.locator("#step-2")).to_contain_text("过去 2 个工作日")
    here.press("第 2 步上移")
    expect(here.page.locator("#step-1")).to_contain_text("过去 2 个工作日")
    here.press("删除第 1 步")
    here.follow(here.page.get_by_role("link", name="← 请假申请 leave_with_scenarios的测试场景"))
    gone = here.page.get_by_role("row", name=re.compile("直接主管审批不同意"))  # of those that the template brings
    here.follow(gone.locator("button[value=away]"))
    here.press("全部运行")
    expect(here.page.locator("main")).to_contain_text("全部场景与预期一致")
    expect(here.page.locator(".djs-connection.at-taken").first).to_be_attached()
    expect(here.page.locator(".djs-connection.at-untaken").first).to_be_attached()
    expect(here.page.locator(".untaken li").first).to_contain_text("→")
    here.look()
    for chosen in ("forbid", "warn"):
        here.page.goto(f"{draft}/settings")
        here.page.locator("#set-scenarios").select_option(chosen)
        here.press("存入草稿")
        here.page.goto(f"{draft}/release")
        expect(here.page.locator("#standing")).to_contain_text("条顺序流没有场景走过")  # it runs by itself
        here.look()
        if chosen == "forbid":
            with here.expecting(422):
                here.press("发布")
            expect(here.page.locator(".problems[role=alert]")).to_contain_text("只有测试场景都与预期一致")
    here.press("发布")
    expect(here.page).to_have_url(re.compile("/processes/leave_with_scenarios$"))
