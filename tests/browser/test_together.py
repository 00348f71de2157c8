"""Several people and several tabs: one task is completed once, and nobody loses his way."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from engine.people import actors
from engine.storage import models
from tests.browser.office import PASSWORD, Office, Place
from tests.browser.people import People
from tests.browser.story import Story
from tests.engine import kit

pytestmark = pytest.mark.browser
SUBMIT = 'button[name="outcome"][value="submit"]'


@pytest.fixture
def story(sqlite_office: Place, people: People) -> Story:
    told = Story(sqlite_office, people, "miniapp", "complaint_handling", "trap_04_untrue_complaint_ends_with_an_answer")
    told.start()
    return told


def furnish(office: Office, key: str = "report") -> int:
    """A task that two people are offered by name, so that neither has to claim it, with one field of that key; its key."""
    form = kit.form("together_report", kit.text_field(key) | {"label": "经过"})
    steps = kit.start(), kit.task("说明经过", users="zheng_hao,liu_yang", form="together_report"), kit.end("办结")
    diagram = kit.diagram("together", *steps, kit.chain("started", "说明经过", "办结"), title="两人之一说明")
    with office.database() as database:
        with database.reading() as session:
            owner, clerk = (actors.load(session, "miniapp", each) for each in ("xiao_ran", "chen_jing"))
        assert owner is not None and clerk is not None
        kit.deploy(database, owner, form, diagram)
        kit.begin(database, clerk, "together")
        return max(row.key for row in kit.rows(database, models.UserTask, process_id="together"))


def test_the_second_to_complete_a_task_is_told_who_did_it(sqlite_office: Office, people: People) -> None:
    task = furnish(sqlite_office)
    slow, quick = (people(sqlite_office, "miniapp", each).go(f"/tasks/{task}") for each in ("zheng_hao", "liu_yang"))
    for here in (slow, quick):
        here.page.get_by_label("经过").fill("东门岗有人值守。")
    with slow.expecting(409):  # for the draft that saves itself, too
        quick.follow(quick.page.locator(SUBMIT))
        slow.page.evaluate("dispatchEvent(new Event('focus'))")  # he comes back to his window
        expect(slow.page.locator(".flash")).to_contain_text("刘洋")
        slow.follow(slow.page.locator(SUBMIT))
    expect(slow.page.locator("main")).to_contain_text("刘洋")


def test_a_double_click_completes_once(story: Story) -> None:
    here = story.open("liu_yang", "investigate")
    story.fill(here, story.step("investigate")["form"])
    sent: list[str] = []
    here.page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/complete") else None)
    here.page.locator(SUBMIT).dblclick(no_wait_after=True)
    expect(here.page.locator(".flash.success")).to_be_visible()
    here.look()
    assert len(sent) == 1


def test_what_a_form_with_a_field_called_method_sends_is_sent_once_and_no_draft_follows(
    sqlite_office: Office, people: People
) -> None:
    here = people(sqlite_office, "miniapp", "zheng_hao").go(f"/tasks/{furnish(sqlite_office, key='method')}")
    sent: list[str] = []
    here.page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    here.page.get_by_label("经过").fill("东门岗有人值守。")
    here.page.locator(SUBMIT).dblclick(no_wait_after=True)
    expect(here.page.locator(".flash.success")).to_be_visible()
    here.look()
    assert [url.rpartition("/")[2] for url in sent if not url.endswith("/live")] == ["complete"]


def test_an_ended_session_leads_over_sign_in_back_to_the_page(story: Story) -> None:
    here = story.open("liu_yang", "investigate")
    address = here.page.url
    here.context.clear_cookies(name="banjie")
    here.page.goto(address)
    expect(here.page).to_have_url(re.compile("/sign-in"))
    here.page.locator("#username").fill("liu_yang")
    here.page.locator("#password").fill(PASSWORD)
    here.press("登录")
    expect(here.page).to_have_url(address)


def test_signing_out_ends_the_session_for_every_page(sqlite_office: Place, people: People) -> None:
    here = people.alone(sqlite_office, "miniapp", "wu_xiaomei")
    here.page.locator("details[data-menu] > summary.area").click()
    here.press("退出登录")
    here.page.goto(f"{sqlite_office.address}/inbox")
    expect(here.page).to_have_url(re.compile("/sign-in"))
