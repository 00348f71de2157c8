"""Moving about: keyboard, language, theme and narrow screens."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import window
from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.story import Story

pytestmark = pytest.mark.browser
KEPT = ("简体中文",)  # a language is named in itself
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LEADER, CLERK, KEEPER = ("miniapp", "zhou_jianguo"), ("miniapp", "chen_jing"), ("advertising", "cao_lei")
PAGES = {
    CLERK: ("/inbox", "/inbox/done", "/inbox/started", "/inbox/drafts", "/start", "/start/complaint_handling"),
    LEADER: (
        "/status",
        "/status/cases",
        "/status/processes/complaint_handling",
        "/status/processes/complaint_handling/heat",
        "/status/processes/complaint_handling/done",
        "/status/deadlines",
        "/status/incidents",
        "/registers",
        "/processes",
        "/processes/complaint_handling",
        "/notices",
    ),
    KEEPER: ("/records", "/records?state=destroyed"),
}


@pytest.fixture
def story(sqlite_office: Place, people: People) -> Story:
    """Two complaints that wait for investigation."""
    told = Story(sqlite_office, people, "miniapp", "complaint_handling", "substantiated_complaint_is_remedied")
    for unit in ("滨江商务中心", "一家名字长得不得了的城市更新与产业园区综合运营管理服务（集团）股份有限公司江城分公司"):
        told.start(unit=unit)
    return told


def test_the_inbox_is_worked_with_the_keyboard_alone(story: Story) -> None:
    # Keys are pressed on loaded pages only, for which wait_for_url and expect_navigation wait: before, no page listens to them.
    page = story.window("liu_yang").go("/inbox?sort=arrival").page
    rows = page.locator("[data-row]")
    page.keyboard.press("j")
    expect(rows.nth(0).locator("a").first).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1).locator("a").first).to_be_focused()
    expect(page.locator("[data-preview-pane]")).to_contain_text("滨江商务中心")
    page.keyboard.press("k")
    expect(rows.nth(0).locator("a").first).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("滨江商务中心")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q="))
    expect(rows.first).to_contain_text("滨江商务中心")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/tasks/\d+$"))
    with page.expect_navigation():
        page.keyboard.press("c")
    page.keyboard.press("a")
    expect(page.locator(".outcomes button[name=outcome]").first).to_be_focused()
    page.keyboard.press("t")
    page.wait_for_url(re.compile(r"/transfer$"))
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url(re.compile(r"/inbox$"))
    page.keyboard.press("j")
    expect(rows.first.locator("a").first).to_be_focused()
    page.keyboard.press("x")
    expect(rows.first.locator(".tick")).to_be_checked()


def test_the_keys_are_told_by_a_question_mark(story: Story) -> None:
    page = story.window("liu_yang").go("/inbox").page
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_language_and_theme_are_chosen_in_the_menu_and_stay(sqlite_office: Place, people: People) -> None:
    here = people(sqlite_office, "miniapp", "zheng_hao").go("/inbox")
    for name, value in (("English", "en"), ("简体中文", "zh-CN")):
        _choose(here, name)
        expect(here.page.locator("html")).to_have_attribute("lang", value)
    for name, value, scheme in (("深色", "dark", "dark"), ("浅色", "light", "light")):
        _choose(here, name)
        expect(here.page.locator("html")).to_have_attribute("data-theme", value)
        assert here.page.evaluate("getComputedStyle(document.documentElement).colorScheme") == scheme
    _choose(here, "跟随系统")


@pytest.mark.parametrize("who", PAGES)
def test_no_page_scrolls_sideways_on_a_phone(sqlite_office: Place, people: People, who: tuple[str, str]) -> None:
    here = people(sqlite_office, *who, viewport=window.PHONE, is_mobile=True, has_touch=True)
    for path in PAGES[who]:
        page = here.go(path).page
        assert page.evaluate(SIDEWAYS) <= 0, path
        bar = page.locator("nav.rail").bounding_box()
        assert bar and bar["y"] + bar["height"] == window.PHONE["height"], path


@pytest.mark.parametrize("who", PAGES)
def test_every_page_is_in_english_for_who_wants_it(sqlite_office: Place, people: People, who: tuple[str, str]) -> None:
    here = people(sqlite_office, *who, locale="en-GB")
    for path in PAGES[who]:
        page = here.go(path).page
        expect(page.locator("html")).to_have_attribute("lang", "en")
        chrome = page.locator("nav.rail li, .tabs, .list th, .button").filter(visible=True)
        words = [text for text in chrome.all_inner_texts() if re.search("[\u4e00-\u9fff]", text)]
        assert not [text for text in words if text not in KEPT], (path, words)


def test_where_a_case_is_and_its_state_are_seen_on_a_desk_without_scrolling(story: Story) -> None:
    for locale in ("zh-CN", "en-GB"):
        page = story.people(story.office, "miniapp", "xiao_ran", locale=locale).go("/status/cases").page
        assert page.locator(".list tbody tr").count() > 0
        assert page.locator(".list-frame").evaluate("frame => frame.scrollWidth - frame.clientWidth") <= 0, locale


def test_a_diagram_opens_readable_where_the_cases_are_and_what_is_ticked_has_its_button_in_sight(story: Story) -> None:
    for viewport in (window.DESKTOP, window.PHONE):
        here = story.people(story.office, *LEADER, viewport=viewport).go("/status/processes/complaint_handling")
        drawn, counted = here.page.locator(".diagram[data-shown]"), here.page.locator(".diagram .node-count").first
        expect(drawn.locator("text").first).to_be_visible()
        sizes = "texts => texts.map(each => parseFloat(getComputedStyle(each).fontSize) * Math.hypot(each.getCTM().a, each.getCTM().b))"
        assert min(drawn.locator(".djs-label").evaluate_all(sizes)) >= 9
        frame, badge = drawn.bounding_box(), counted.bounding_box()
        assert frame and badge and frame["x"] <= badge["x"] <= frame["x"] + frame["width"]
        assert frame["y"] <= badge["y"] <= frame["y"] + frame["height"]
        bar = here.go("/status/cases").page.get_by_role("button", name="打印所选审批单")
        expect(bar).to_be_hidden()
        here.page.locator(".pick").first.check()
        expect(bar).to_be_in_viewport()


LONG_TITLES = """() => document.querySelectorAll(".page-head h1, .page-head .under a").forEach(each => {
    each.textContent = "客户反映".repeat(20) + "HT-2026-".repeat(20); })"""


def test_a_task_and_a_case_fit_on_a_phone(story: Story) -> None:
    here = story.people(story.office, "miniapp", "liu_yang", viewport=window.PHONE, is_mobile=True, has_touch=True)
    story.to_task(here.go(story.inbox), "investigate")
    assert here.page.evaluate(SIDEWAYS) <= 0
    here.page.evaluate(LONG_TITLES)
    assert here.page.evaluate(SIDEWAYS) <= 0
    here.follow(here.page.locator(".page-head .under a").first)
    here.page.evaluate(LONG_TITLES)
    assert here.page.evaluate(SIDEWAYS) <= 0


def _choose(here: window.Window, name: str) -> Page:
    here.page.locator("details[data-menu] > summary.area").click()
    return here.press(name).page


SHEETS = """() => [...document.querySelectorAll(".diagram-sheets > svg, .sheet-row > svg")].map(each => [
    Math.round(each.getBoundingClientRect().width), each.closest(".sheet-row")?.children.length ?? 0])"""
PRINTED_TIME = """() => getComputedStyle(document.querySelector("main time[data-on]"), "::after").content"""
SHOWN_ON_SCREEN = """() => [...document.querySelectorAll("main [data-on]")].filter(each => getComputedStyle(each).fontSize !== "0px").length"""
SCALES = """() => [...document.querySelectorAll(".sheet-row > svg")].map(each => each.getAttribute("width") / each.viewBox.baseVal.width)"""


def test_a_wide_process_is_printed_in_pieces_with_its_lanes_and_its_subprocess_whole(
    sqlite_office: Place, people: People
) -> None:
    page = people(sqlite_office, "miniapp", "zhou_jianguo").go("/processes/complaint_handling").page
    expect(page.locator(".diagram[data-shown]")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    sheets = page.evaluate(SHEETS)
    assert max(width for width, _in_row in sheets) <= 1100  # an A4 sheet lying, within its margins
    assert min(page.evaluate(SCALES)) >= 0.6  # letters of 5 pt and more on A4, 7 pt on A3, however high the drawing is
    assert sum(1 for _width, in_row in sheets if in_row == 2) >= 4  # each later piece with the names of the lanes before it
    assert [in_row for _width, in_row in sheets].count(0) >= 2  # the whole as a map, and the subprocess that is cut
    assert "年" in page.evaluate(PRINTED_TIME)  # no “today” on a sheet that is read next month
    assert page.evaluate(SHOWN_ON_SCREEN) == 0
    for button in page.get_by_role("button").all():
        expect(button).not_to_be_visible()


SHEET = {"width": 700, "height": 1000}  # an A4 sheet within its margins
CUT_OFF = """() => [...document.querySelectorAll("table.list")].filter(each => each.checkVisibility() &&
    each.getBoundingClientRect().right > document.documentElement.clientWidth).map(each => each.className)"""
SQUEEZED = """() => [...document.querySelectorAll("table.list td")].filter(each => each.checkVisibility() &&
    each.textContent.trim().length > 3 && each.getBoundingClientRect().width < 40).map(each => each.textContent)"""


def test_managers_lists_stand_on_paper_with_all_their_columns_and_nothing_to_press(story: Story) -> None:
    here = story.window("zhou_jianguo")
    page = here.page
    page.set_viewport_size(SHEET)  # type: ignore[arg-type]
    for address in ("today", "tasks", "cases", "workload", "deadlines", "rebalance", "processes/complaint_handling/heat"):
        page.emulate_media(media="screen")
        here.go(f"/status/{address}")
        page.emulate_media(media="print")
        assert page.evaluate(CUT_OFF) == page.evaluate(SQUEEZED) == [], address
        assert page.locator("main :is(button, select, textarea, input:not([type=hidden]))").filter(visible=True).count() == 0, (
            address
        )
    page.emulate_media(media="screen")
    expect(page.locator(".diagram[data-shown]")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".heat-measures .chip").filter(visible=True).count() == 1, "by what it is coloured"


def test_a_task_tells_its_place_in_the_list_it_was_opened_from(sqlite_office: Place, people: People) -> None:
    story = Story(sqlite_office, people, "miniapp", "complaint_handling", "substantiated_complaint_is_remedied")
    customers = ("一号楼", "二号楼", "三号楼")  # a third complaint of one customer is no ordinary one
    for name in customers:
        story.start(unit=name)
    here = people(sqlite_office, "miniapp", "liu_yang").go("/inbox")
    for name in customers:
        here.until("[data-row]", story.customer(name))
    page = here.page
    count = page.locator("[data-row]").count()
    here.follow(page.locator("[data-row] a.step").nth(1))
    place = page.locator("[data-position]")
    expect(place).to_have_text(f"2/{count}")
    here.follow(place.locator("[data-after]"))
    expect(place).to_have_text(f"3/{count}")
    here.follow(place.locator("[data-before]"))
    here.follow(place.locator("[data-before]"))
    expect(place).to_have_text(f"1/{count}")
    assert place.locator("[data-before]").get_attribute("href") is None
