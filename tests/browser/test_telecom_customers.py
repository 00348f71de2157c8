"""Fault follow-up (T21) and the reporting of customer information (T02) through the three levels, in the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.story import Story

pytestmark = pytest.mark.browser
DOSSIER, CUSTOMER = "KH-2026-9001", "鸿江证券有限公司江城营业部"


def test_customers_hear_of_a_fault_and_of_its_end_and_their_dossiers_keep_it(sqlite_office: Place, people: People) -> None:
    story = Story(sqlite_office, people, "telecom", "fault_follow_up", "repaired_and_noted_in_the_dossiers")
    number = story.start()
    story.do("list_affected_customers", affected=_affected(story))
    story.do("inform_customers")
    story.see_token(story.look_at_status("zhou_lihua", number), "clear_fault")
    group = story.window("lin_xiaoyan").go("/inbox?sort=arrival&q=" + number)
    expect(group.page.locator("[data-row]")).to_have_count(0)
    story.do("clear_fault")
    story.do("inform_recovery")
    case = story.look_at_case("zhou_lihua", number).until("h1 + .status", "已办结")
    expect(case.page.locator(".known")).to_contain_text("施工挖断光缆")
    line = case.go(f"/registers/fault_follow_up?q={number}").page.locator("[data-row]")
    expect(line).to_contain_text("长河物流集团有限公司")
    dossier = story.window("lin_xiaoyan").go(f"/records?q={DOSSIER}")
    dossier.follow(dossier.page.locator("[data-row] a").first)
    expect(dossier.page.locator("main")).to_contain_text("施工挖断光缆")


def test_a_registered_contract_is_reported_from_the_branch_to_the_province_and_back(
    sqlite_office: Place, people: People
) -> None:
    story = Story(
        sqlite_office, people, "telecom", "customer_info_reporting", "branch_reports_through_province_to_headquarters"
    )
    form = story.window("sun_hao").go("/start/customer_info_reporting").page
    option = form.locator('select[name="contract_record"] option').filter(has_text="HT-2026-0103")
    number = story.start(contract_record=str(option.get_attribute("value")), contract_no="HT-2026-0103")
    story.do("supplement_list", told={"business_status": "本月新增专线客户1户。"})
    story.do("file_customer", told={"history_note": "当日填报"})
    story.see_token(story.look_at_case("zhou_lihua", number), "waiting_for_province")
    for task in ("summarise_business", "review_branch_report", "carry_out_push"):
        story.do(task)
    case = story.look_at_case("zhou_lihua", number).until("h1 + .status", "已办结")
    expect(case.page.locator(".known")).to_contain_text("已走访客户。")
    record = story.window("lin_xiaoyan").go("/records?q=HT-2026-0103")
    expect(record.page.locator("[data-row]")).to_contain_text("江城市第二人民医院")
    line = story.window("luo_mei").go("/registers/province_customer_reporting").page.locator("[data-row]").first
    expect(line).to_contain_text("HT-2026-0103")
    expect(line.locator('[data-label="档案号"]')).to_contain_text("KH-")


def _affected(story: Story) -> list[dict[str, str]]:
    """The customers as the scenario lists them; the first with its dossier as it lies in this office."""
    form = story.open("lin_xiaoyan", "list_affected_customers").page
    first, *others = story.step("list_affected_customers")["form"]["affected"]
    option = form.locator('select[name="affected[0].customer_record"] option').filter(has_text="HT-2026-0101")
    return [{**first, "customer_record": str(option.get_attribute("value")), "customer_name": CUSTOMER}, *others]
