"""A complaint from registration to the result (M05 with M06), by the people of the company, in the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.story import Story

pytestmark = pytest.mark.browser


def test_a_substantiated_complaint_is_remedied_after_the_customer_refused_once(office_on_both: Place, people: People) -> None:
    story = Story(office_on_both, people, "miniapp", "complaint_handling", "substantiated_complaint_is_remedied")
    number = story.start()
    story.do("investigate")
    story.do("propose_solution")
    story.do("negotiate_solution", customerAccepts="不接受", customerComment="要求更换带班员。")
    story.do("propose_solution", solution="夜间双岗，更换带班员。")
    manager = story.look_at_status("zhou_jianguo", number)
    story.see_token(manager, "negotiate_solution")
    story.do("negotiate_solution")
    story.do("draft_circular", 1)
    story.do("draft_submission")
    story.do("leader_approves")
    story.do("carry_out")
    story.do("execute_solution")
    story.do("track_execution")
    story.do("report_result")
    case = story.look_at_case("zhou_jianguo", number).until(".timeline", story.names["report_result"])
    expect(case.page.locator(".known")).to_contain_text("夜间双岗，更换带班员。")
    expect(case.page.locator("details.fold > summary", has_text="第 1 轮")).to_be_visible()
    expect(case.page.locator(".now")).not_to_contain_text(story.names["report_result"])  # what is left waits for its day


def test_an_untrue_complaint_ends_with_an_answer_and_without_a_circular(sqlite_office: Place, people: People) -> None:
    story = Story(sqlite_office, people, "miniapp", "complaint_handling", "trap_04_untrue_complaint_ends_with_an_answer")
    number = story.start()
    story.do("investigate")
    story.do("explain_finding")
    case = story.look_at_case("sun_limin", number)
    case.until("h1 + .status", "已办结")
    expect(case.page.locator(".timeline")).not_to_contain_text(story.names["draft_circular"])
    expect(story.window("chen_jing").go("/inbox?sort=arrival&q=" + number).page.locator("[data-row]")).to_have_count(0)
