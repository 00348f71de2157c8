"""What an owner draws is not lost: without a network, on leaving at once, nor when somebody discards the draft."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.window import Window

pytestmark = pytest.mark.browser
OWNER = ("miniapp", "xiao_ran")
STEP = "approve_by_superior"


def begun(people: People, office: Place, id: str, name: str) -> Window:
    here = people(office, *OWNER).go("/designer")
    here.page.locator("input[name=template][value=leave]").check()
    here.page.locator("#new-name").fill(name)
    here.page.locator("#new-id").fill(id)
    here.press("开始设计")
    expect(here.page.locator("[data-ready=true]")).to_be_visible()
    return here


def rename(here: Window, name: str) -> None:
    here.page.locator(f".djs-element[data-element-id={STEP}] .djs-hit").first.click()
    field = here.page.locator("[data-panel] [data-place='name']")
    field.fill(name)
    field.blur()


def test_what_could_not_be_sent_is_offered_again_and_what_was_discarded_comes_back(
    sqlite_office: Place, people: People
) -> None:
    here = begun(people, sqlite_office, "kept_work", "保留的内容")
    page, drawn = here.page, here.page.locator(f".djs-element[data-element-id={STEP}]")
    address = page.url

    rename(here, "离线改名")
    page.get_by_role("link", name="简单视图").first.click()  # at once: the link sends it first
    expect(page).to_have_url(re.compile("/simple"))
    expect(page.locator("main")).to_contain_text("离线改名")

    page.goto(address)
    expect(page.locator("[data-ready=true]")).to_be_visible()
    page.route("**/designer/*", lambda route: route.abort() if route.request.method == "PUT" else route.continue_())
    rename(here, "断网改名")
    expect(page.locator("[data-saved]")).to_have_class("saved failed")
    page.goto(address)
    expect(page.locator("#kept-here")).to_be_visible()
    page.unroute("**/designer/*")  # only now: it tries again by itself every few seconds
    expect(drawn).not_to_contain_text("断网改名")
    page.get_by_role("button", name="恢复", exact=True).click()
    expect(page.locator("[data-saved]")).to_have_attribute("data-times", "1")
    expect(drawn).to_contain_text("断网改名")

    page.get_by_role("button", name="放弃草稿").click()
    dialog = page.locator("#discard")
    expect(dialog).to_contain_text("肖然")
    dialog.get_by_role("button", name="放弃草稿").click()
    page.get_by_role("button", name="恢复“保留的内容”").click()
    expect(page.locator("[data-ready=true]")).to_be_visible()
    expect(drawn).to_contain_text("断网改名")


def test_a_browser_that_keeps_nothing_saves_all_the_same(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "unkept_work", "存不下的浏览器")
    here.page.evaluate("void (Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); })")
    for times, name in enumerate(("存不下", "仍能保存"), 1):
        rename(here, name)
        expect(here.page.locator("[data-saved]")).to_have_attribute("data-times", str(times))


def test_who_was_signed_out_meanwhile_is_told_so_and_brings_the_work_back(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "signed_out_work", "退出登录时")
    cookies = here.context.cookies()
    here.context.clear_cookies()
    with here.expecting(401):
        rename(here, "退出后画的")
        expect(here.page.locator("[data-saved]")).to_contain_text("您已退出登录")
    here.context.add_cookies(cookies)
    here.page.reload()
    here.page.get_by_role("button", name="恢复", exact=True).click()
    expect(here.page.locator("[data-saved]")).to_have_attribute("data-times", "1")
    expect(here.page.locator(f".djs-element[data-element-id={STEP}]")).to_contain_text("退出后画的")


def test_settings_whose_sending_failed_go_over_nobodys_when_they_are_sent_again(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "settings_twice", "两人设置")
    settings = f"{here.page.url}/settings"
    here.page.goto(settings)
    here.page.locator("#set-category").fill("甲")
    other = here.context.new_page()
    other.goto(settings)
    other.locator("#set-number").fill("B-{seq:03}")
    other.get_by_role("button", name="存入草稿").click()
    expect(other.locator("[data-ready=true]")).to_be_visible()
    here.page.route(
        "**/settings", lambda route: route.fulfill(status=503) if route.request.method == "POST" else route.continue_()
    )
    with here.expecting(503):
        here.page.get_by_role("button", name="存入草稿").click()
    here.page.unroute("**/settings")
    here.page.goto(settings)
    expect(here.page.locator("#set-category")).to_have_value("甲")
    here.page.get_by_role("button", name="存入草稿").click()
    expect(here.page.locator("[data-ready=true]")).to_be_visible()
    other.goto(settings)
    expect(other.locator("#set-category")).to_have_value("甲")
    expect(other.locator("#set-number")).to_have_value("B-{seq:03}")
    other.close()


def test_the_step_that_is_offered_first_is_somebodys(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "first_step", "第一步")
    page = here.page
    page.locator(f".djs-element[data-element-id={STEP}] .djs-hit").first.click()
    with page.expect_request(lambda request: request.method == "PUT") as sent:
        page.locator(".djs-context-pad [data-action='append.append-task']").click()
        page.keyboard.press("Escape")
    assert '<bpmn:userTask id=\\"Activity_' in (sent.value.post_data or "")
