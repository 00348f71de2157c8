"""Processes that wait for days: tracking a project's service (M07), the monthly review of complaints (S13); in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import moved_in, opened
from tests.browser.office import Office
from tests.browser.people import People
from tests.browser.story import Story

pytestmark = pytest.mark.browser
DAY_TOO_LATE = 1.0  # timers by date are due at midnight in Shanghai
A_MONTH = 40.0  # with the holidays in which it may begin
FULL_CHECK = "端口椭圆度全检"  # the measure that does not work at first


@pytest.fixture(scope="module")
def office_of_its_own(browser: Browser, furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office whose days may pass: in one that is shared, everybody's deadlines would pass with them."""
    yield from opened(moved_in("days", furnished, tmp_path_factory))


def has_nothing_of(story: Story, username: str, number: str) -> None:
    """The case has no task for this person now."""
    rows = story.window(username).go(f"/inbox?q={number}").page.locator("[data-row]")
    expect(rows).to_have_count(0)


def month_before(number: str) -> str:
    """The month before the day that a number of this process tells, GJ-20261206-01."""
    day = datetime.strptime(number.split("-")[1], "%Y%m%d")
    return f"{day.replace(day=1) - timedelta(days=1):%Y-%m}"


def check_effect(story: Story) -> None:
    """Checks whichever measure comes first: one works, the other one does not yet."""
    shown = story.open("du_juan", "check_effect").page.locator("main").inner_text()
    story.do("check_effect", 1 if FULL_CHECK in shown else 0)


def test_a_project_is_visited_after_seven_and_after_thirty_days(office_of_its_own: Office, people: People) -> None:
    story = Story(
        office_of_its_own, people, "miniapp", "service_quality_tracking", "stable_service_is_checked_after_7_and_30_days"
    )
    number = story.start()
    story.keep_to(number)
    has_nothing_of(story, "wu_xiaomei", number)
    story.see_token(story.look_at_case("zhou_jianguo", number), "check_day")
    office_of_its_own.pass_time(7 + DAY_TOO_LATE)
    story.do("visit_project")
    has_nothing_of(story, "wu_xiaomei", number)
    office_of_its_own.pass_time(7 + 30 + DAY_TOO_LATE)
    again = story.open("wu_xiaomei", "visit_project")
    expect(again.page.locator("#form-fields")).to_contain_text("上次情况")
    story.do("visit_project", 1)
    case = story.look_at_case("zhou_jianguo", number).until("h1 + .status", "已办结")
    expect(case.page.locator(".known")).to_contain_text("双岗在位，客户未再反映。")
    line = case.go(f"/registers/service_quality_tracking?q={number}").page.locator("[data-row]")
    expect(line).to_contain_text("稳定")


def test_a_relapse_becomes_a_complaint_that_names_the_first(office_of_its_own: Office, people: People) -> None:
    story = Story(office_of_its_own, people, "miniapp", "service_quality_tracking", "relapse_files_a_linked_complaint")
    number = story.start()
    office_of_its_own.pass_time(7 + DAY_TOO_LATE)
    story.do("visit_project")
    story.look_at_case("zhou_jianguo", number).until("h1 + .status", "已办结")
    complaint = story.open("wu_xiaomei", "register_complaint")
    expect(complaint.page.locator("[name=relatedCase]")).to_have_value("TS-20260209-0001")


def test_complaints_of_a_month_lead_to_measures_whose_effect_is_checked(office_of_its_own: Office, people: People) -> None:
    story = Story(office_of_its_own, people, "steel", "complaint_improvement", "monthly_summary_is_adopted_and_tracked")
    office_of_its_own.pass_time(A_MONTH)
    number = story.number_of("su_mei", "summarise", since=0)
    story.keep_to(number)
    shown = story.open("su_mei", "summarise").page.locator("#form-fields")
    expect(shown).to_contain_text(month_before(number))
    story.do("summarise")
    has_nothing_of(story, "su_mei", number)
    story.do("adopt")
    told = story.open("su_mei", "summarise")
    expect(told.page.locator("main")).to_contain_text("补充培训措施。")
    story.do("summarise", 1)
    story.do("adopt", 1)
    story.see_token(story.look_at_status("su_mei", number), "embed_measures")
    story.do("embed_measures")
    story.do("implement", 0)
    story.do("implement", 1)
    has_nothing_of(story, "du_juan", number)
    office_of_its_own.pass_time(A_MONTH)
    check_effect(story)
    check_effect(story)
    story.do("implement", 2)
    office_of_its_own.pass_time(A_MONTH)
    story.do("check_effect", 2)
    story.look_at_case("su_mei", number).until("h1 + .status", "已办结")
