"""The tools of the diagram editor, each used once by hand; and the same diagram on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import looks
from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.test_designer import OWNER, begun, saved, shape
from tests.browser.test_drawing_walk import draw_lanes, pad
from tests.browser.window import Window

pytestmark = pytest.mark.browser


def picked(here: Window) -> str:
    """The name of the one element that is chosen, as the panel has it."""
    return here.page.locator("[data-panel] [data-place=name]").input_value()


def middle(here: Window, id: str) -> float:
    box = shape(here, id).bounding_box()
    assert box is not None
    return box["y"] + box["height"] / 2


def test_every_tool_of_the_diagram_editor_does_its_work(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "tools_of_the_editor")
    page, canvas = here.page, here.page.locator("[data-canvas]")
    paper = page.locator(".designer-paper").bounding_box()
    assert canvas.bounding_box() == paper  # no part of the paper is left that cannot be drawn on
    draw_lanes(here, "客服专员", "", at="approve_by_superior")
    groups = page.locator("datalist#offers-group option").evaluate_all("all => all.map(each => each.value)")
    assert "客服专员" in groups and page.locator("[data-panel] [data-place=name]").get_attribute("list") == "offers-group"
    expect(page.locator("[data-problem-list]")).not_to_contain_text("Lane_")
    shape(here, "record_leave").click()
    page.keyboard.press("Control+f")
    page.keyboard.insert_text("上级主管")  # as an input method does
    expect(page.locator(".djs-search-result")).to_have_count(1)
    expect(page.locator(".djs-search-result-secondary")).to_have_text("用户任务")
    page.locator(".djs-search-input input").fill("manager of(initiator, 1)")  # what is set on it
    expect(page.locator(".djs-search-result")).to_contain_text("直接主管审批")
    page.keyboard.press("Enter")
    assert picked(here) == "直接主管审批"
    page.locator(".djs-minimap .toggle").click()
    expect(page.locator(".djs-minimap.open .djs-element[id], .djs-minimap.open .map svg").first).to_be_visible()
    page.locator(".djs-minimap .toggle").click()
    pad(here, "set-color").click()
    page.locator(".djs-popup .entry[data-id='orange-color']").click()
    assert "rgb(255" in shape(here, "approve_by_superior").locator("..").locator(".djs-visual > *").first.evaluate(
        "each => getComputedStyle(each).fill"
    )
    assert all(page.locator(".djs-palette .entry").evaluate_all("all => all.map(each => each.title)")), "each tool is named"
    page.locator("#comment-text").fill("谁算直接主管？")
    page.get_by_role("button", name="添加批注").click()
    expect(canvas.locator(".comment-count")).to_have_text("1")
    shape(here, "record_leave").click()
    shape(here, "approve_by_superior").click()
    for _step in range(4):
        page.keyboard.press("ArrowDown")
    shape(here, "record_leave").click(modifiers=["Shift"])
    assert middle(here, "approve_by_superior") != middle(here, "record_leave")
    pad(here, "align-elements").click()
    page.locator(".djs-popup .entry[data-id='align-elements-middle']").click()
    assert middle(here, "approve_by_superior") == middle(here, "record_leave")
    shape(here, "approve_by_superior").click()
    page.keyboard.press("a")
    page.locator(".djs-popup [data-id=append-timer-intermediate-catch]").click()
    expect(page.locator("[data-panel] h2")).to_have_text("定时")
    expect(page.locator(".djs-direct-editing-content")).to_be_focused()  # its name is asked for at once
    page.keyboard.press("Escape")
    shape(here, "record_leave").click()
    page.keyboard.press("n")
    page.locator(".djs-popup input").fill("信号")
    expect(page.locator(".djs-popup .entry").first).to_contain_text("信号")
    page.keyboard.press("Escape")
    here.look()
    here.follow(page.get_by_role("link", name="保存记录"))  # a link sends what is not kept yet before it leads away


def test_another_kind_of_step_keeps_what_fits_and_what_is_copied_goes_into_another_tab(
    sqlite_office: Place, people: People
) -> None:
    here = begun(people, sqlite_office, "copied_between_tabs")
    here.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = here.page
    shape(here, "approve_by_superior").click()
    told = page.locator("[data-panel] [data-place='property:escalate']")
    told.fill("赵敏")
    told.blur()
    expect(told).to_have_value("赵敏")
    saved(here)  # else the draft that the other tab opens is an older one
    shape(here, "record_leave").click()
    shape(here, "approve_by_superior").click()
    page.keyboard.press("Control+c")
    with here.context.expect_page() as waiting:
        page.evaluate("open(location.href) && null")
    other = waiting.value
    expect(other.locator("[data-ready=true]").first).to_be_attached()
    other.locator(".djs-element[data-element-id=record_leave] .djs-hit").first.click()
    other.keyboard.press("Escape")
    other.keyboard.press("Control+v")
    expect(other.locator("svg.djs-drag-active")).to_be_attached()  # it hangs on the pointer
    other.mouse.move(600, 150)
    other.mouse.move(610, 155)
    other.mouse.click(612, 156)
    expect(other.locator(".djs-element.djs-shape[data-element-id^=Activity_]")).to_have_count(1)
    expect(other.locator("[data-panel] [data-place=name]")).to_have_value("直接主管审批")
    expect(other.locator("[data-panel] [data-place='property:escalate']")).to_have_value("赵敏")
    expect(other.locator("[data-saved]")).to_have_attribute("data-times", "1")
    other.close()
    page.reload()
    expect(page.locator("[data-ready=true]").first).to_be_attached()
    shape(here, "approve_by_superior").click()
    page.locator("[data-panel] [data-place='property:irreversible']").select_option("true")
    pad(here, "replace").click()
    page.locator(".djs-popup .entry[data-id='replace-with-rule-task']").click()
    expect(page.locator("[data-told]")).to_contain_text("办理方式")
    expect(page.locator("[data-told]")).to_contain_text("超期通知谁")
    expect(page.locator("[data-told]")).to_contain_text("办了不能撤回")
    problems = page.locator("[data-problem-list]")
    expect(problems).to_contain_text("既未指定决策")
    expect(problems).not_to_contain_text("设为不可逆")
    expect(problems).not_to_contain_text("办理方式")
    page.get_by_role("button", name="撤销这一步").click()
    expect(page.locator("[data-told]")).to_be_empty()
    shape(here, "approve_by_superior").click()
    expect(page.locator("[data-panel] [data-place='property:escalate']")).to_have_value("赵敏")


def test_on_a_phone_a_tap_opens_the_settings_from_below_and_adds_the_next_step(sqlite_office: Place, people: People) -> None:
    address = begun(people, sqlite_office, "diagram_on_the_phone").page.url.removeprefix(sqlite_office.address)
    here = people(sqlite_office, *OWNER, viewport=looks.PHONE, has_touch=True, is_mobile=True).go(address)
    page, panel = here.page, here.page.locator("[data-sheet]")
    expect(page.locator("[data-ready=true]")).to_be_visible()
    expect(panel).to_be_hidden()
    shape(here, "approve_by_superior").tap()
    expect(panel).to_be_visible()
    expect(panel.locator("[data-sheet-title]")).to_have_text("直接主管审批")
    sheet, drawn = panel.bounding_box(), shape(here, "approve_by_superior").bounding_box()
    assert sheet and drawn and drawn["y"] + drawn["height"] <= sheet["y"], "the sheet leaves the element in sight"
    name = panel.locator("[data-place=name]")
    name.fill("主管审批")
    name.blur()
    expect(page.locator("[data-canvas]")).to_contain_text("主管审批")
    saved(here)
    here.look()
    panel.locator("[data-sheet-close]").tap()
    expect(panel).to_be_hidden()
    tasks = page.locator("[data-canvas] .djs-element.djs-shape[data-element-id^=Activity_]")
    pad(here, "append.append-task").tap()
    expect(tasks).to_have_count(1)
    expect(panel).to_be_visible()
    settings = people(sqlite_office, *OWNER, locale="en-GB").go(f"{address}/settings")
    assert looks.on_phone(settings.page) == [], "long choices wrap"
