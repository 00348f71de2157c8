"""Before sending, the initiator sees who will act; it follows what is filled in, without the page being sent."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.office import Place
from tests.browser.people import People

pytestmark = pytest.mark.browser


def test_the_path_follows_what_is_filled_in(sqlite_office: Place, people: People) -> None:
    here = people(sqlite_office, "miniapp", "liu_yang").go("/start/accountability_approval")
    steps = here.page.locator("#path ol.ahead > li")
    general_manager = steps.filter(has_text="总经理审批")
    expect(general_manager).to_contain_text("“超过限额”为“是”时")
    here.page.get_by_label("扣罚").check()
    here.page.locator('[name="amount"]').fill("200")
    here.page.locator('[name="facts"]').click()
    expect(general_manager).to_have_count(0)
    here.page.locator('[name="amount"]').fill("5000")
    here.page.locator('[name="facts"]').click()
    expect(general_manager).to_be_visible()
    expect(general_manager).not_to_contain_text("时")
    expect(steps.first).to_contain_text("主管领导审批")
