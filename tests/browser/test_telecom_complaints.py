"""A telecom complaint (T18) by each of its four ways, with T19 and T20, by the right people, in the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.story import Story

pytestmark = pytest.mark.browser

HEAD = "zhou_lihua"
GROUP_SOLVES = "trap_06_group_solves_replies_and_archives"
TECHNICAL_SOLVES = "trap_06_technical_department_solves_form_returns_before_reply"
HEADQUARTERS = "trap_06_headquarters_answer_comes_back"
ORDINARY = "trap_06_ordinary_customer_by_its_own_procedure"
REPLY = ("reply_to_customer", "record_answer", "archive_form")


def complaint(office: Place, people: People, scenario: str) -> Story:
    return Story(office, people, "telecom", "complaint", scenario)


def is_concluded(story: Story, number: str, way: str) -> None:
    """The case is over with a reply and an archive number, and the register names who solved it."""
    case = story.look_at_case(HEAD, number).until("h1 + .status", "已办结")
    expect(case.page.locator(".known")).to_contain_text(story.step("archive_form")["form"]["archive_no"])
    expect(case.page.locator(".known")).to_contain_text(story.step("reply_to_customer")["form"]["reply_content"])
    line = story.window(HEAD).go(f"/registers/complaint?q={number}").page.locator("[data-row]")
    expect(line).to_contain_text(way)


def test_an_ordinary_customer_is_served_by_the_ordinary_procedure(sqlite_office: Place, people: People) -> None:
    story = complaint(sqlite_office, people, ORDINARY)
    number = story.start()
    manager = story.look_at_case(HEAD, number)  # the status counts people's steps, and this one is a called process
    story.see_token(manager, "handle_as_ordinary")
    group = story.window("lin_xiaoyan").go("/inbox?sort=arrival&q=" + number)
    expect(group.page.locator("[data-row]")).to_have_count(0)
    for task in ("judge_complaint", "solve_complaint", "reply_to_user"):
        story.do(task)
    telephone = Story(sqlite_office, people, "telecom", "ordinary_complaint", "customer_service_solves")
    telephone.do("record_user_answer")
    story.do("archive_complaint")
    case = story.look_at_case(HEAD, number).until("h1 + .status", "已办结")
    expect(case.page.locator(".known")).to_contain_text("多计费用已退还到账户。")
    register = case.go(f"/registers/complaint?q={number}")
    expect(register.page.locator("[data-row]")).to_contain_text("普通投诉")


def test_the_group_of_large_customers_solves_replies_and_archives(sqlite_office: Place, people: People) -> None:
    story = complaint(sqlite_office, people, GROUP_SOLVES)
    number = story.start()
    story.do("judge_by_group")
    story.do("solve_by_group")
    for task in REPLY:
        story.do(task)
    is_concluded(story, number, "大客户组")
    notices = story.window("sun_hao").go("/notices")
    expect(notices.page.locator("main")).to_contain_text(number)


def test_the_technical_department_solves_and_the_form_comes_back_before_the_reply(sqlite_office: Place, people: People) -> None:
    story = complaint(sqlite_office, people, TECHNICAL_SOLVES)
    number = story.start()
    story.do("judge_by_group")
    story.do("fill_form_for_technical")
    story.do("judge_by_technical")
    waiting = story.window("lin_xiaoyan").go("/inbox?sort=arrival&q=" + number)
    expect(waiting.page.locator("[data-row]")).to_have_count(0)
    story.see_token(story.look_at_case(HEAD, number), "solve_by_technical")
    story.do("solve_by_technical")
    form = story.open("lin_xiaoyan", "reply_to_customer")
    expect(form.page.locator("main")).to_contain_text(story.step("solve_by_technical")["form"]["technical_action"])
    for task in REPLY:
        story.do(task)
    is_concluded(story, number, "分公司技术部")


def test_headquarters_answers_through_the_branch(sqlite_office: Place, people: People) -> None:
    story = complaint(sqlite_office, people, HEADQUARTERS)
    number = story.start()
    for task in ("judge_by_group", "fill_form_for_technical", "judge_by_technical", "fill_form_for_headquarters"):
        story.do(task)
    story.do("accept_form")
    story.do("compile_solution")
    form = story.open("lin_xiaoyan", "reply_to_customer")
    expect(form.page.locator("main")).to_contain_text(story.step("compile_solution")["form"]["hq_result"])
    for task in REPLY:
        story.do(task)
    is_concluded(story, number, "总部客服中心")
    desk = story.window("yu_hong").go("/registers/hq_complaint")
    expect(desk.page.locator("[data-row]").first).to_contain_text(number)
