"""Choosing one of many records in a form: with the keyboard, on a phone, without script."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, insert

from engine.basics.letters import pinyin
from engine.storage.models import CustomerRecord
from tests.browser import looks
from tests.browser.office import Place
from tests.browser.people import People

pytestmark = pytest.mark.browser
MANY = 700
FIELD = '[name="records[0].recordId"]'
SEARCH = '[name="records[0].recordId#search"]'
OLDEST = "CD-0000 长河物流集团"


@pytest.fixture
def crowded(sqlite_office: Place) -> Iterator[Place]:
    """The advertising company with some hundred records more, of which 长河物流集团 is the oldest."""
    names = ["长河物流集团", *(f"存档客户{index}" for index in range(MANY))]
    rows = [
        {
            "key": index + 1,  # older than all that the set-up has made
            "company_id": "advertising",
            "number": f"CD-{index:04}",
            "name": name,
            "initials": pinyin.initials(name),
            "secrecy": "内部",
            "copies": [],
            "current_version": 1,
            "state": "active",
            "created_at": datetime(2020, 1, 1, tzinfo=UTC),
        }
        for index, name in enumerate(names)
    ]
    with sqlite_office.database() as database, database.transaction() as session:
        session.execute(insert(CustomerRecord), rows)
    yield sqlite_office
    with sqlite_office.database() as database, database.transaction() as session:
        session.execute(delete(CustomerRecord).where(CustomerRecord.key <= len(rows)))


def chosen(page: Page) -> str:
    return str(page.locator(f"{FIELD} option:checked").text_content()).strip()


def test_an_old_record_is_found_by_its_initials_and_chosen_with_the_keyboard(crowded: Place, people: People) -> None:
    here = people(crowded, "advertising", "pan_ting").go("/start/record_destruction")
    page = here.page
    expect(page.get_by_text("仅列出前")).to_be_visible()
    page.locator(SEARCH).focus()
    page.keyboard.type("chwl")
    expect(page.locator(f"{FIELD} option")).to_have_text([OLDEST])
    expect(page.locator(SEARCH)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator(FIELD)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(SEARCH)).to_have_value("")
    expect(page.locator(f"{FIELD} option:checked")).to_have_text(OLDEST)
    assert page.url.endswith("/start/record_destruction")  # Enter has not sent the form
    here.look()


def test_the_record_chosen_last_is_the_one_that_is_sent_and_its_name_stands_beside_it(crowded: Place, people: People) -> None:
    page = people(crowded, "advertising", "pan_ting").go("/start/record_destruction").page
    offered = [each.strip() for each in page.locator(f"{FIELD} option").all_inner_texts() if "存档客户" in each][:4]
    for label in (*offered, offered[1]):
        with page.expect_response("**/live"):
            page.locator(FIELD).select_option(label=label)
        expect(page.locator('[name="records[0].customer"]')).to_have_value(label.split(" ", 1)[1])
        assert chosen(page) == label
    with page.expect_response("**/live"):
        page.locator('button[name="records#add"]').click()
    with page.expect_response("**/live"):
        page.locator('[name="records[1].recordId"]').select_option(label=offered[0])
    expect(page.locator('[name="records[1].customer"]')).to_have_value(offered[0].split(" ", 1)[1])
    with page.expect_response("**/live"):
        page.locator('button[name="records#add"]').click()
    with page.expect_response("**/live"):
        page.locator('button[name="records#remove"][value="1"]').click()
    expect(page.locator('[name="records[2].recordId"]')).to_have_count(0)
    expect(page.locator('[name="records[1].recordId"]')).to_have_value("")
    sent = page.evaluate("() => new FormData(document.querySelector('#start-form')).get('records[0].recordId')")
    assert page.locator(f'{FIELD} option[value="{sent}"]').inner_text().strip() == offered[1]


def test_a_record_is_found_and_chosen_on_a_phone(crowded: Place, people: People) -> None:
    phone = {"viewport": looks.PHONE, "has_touch": True}
    here = people(crowded, "advertising", "pan_ting", **phone).go("/start/record_destruction")
    page = here.page
    page.locator(SEARCH).fill("存档客户123")
    expect(page.locator(f"{FIELD} option")).to_have_text(["CD-0124 存档客户123"])
    here.look()
    page.locator(FIELD).select_option(label="CD-0124 存档客户123")
    page.locator('[name="records[0].customer"]').fill("存档客户123")
    expect(page.locator(SEARCH)).to_have_value("")
    assert chosen(page) == "CD-0124 存档客户123"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_record_is_found_and_chosen_without_script(crowded: Place, people: People) -> None:
    people(crowded, "advertising", "pan_ting").go("/inbox")
    page = people(crowded, "advertising", "pan_ting", java_script_enabled=False).page
    page.goto(f"{crowded.address}/start/record_destruction")
    page.locator('[name="records[0].customer"]').fill("长河物流")
    page.locator(SEARCH).fill("长河")
    page.locator('button[name="records[0].recordId#find"]').click()
    expect(page.locator(f"{FIELD} option")).to_have_text([OLDEST])
    expect(page.locator('[name="records[0].customer"]')).to_have_value("长河物流")
    page.locator(FIELD).select_option(label=OLDEST)
    page.locator(SEARCH).fill("")
    page.locator('button[name="records[0].recordId#find"]').click()
    assert chosen(page) == OLDEST
