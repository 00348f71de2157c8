"""A start form that was sent, and the browser's way back to it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from engine.people import actors
from tests.browser.office import Office
from tests.browser.people import People
from tests.engine import kit

pytestmark = pytest.mark.browser
COMPANY, PROCESS = "miniapp", "sent_once"


def furnish(office: Office) -> None:
    request = kit.form(f"{PROCESS}_request", kit.text_field("subject", required=True) | {"label": "事项"})
    steps = kit.start(form=f"{PROCESS}_request"), kit.task("check", users="sun_limin"), kit.end()
    diagram = kit.diagram(PROCESS, *steps, kit.chain("started", "check", "done"), title="往返演练")
    with office.database() as database:
        with database.reading() as session:
            owner = actors.load(session, COMPANY, "xiao_ran")
        assert owner is not None
        kit.deploy(database, owner, request, diagram)


def test_going_back_after_starting_tells_that_it_was_sent_and_leads_to_the_case(sqlite_office: Office, people: People) -> None:
    furnish(sqlite_office)
    here = people(sqlite_office, COMPANY, "chen_jing").go(f"/start/{PROCESS}")
    page = here.page
    page.locator("[name=subject]").fill("只发一次")
    here.press("提交")
    expect(page).to_have_url(re.compile(r"/cases/\d+$"))
    case = page.url
    page.go_back()
    expect(page.locator("[data-started]")).to_contain_text("已发起")
    expect(page.locator("[name=subject]")).to_have_value("")
    here.look()
    page.locator("[name=subject]").fill("另一件")
    here.press("提交")
    expect(page).to_have_url(re.compile(r"/cases/\d+$"))
    assert page.url != case
    second = page.url.removeprefix(sqlite_office.address)
    page.go_back()
    expect(page.locator("[data-started] a")).to_have_attribute("href", second)  # of the form that was sent last
    page.locator("[data-started] a").click()
    expect(page).to_have_url(re.compile(f"{second}$"))


def test_going_back_makes_no_draft_of_what_was_sent(sqlite_office: Office, people: People) -> None:
    furnish(sqlite_office)
    here = people(sqlite_office, COMPANY, "chen_jing").go(f"/start/{PROCESS}")
    here.page.locator("[name=subject]").fill("只发一次，不留草稿")
    here.press("提交")
    expect(here.page).to_have_url(re.compile(r"/cases/\d+$"))
    here.page.go_back()
    expect(here.page.locator("[data-started]")).to_contain_text("已发起")
    here.go("/inbox/drafts")
    expect(here.page.locator("main")).not_to_contain_text("只发一次，不留草稿")
