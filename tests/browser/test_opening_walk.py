"""A line from the customer's need to its opening (T14 to T15, with T16 and T17), in the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.story import Story

pytestmark = pytest.mark.browser
EQUIPMENT = (
    "approve_by_branch_head",
    "endorse_by_province",
    "approve_by_headquarters",
    "allocate_equipment",
    "ship_equipment",
    "receive_equipment",
)
LINE = ("approve_by_technical_head", "order_line", "receive_line")
FAILED = [{"test": "端到端时延", "value": "8毫秒", "pass": "合格"}, {"test": "丢包率", "value": "3%", "pass": "不合格"}]


def test_a_registered_contract_is_opened_with_a_leased_line_and_equipment_of_headquarters(
    postgres_office: Place, people: People
) -> None:
    contract = Story(postgres_office, people, "telecom", "presales_and_contract", "registered_and_opening_notified")
    contract.start()
    contract.do("give_technical_support", planned_access="DDN")
    contract.do("prepare_solution")
    contract.do("conclude_agreement")
    contract.do("sign_contract", planned_access="DDN")
    contract.do("register_contract")
    opening = Story(postgres_office, people, "telecom", "business_opening", "both_applications_return")
    for task in ("upload_customer_information", "allocate_ip_addresses", "request_equipment"):
        opening.do(task)
    opening.do("check_stock")
    opening.do("apply_for_equipment")
    for task in EQUIPMENT:
        opening.do(task, -1)
    opening.do("request_line")
    opening.do("request_lease")
    for task in LINE:
        opening.do(task, -1)
    opening.do("prepare_works")
    opening.do("construct")
    opening.do("commission", tests=FAILED, failure_cause="尾纤衰减过大")
    number = opening.number_of("zhao_gang", "construct")
    manager = opening.look_at_status("chen_jianguo", number)
    opening.see_token(manager, "construct")
    for task in ("construct", "commission", "complete_works", "start_billing", "notify_customer", "hand_over_to_after_sales"):
        opening.do(task)
    case = opening.look_at_case("chen_jianguo", number)
    case.until("h1 + .status", "已办结")
    expect(case.page.locator(".side")).to_contain_text("线路租用")
