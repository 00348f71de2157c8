"""Every text that the editors ask for is there in the page's language: heard from the editors themselves."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import diagrams_of_all_kinds as kinds
from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.test_designer import OWNER, begun, shape
from tests.browser.window import Window

pytestmark = pytest.mark.browser
OPEN_GROUPS = """async () => {
    const all = (what) => document.querySelectorAll(`[data-advanced-panel] ${what}`);
    const drawn = () => new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    for (const button of all(".bio-properties-panel-add-entry")) button.click();
    await drawn();
    for (const header of all(".bio-properties-panel-group-header:not(.open), .bio-properties-panel-collapsible-entry-header:not(.open)")) header.click();
    await drawn();
}"""
# Whether that entry of the pad beside the element has opened its menu.
CHOOSE = """async (entry) => {
    const found = document.querySelector(`.djs-context-pad .entry[data-action=${entry}]`);
    found?.click();
    await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    return Boolean(found && document.querySelector(".djs-popup"));
}"""
OWN = [
    "请假申请",
    "肖然",
    "请假类型",
    "开始日期",
    "天数",
    "请假事由",
]  # what the owner of the draft, and of its form, has called things
# What stands in an editor in Chinese, but for those words: texts, and what is told to whoever points at something or hears the page.
CHINESE = r"""own => {
    const found = new Set();
    for (const place of document.querySelectorAll(".designer, dialog")) {
        const walker = document.createTreeWalker(place, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const texts = node.nodeType === Node.TEXT_NODE ? [node.textContent]
                : ["title", "placeholder", "aria-label"].map(name => node.getAttribute(name) ?? "");
            for (const text of texts) if (/[\u4e00-\u9fff]/.test(own.reduce((left, each) => left.replaceAll(each, ""), text))) found.add(text.trim());
        }
    }
    return [...found];
}"""


def heard(here: Window) -> list[str]:
    """The texts without a translation that the editor has asked for so far."""
    found: list[str] = here.page.evaluate("[...window.untranslated]")
    return sorted(found)


def listened(here: Window, advanced: str) -> None:
    """Opens every menu and every group of settings of every kind of element."""
    page = here.page
    page.get_by_role("tab", name=advanced).click()
    expect(page.locator("[data-advanced-panel][data-ready=true] .bio-properties-panel")).to_be_visible()
    page.evaluate(OPEN_GROUPS)
    opened = 0
    for id in kinds.ids():
        # sent to the element itself: one that lies beneath the buttons at the edge would press those
        page.locator(f".djs-element[data-element-id={id}] .djs-hit").first.dispatch_event("click")
        page.evaluate(OPEN_GROUPS)
        opened += sum(page.evaluate(CHOOSE, entry) for entry in ("replace", "append", "set-color"))
        page.keyboard.press("Escape")
    assert opened > len(kinds.ids()), "a menu or more of each element"
    page.locator(".djs-palette .entry[data-action=create]").click()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+a")
    for entry in page.locator(".djs-context-pad .entry").all():
        assert entry.get_attribute("title")


def test_the_diagram_editor_says_everything_in_chinese(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "all_kinds")
    page = here.page
    assert page.evaluate(kinds.PUT, kinds.text("all_kinds")) == 200
    page.reload()
    expect(page.locator("[data-ready=true]").first).to_be_attached()
    listened(here, "高级")
    assert heard(here) == []
    assert not here.faults, here.faults


def test_the_editors_say_everything_in_english(sqlite_office: Place, people: People) -> None:
    drawn = begun(people, sqlite_office, "all_kinds_english").page
    assert drawn.evaluate(kinds.PUT, kinds.text("all_kinds_english").replace("各种元素", "All kinds")) == 200
    address = drawn.url.removeprefix(sqlite_office.address)
    here = people(sqlite_office, *OWNER, locale="en-US").go(address)
    page = here.page
    expect(page.locator("[data-ready=true]").first).to_be_attached()
    listened(here, "Advanced")
    assert (heard(here), page.evaluate(CHINESE, OWN)) == ([], [])
    for kind, id in (("dmn", "level"), ("form", "ask")):
        here.go(f"{address}/files")
        page.locator(f"input[name=kind][value={kind}]").check()
        page.locator("#new-title").fill("Who approves")
        page.locator("#new-id").fill(id)
        here.press("Begin")
        expect(page.locator("[data-ready=true]")).to_be_visible()
        if kind == "dmn":
            expect(page.locator(".output-cell .output-variable")).to_have_text("text")
            page.locator(".output-cell").first.dblclick()
            expect(page.locator(".type-ref-edit-select")).to_contain_text("text")
            page.locator(".type-ref-edit-select .dms-input-select, .type-ref-edit-select").last.click()
        for field in page.locator(".fjs-palette-field").all():
            field.focus()
            page.keyboard.press("Enter")
            page.evaluate(
                "for (const each of document.querySelectorAll('.bio-properties-panel-group-header:not(.open)')) each.click()"
            )
        assert (heard(here), page.evaluate(CHINESE, OWN)) == ([], [])
    assert not here.faults, here.faults


def test_one_undo_takes_back_what_the_advanced_panel_changed(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "advanced_panel")
    page = here.page
    shape(here, "record_leave").click()
    page.get_by_role("tab", name="高级").click()
    advanced = page.locator("[data-advanced-panel][data-ready=true]")
    advanced.locator(".bio-properties-panel-group-header").first.click()
    name = advanced.locator("[name=name]")
    expect(name).to_have_value("人事备案")
    name.fill("人事登记")
    name.blur()
    expect(page.locator("[data-canvas]")).to_contain_text("人事登记")
    page.get_by_role("tab", name="设置").click()
    expect(page.locator("[data-panel] [data-place=name]")).to_have_value("人事登记")
    page.get_by_role("button", name="撤销这一步").click()
    expect(page.locator("[data-panel] [data-place=name]")).to_have_value("人事备案")
    here.look()
