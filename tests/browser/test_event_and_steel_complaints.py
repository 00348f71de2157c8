"""Complaints of the event company (E13) and the steel company (S10 with S11 and S12), by their people, in the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from engine.scenarios.values import NOW
from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.story import Story
from tests.browser.window import Window

pytestmark = pytest.mark.browser

SATISFIED = {"replyAt": NOW, "replyBy": "电话", "answer": "满意", "score": 5}
CONFIRMED = {"replyAt": NOW, "answer": "确认无误", "score": 5}


def is_over(case: Window) -> None:
    expect(case.page.locator("h1 + .status")).to_have_text("已办结")


def test_an_event_complaint_is_solved_by_other_people_than_those_it_is_about(sqlite_office: Place, people: People) -> None:
    story = Story(sqlite_office, people, "event", "complaint", "complaint_is_solved_and_analysed")
    number = story.start(complainedAbout=["dong_jie"])
    accused = story.window("dong_jie").go("/inbox?sort=arrival&q=" + number)
    expect(accused.page.locator("[data-row]")).to_have_count(0)
    story.do("first_contact")
    expect(accused.go("/inbox?sort=arrival&q=" + number).page.locator("[data-row]")).to_have_count(0)
    first = story.window("xia_tian").go("/inbox?sort=arrival&q=" + number)  # who answered the customer first may handle it
    expect(first.page.locator("[data-row]")).to_have_count(1)


def test_an_event_complaint_is_answered_with_a_plan_and_closed_when_solved(sqlite_office: Place, people: People) -> None:
    story = Story(sqlite_office, people, "event", "complaint", "complaint_is_solved_and_analysed")
    number = story.start()
    story.do("first_contact")
    story.do("investigate")
    story.do("propose_solution")
    manager = story.look_at_status("jiang_wen", number)
    story.see_token(manager, "tell_solution")
    story.do("tell_solution")
    story.do("carry_out", 0)
    story.do("carry_out", 1)
    story.do("confirm_solved")
    story.do("analyse_cause")
    is_over(story.look_at_case("jiang_wen", number))


def test_a_steel_complaint_is_investigated_by_two_departments_and_closed_when_satisfied(
    sqlite_office: Place, people: People
) -> None:
    story = Story(sqlite_office, people, "steel", "complaint", "quality_complaint_is_solved")
    number = story.start()
    story.do("confirm_departments")
    story.do("investigate", 0)
    story.do("investigate", 1)
    story.do("assess")
    story.do("draft_plan")
    story.do("carry_out", 0)
    story.do("carry_out", 1)
    story.do("report_result")
    is_over(story.look_at_case("su_mei", number))


def test_a_large_loss_goes_up_to_the_superior_and_ends_when_the_customer_is_content(
    sqlite_office: Place, people: People
) -> None:
    story = Story(sqlite_office, people, "steel", "complaint", "large_loss_goes_to_supervisor")
    number = story.start()
    for task in ("confirm_departments", "investigate", "assess", "plan_major"):
        story.do(task)
    story.do("instruct", outcome="approve")
    story.do("carry_out", 0)
    story.do("carry_out", 1)
    story.told["step"].append({"task": "follow_up", "by": "su_mei", "form": SATISFIED})
    story.do("follow_up")
    is_over(story.look_at_case("su_mei", number))


def test_returned_goods_are_inspected_decided_and_refunded(sqlite_office: Place, people: People) -> None:
    story = Story(sqlite_office, people, "steel", "return_exchange", "goods_are_returned_and_refunded")
    number = story.start()
    story.do("check_order")
    story.do("inspect_goods")
    story.do("decide_return", outcome="goods_back")
    story.do("collect_goods")
    story.do("refund")
    story.told["step"].append({"task": "confirm_with_customer", "by": "ye_ting", "form": CONFIRMED})
    story.do("confirm_with_customer")
    is_over(story.look_at_case("su_mei", number))
