"""A destruction of customer records (A11) from proposal to certificate, by the people of the company, in the browser."""

from __future__ import annotations

from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import People
from tests.browser.office import Place
from tests.browser.story import Story
from tests.browser.window import downloaded

pytestmark = pytest.mark.browser
RECORDS = ("青禾置业有限公司", "汇众汽车销售服务有限公司")
APPROVALS = ("supervisor_approves", "manager_approves", "general_manager_approves")


def test_two_records_are_destroyed_after_a_return_and_three_approvals(
    postgres_office: Place, people: People, tmp_path: Path
) -> None:
    story = Story(postgres_office, people, "advertising", "record_destruction", "three_approvals_then_both_copies_destroyed")
    number = story.start(records=_proposal(story))
    story.do("supervisor_approves", outcome="return", opinion="请补充与客户的往来期间。", verdicts=_verdicts("核准", "退回"))
    story.do("revise_proposal", outcome="resubmit", told=story.told["start"]["form"], records=_proposal(story))
    for approval in APPROVALS:
        story.do(approval)
    for task in ("locate_department_copy", "locate_electronic_copy", "witness_checks_list"):
        story.do(task)
    manager = story.look_at_status("guo_wei", number)
    story.see_token(manager, "destroy_department_copy")
    for task in ("destroy_department_copy", "destroy_electronic_copy", "keeper_signs", "witness_signs"):
        story.do(task)
    case = story.look_at_case("guo_wei", number)
    case.until("h1 + .status", "已办结")
    certificate = case.page.locator(".side .files a").filter(has_text=".pdf").first
    text = pypdf.PdfReader(downloaded(case, certificate, tmp_path)).pages[0].extract_text()
    assert "销毁" in text and all(record in text.replace("\n", "") for record in RECORDS)
    _record_is_gone(story)
    expect(story.window("guo_wei").go("/records/registers?name=销毁登记簿").page.locator("main")).to_contain_text(number)


def _proposal(story: Story) -> list[dict[str, object]]:
    """The proposal's rows with the keys that the demo records have here."""
    page = story.window("pan_ting").go("/start/record_destruction").page
    options = page.locator('select[name="records[0].recordId"] option')
    keys = {record: options.filter(has_text=record).get_attribute("value") for record in RECORDS}
    told = story.told["start"]["form"]["records"]
    return [{**row, "recordId": keys[row["customer"]]} for row in told]


def _verdicts(*verdicts: str) -> list[dict[str, str]]:
    return [
        {"verdict": verdict, "comment": "往来期间不明。"} if verdict == "退回" else {"verdict": verdict} for verdict in verdicts
    ]


def _record_is_gone(story: Story) -> None:
    """The catalogue line stays, says so, and shows no content any more."""
    here = story.window("cao_lei").go(f"/records?state=destroyed&q={RECORDS[0]}")
    here.follow(here.page.locator("[data-row] a").first)
    expect(here.page.locator(".page-head")).to_contain_text("已销毁")
    expect(here.page.locator("main")).not_to_contain_text("青禾湾")
