"""The public pages of three companies from filing to rating, on a telephone and on a desk; the staff do their part."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import looks
from tests.browser.customer import Customer
from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.story import ROOT, Story
from tests.browser.window import DESKTOP, PHONE

pytestmark = pytest.mark.browser

Answer = Mapping[str, str]
Changed = tuple[str, Mapping[str, Any]]
TELEPHONED = {"rating": None, "comment": "已恢复。"}  # the customer gives no stars on the telephone
SMALL_CUSTOMER = {
    "customer_name": "李记文具店",
    "business": "IP主叫",
    "avg_monthly_sales": 1999.99,
    "complaint_kind": "计费",
    "content": "本月话单与账单不一致。",
}


@dataclass(frozen=True)
class Walk:
    """Who files what, and what then happens: tasks of the staff, some with changed values, and the customer's answers.

    `more` is a scenario that tells of the tasks which `scenario` leaves out.
    """

    company: str
    scenario: str
    more: str
    filed: Mapping[str, Any]
    steps: tuple[str | Changed | Answer, ...]
    manager: str
    stars: str
    devices: tuple[Mapping[str, int], Mapping[str, int]] = (PHONE, DESKTOP)
    process_id: str = "complaint"


WALKS = {
    "telecom, answered by telephone": Walk(
        "telecom",
        "filed_on_the_web_and_answered_on_the_web",
        "complaint/scenarios/trap_06_group_solves_replies_and_archives",
        {
            "complaint_kind": "故障",
            "business": "Internet专线",
            "content": "专线上午多次中断，营业部无法交易。",
            "expectation": "尽快恢复并说明原因",
            "attachments": ["告警.png"],
            "customer_name": "鸿江证券有限公司",
            "complainant": "赵敏",
            "contact": "027-88880001",
        },
        (
            "register_complaint",
            "judge_by_group",
            "solve_by_group",
            "reply_to_customer",
            ("record_answer", TELEPHONED),
            "archive_form",
        ),
        "zhou_lihua",
        "4",
    ),
    "telecom, ordinary customer": Walk(
        "telecom",
        "trap_06_ordinary_customer_by_its_own_procedure",
        "complaint/scenarios/filed_on_the_web_and_answered_on_the_web",
        {
            "complaint_kind": "计费",
            "content": "本月话单与账单不一致。",
            "customer_name": "李记文具店",
            "complainant": "李建军",
            "contact": "13900001111",
        },
        (
            ("register_complaint", SMALL_CUSTOMER),
            "judge_complaint",
            "solve_complaint",
            "reply_to_user",
            {"accepted": "yes", "rating": "5", "comment": "退款已到账。"},
            "archive_complaint",
        ),
        "zhou_lihua",
        "5",
        (DESKTOP, PHONE),
    ),
    "event": Walk(
        "event",
        "public_complaint_is_answered_online",
        "",
        {
            "event": "新品发布会",
            "content": "签到台排队过长，未按约定设三处。",
            "expectation": "说明原因",
            "complainant": "周先生",
            "contact": "zhou@kehu.example",
        },
        (
            "first_contact",
            "investigate",
            "propose_solution",
            {"accepted": "yes", "comment": "可以。"},
            "carry_out",
            "carry_out",
            {"accepted": "yes", "rating": "5", "comment": "满意。"},
            "analyse_cause",
        ),
        "jiang_wen",
        "5",
        (DESKTOP, PHONE),
    ),
    "steel": Walk(
        "steel",
        "public_complaint_is_acknowledged_in_time",
        "",
        {
            "kind": "服务质量",
            "content": "司机到货拒绝卸车，态度恶劣。",
            "expectation": "换合格管材，赔偿误工。",
            "orderNo": "DD-2026-0215",
            "wantsReturn": "不需要",
            "customer": "海陆石油装备有限公司",
            "complainant": "罗先生",
            "contact": "luo@kehu.example",
        },
        (
            "register_complaint",
            "confirm_departments",
            "investigate",
            "investigate",
            "investigate",
            "assess",
            "draft_plan",
            "carry_out",
            {"accepted": "yes", "rating": "4", "comment": "可以"},
        ),
        "su_mei",
        "4",
    ),
}


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
def test_a_complaint_is_filed_followed_and_rated_by_its_customer(
    walk: Walk, browser: Browser, sqlite_office: Place, people: People, album: looks.Album
) -> None:
    story = _story(walk, sqlite_office, people)
    with closing(Customer(browser, sqlite_office, album, walk.company, *walk.devices)) as customer:
        number = customer.file(walk.process_id, walk.filed)
        expect(customer.follow(customer.second).page.locator(".public-steps .now")).to_be_visible()
        _go_on(walk, story, customer)
        _is_rated(walk, customer)
        customer.sees_the_end(walk.stars)
    register = story.window(walk.manager).go(f"/registers/{walk.process_id}?q={number}").page
    expect(register.locator('tbody [data-label="客户评分"]')).to_have_text(walk.stars)


def _story(walk: Walk, office: Place, people: People) -> Story:
    story = Story(office, people, walk.company, walk.process_id, walk.scenario)
    known = {step.get("task") for step in story.told["step"]}
    if walk.more:
        more = tomllib.loads((ROOT / "workflows" / walk.company / f"{walk.more}.toml").read_text())
        story.told["step"] += [step for step in more["step"] if step.get("task") not in known]
    return story


def _go_on(walk: Walk, story: Story, customer: Customer) -> None:
    """Everybody does what the walk tells; the nth time of a task is the scenario's nth."""
    times: Counter[str] = Counter()
    for step in walk.steps:
        if isinstance(step, Mapping):
            customer.answer(step)
            continue
        task, changes = (step, {}) if isinstance(step, str) else step
        story.do(task, times[task], **changes)
        times[task] += 1


def _is_rated(walk: Walk, customer: Customer) -> None:
    """A customer who has given no stars yet is asked for them at the end."""
    if not any(isinstance(step, Mapping) and "rating" in step for step in walk.steps):
        customer.follow(customer.first).until(".public-promise.is-done", "已处理完毕")
        customer.rate(walk.stars, "恢复很快。")


def test_a_customer_who_withdraws_is_not_dealt_with_any_more(
    browser: Browser, sqlite_office: Place, people: People, album: looks.Album
) -> None:
    customer = Customer(browser, sqlite_office, album, "steel", PHONE, DESKTOP)
    number = customer.file("complaint", {**WALKS["steel"].filed, "content": "到货钢管弯曲，现场已自行校正。"})
    clerk = people(sqlite_office, "steel", "ye_ting").go(f"/inbox?q={number}")
    expect(clerk.page.locator("[data-row]")).to_have_count(1)
    here = customer.follow(customer.second)
    here.page.locator(".withdraw summary").click()
    here.look()
    here.page.locator("#reason").fill("现场已自行校正。")
    here.press("确认撤回")
    expect(here.page.locator(".public-steps")).to_contain_text("您已撤回")
    expect(here.page.locator(".withdraw")).to_have_count(0)
    expect(clerk.go(f"/inbox?q={number}").page.locator("[data-row]")).to_have_count(0)
    customer.close()
