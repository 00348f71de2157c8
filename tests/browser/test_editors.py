"""A process owner fills a decision table and draws a form, opened from the diagram, without leaving the browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.test_designer import begun, saved, set_field, shape
from tests.browser.window import Window

pytestmark = pytest.mark.browser
ENGLISH = """place => {
    const found = new Set();
    const walker = document.createTreeWalker(document.querySelector(place), NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const texts = node.nodeType === Node.TEXT_NODE ? [node.textContent]
            : ["title", "placeholder", "aria-label"].map(name => node.getAttribute(name) ?? "");
        for (const text of texts) if (/[A-Z][a-z]{2,}|[a-z]{3,} [a-z]{2,}/.test(text)) found.add(text.trim());
    }
    return [...found];
}"""


def untranslated(here: Window) -> list[str]:
    """What the editor asked for without a translation, and what English it shows all the same."""
    shown = [text for text in here.page.evaluate(ENGLISH, "[data-canvas]") if "bpmn.io" not in text]
    return [*here.page.evaluate("[...window.untranslated]"), *shown]


def test_a_decision_is_begun_at_its_task_filled_from_excel_and_tried(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "table_in_the_browser")
    here.go(here.page.url.removeprefix(sqlite_office.address) + "/files")
    here.page.locator("input[name=kind][value=dmn]").check()
    here.page.locator("#new-title").fill("批假层级")
    here.page.locator("#new-id").fill("leave_level")
    here.press("新建")
    expect(here.page.locator("[data-ready=true]")).to_be_visible()
    problems = here.page.locator("[data-problem-list]")
    expect(problems).to_contain_text("批假层级")
    here.page.locator(".input-cell").first.dblclick()
    here.page.locator(".ref-text .cm-content").click()
    here.page.keyboard.type("days")
    saved(here)
    assert untranslated(here) == []
    here.page.get_by_role("button", name="从 Excel 粘贴").click()
    here.page.locator("#pasted").fill("<= 3\t主管\t三天以内\n> 3\t总经理\t三天以上")
    here.page.locator("#replaces").select_option("true")
    here.press("放入")
    expect(here.page.locator("[data-ready=true]")).to_be_visible()
    expect(here.page.locator("[data-canvas]")).to_contain_text("三天以上")
    expect(here.page.locator("[data-about]")).to_contain_text("按days，判定结果。")
    answer = here.page.locator("td.output-cell").first
    expect(answer).to_have_attribute("data-said", "主管")
    expect(answer).to_have_text('"主管"')  # what is written there stays what the file says
    trying = here.page.locator("[data-trying]")
    trying.locator("input[name='value.days']").fill("5")
    trying.get_by_role("button", name="试算").click()
    expect(trying).to_contain_text("规则 2 符合")
    expect(trying).to_contain_text("总经理")
    expect(here.page.locator("[data-canvas] .is-hit").first).to_be_visible()
    column = here.page.locator(".input-cell").first
    column.dblclick()
    here.page.locator(".type-ref-edit-select").click()
    here.page.locator(".dms-select-options .option", has_text="数字").click()
    saved(here)
    here.page.keyboard.press("Escape")
    expect(column.locator(".input-variable")).to_have_text("数字")


def test_a_form_is_begun_at_its_task_and_looks_as_on_its_page(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "form_in_the_browser")
    shape(here, "record_leave").click()
    set_field(here, "zeebe:FormDefinition:formId", "")
    with here.page.expect_navigation():
        here.page.locator("[data-panel] [data-opens=form]").click()
    expect(here.page.locator("[data-ready=true]")).to_be_visible()
    expect(here.page).to_have_url(re.compile("/forms/record_leave_form.form$"))
    offered = here.page.locator(".fjs-palette-field")
    kinds = offered.evaluate_all("all => all.map(each => each.dataset.fieldType)")
    assert not {"html", "iframe", "button"} & set(kinds)
    for kind in kinds:
        here.page.locator(f".fjs-palette-field[data-field-type={kind}]").focus()
        here.page.keyboard.press("Enter")
        for header in here.page.locator(".bio-properties-panel-group-header:not(.open)").all():
            header.click()
    here.page.locator("[data-canvas] .fjs-form-field-filepicker").click()
    here.page.locator(".bio-properties-panel-group-header", has_text="基本").click()
    expect(here.page.locator("[data-canvas]")).to_contain_text("用逗号分隔的 文件类型")
    preview = here.page.locator("[data-preview]")
    expect(preview).to_contain_text("单行文字")
    preview.get_by_role("button", name="手机").click()
    expect(preview).to_have_class(re.compile("as-phone"))
    assert untranslated(here) == []
    assert not here.faults, here.faults
    copied(here)


def copied(here: Window) -> None:
    """A field of the other form comes with its key, and a second copy with one of its own."""
    days = here.page.locator("[data-preview] input[name='days'], [data-preview] input[name='days_2']")
    for times in (1, 2):
        here.page.get_by_role("button", name="从其他表单复制").click()
        dialog = here.page.get_by_role("dialog")
        dialog.get_by_label("天数").check()
        dialog.get_by_role("button", name="复制", exact=True).click()
        expect(days).to_have_count(times)


def test_a_field_in_use_is_taken_away_only_on_purpose(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "field_in_use")
    draft = here.page.url.removeprefix(sqlite_office.address)
    here.go(f"{draft}/forms/field_in_use_request.form")
    expect(here.page.locator("[data-ready=true]")).to_be_visible()
    field = here.page.locator("[data-canvas] .fjs-element").filter(has_text="天数").last
    field.click()
    asked = here.page.get_by_role("dialog")
    with here.expecting(422):
        here.page.locator("[data-canvas]").get_by_role("button", name="删除数字").click()
        expect(asked).to_contain_text("字段“天数”用在")
    expect(asked).to_contain_text("单据标题")
    expect(asked.get_by_role("link", name="是，从超过三天?到上级主管审批")).to_be_visible()
    here.look()
    expect(asked.get_by_role("button", name="全部改名")).to_be_hidden()
    asked.get_by_role("button", name="撤销这一步").click()
    expect(asked).to_be_hidden()
    expect(here.page.locator("[data-canvas]")).to_contain_text("天数")
    saved(here)
    field.click()
    here.page.locator(".bio-properties-panel-group-header:not(.open)", has_text="基本").click()
    with here.expecting(422):
        here.page.locator("#bio-properties-panel-key").fill("how_long")
        expect(asked).to_contain_text("改动如下")
    asked.locator("summary").click()
    expect(asked.locator("ins", has_text="how_long").first).to_be_visible()
    here.look()
    with here.page.expect_navigation():
        asked.get_by_role("button", name="全部改名").click()
    expect(here.page.locator("[data-ready=true]")).to_be_visible()
    expect(here.page.locator("[data-problem-list]")).to_contain_text("检查无误")
    drawn = here.page.evaluate("async (path) => (await fetch(path)).text()", f"{draft}/files/field_in_use.bpmn")
    assert "how_long" in drawn and not re.search(r"\bdays\b", drawn)
