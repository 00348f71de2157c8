"""A customer files a complaint on the public page, by phone, answers twice, and rates the end; the staff do their part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import filling, looks, window
from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.story import Story, apart
from tests.browser.window import Window, downloaded

pytestmark = pytest.mark.browser
PAGE = "/p/miniapp/complaint_handling"
FOLLOW = "/p/miniapp/follow"
QUESTION = ".public-question"


@pytest.fixture(params=[window.PHONE, window.DESKTOP], ids=["phone", "desktop"])
def customer(request: pytest.FixtureRequest, browser: Browser, sqlite_office: Place, album: looks.Album) -> Iterator[Window]:
    """Somebody with a browser and no account."""
    opened = Window(window.context_of(browser, viewport=request.param), sqlite_office, album)
    yield opened
    opened.close()


def file(customer: Window) -> tuple[str, str]:
    """Fills in the form, first forgetting a field; number and secret."""
    customer.go("/p/miniapp").follow(customer.page.locator(f'a[href="{PAGE}"]'))
    fields = customer.page.locator("#form-fields")
    content = f"昨晚东门岗无人值守约四十分钟（{customer.page.viewport_size}）。"  # the same twice would be the same case
    filling.fill(
        fields,
        {
            "content": content,
            "complainant": "顾晓芸",
            "contact": "13800001234",
            "attachments": ["门岗.png"],
        },
        timedelta(0),
    )
    with customer.expecting(422):
        customer.press("提交")
    expect(customer.page.locator("#project[aria-invalid]")).to_be_visible()
    expect(fields).to_contain_text("门岗.png")
    filling.fill(fields, {"project": "滨江商务中心一期", "unit": apart("滨江商务中心")}, timedelta(0))
    customer.press("提交")
    shown = customer.page.locator(".public-receipt dd")
    return shown.nth(0).inner_text(), shown.nth(1).inner_text()


def answer(customer: Window, **values: str) -> None:
    """Answers the question that the case asks."""
    customer.go(FOLLOW)
    for name, value in values.items():
        filling.enter(customer.page.locator(QUESTION), name, value)
    customer.follow(customer.page.locator(QUESTION).locator("button.primary").first)
    expect(customer.page.locator(".flash.success")).to_be_visible()


def test_from_filing_to_rating(customer: Window, sqlite_office: Place, people: People, tmp_path: Path) -> None:
    number, _secret = file(customer)
    customer.follow(customer.page.locator("main a.button"))  # who has just filed is not asked for number and code
    expect(customer.page.locator(".public-steps .now")).to_contain_text("核对")

    story = Story(sqlite_office, people, "miniapp", "complaint_handling", "customer_answers_online")
    story.do("register_complaint")
    story.do("investigate")
    story.do("propose_solution")
    answer(customer, accepted="no", comment="要求每小时查岗。")
    story.do("propose_solution", 1)
    answer(customer, accepted="yes")
    expect(customer.page.locator(".public-shows").first).to_contain_text("每小时查岗一次")

    rest = Story(sqlite_office, people, "miniapp", "complaint_handling", "substantiated_complaint_is_remedied")
    for task in ("execute_solution", "track_execution", "report_result"):
        rest.do(task)
    answer(customer, rating="5", comment="处理及时。")
    expect(customer.page.locator("main")).to_contain_text("5")

    case = story.look_at_case("zhou_jianguo", number)
    expect(case.page.locator(".known").first).to_contain_text("138****1234")
    assert (
        downloaded(case, case.page.get_by_role("button", name="客户投诉处理记录表"), tmp_path).read_bytes().startswith(b"%PDF-")
    )
    case.press("显示全部")
    expect(case.page.locator(".known").first).to_contain_text("13800001234")
    register = story.window("zhou_jianguo").go("/registers/complaint_handling")
    line = register.page.locator("[data-row]").filter(has_text=number)
    expect(line.locator('[data-label="客户评分"]')).to_have_text("5")


def test_a_wrong_secret_is_told_nothing(customer: Window) -> None:
    customer.go(FOLLOW)
    customer.page.locator("#number").fill("TS-20260302-0001")
    customer.page.locator("#secret").fill("AAAA-AAAA-AAAA")
    with customer.expecting(403):
        customer.press("查询")
    expect(customer.page.locator("[role=alert]")).to_be_visible()


def test_the_pages_speak_english_where_the_customer_wants_it(customer: Window) -> None:
    customer.go("/p/miniapp").press("English")
    expect(customer.page.locator("h1")).to_have_text("How can we help?")
    customer.go(PAGE)
    expect(customer.page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    expect(customer.page.locator(".picker + .field-hint")).to_have_text(re.compile("^Pictures, recordings"))
    customer.go(FOLLOW)
    expect(customer.page.locator("label[for=secret]")).to_have_text("Access code")
