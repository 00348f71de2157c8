"""A process owner tries a new process before it is published, as each person in turn."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.test_designer import begun

pytestmark = pytest.mark.browser
FILL = """() => {
    for (const field of document.querySelectorAll(".task-form [aria-required='true']")) {
        if (field.tagName === "SELECT") field.selectedIndex = 1;
        else field.value = { date: "2026-03-02", text: field.inputMode === "decimal" ? "2" : "家事" }[field.type] ?? "家事";
    }
}"""


def test_a_new_process_is_tried_as_the_next_person_and_taken_back(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "leave_to_try")
    here.page.get_by_role("link", name="试运行").click()
    form = here.page.locator(".task-form")
    with here.expecting(422):
        form.get_by_role("button", name="提交").click()
        expect(here.page.locator(".problems")).to_be_visible()
    here.page.evaluate(FILL)
    form.get_by_role("button", name="提交").click()
    expect(here.page.locator(".trial-turns")).to_contain_text("为何由其办理")
    expect(here.page.locator("#turn option:checked")).to_contain_text(
        "直接主管审批"
    )  # nothing of the step before is filled in again
    expect(here.page.locator("[data-diagram] .djs-element.at-token").first).to_be_visible()
    expect(here.page.locator(".trial-side")).to_contain_text("开始日期")
    here.look()
    here.page.get_by_role("button", name="退一步").click()
    expect(here.page.locator("#turn")).to_be_visible()
    expect(here.page.locator(".trial-turns")).to_have_count(0)
