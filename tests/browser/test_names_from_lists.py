"""A name that is chosen from what a field offers: Enter takes it, and the form waits for its button."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.office import Place
from tests.browser.people import People

pytestmark = pytest.mark.browser


def test_enter_on_a_name_gives_no_role(sqlite_office: Place, people: People) -> None:
    here = people(sqlite_office, "miniapp", "xiao_ran")
    here.go("/organisation/roles")
    section = here.page.locator("section.role").first
    section.locator("summary").click()
    field = section.locator("input[list]")
    with here.page.expect_response("**/organisation/find*"):
        field.press_sequentially("唐薇")
    expect(section.locator("datalist option")).not_to_have_count(0)
    field.press("ArrowDown")
    field.press("Enter")
    expect(field).to_have_value("唐薇")
    expect(here.page.locator(".flash")).to_have_count(0)
    assert here.page.url.endswith("/organisation/roles")
