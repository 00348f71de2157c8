"""A destruction of customer records (A11) from proposal to certificate, by the people of the company, in the browser."""

from __future__ import annotations

from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Locator, expect

from tests.browser import looks
from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.story import Story
from tests.browser.window import Window, downloaded

pytestmark = pytest.mark.browser
RECORDS = ("青禾置业有限公司", "汇众汽车销售服务有限公司")
APPROVALS = ("supervisor_approves", "manager_approves", "general_manager_approves")


def test_two_records_are_destroyed_after_a_return_and_three_approvals(
    postgres_office: Place, people: People, tmp_path: Path
) -> None:
    story = Story(postgres_office, people, "advertising", "record_destruction", "three_approvals_then_both_copies_destroyed")
    number = story.start(records=_proposal(story))
    _send_back(story, "supervisor_approves", "请补充与客户的往来期间。")
    proposal = _proposal(story)
    again = story.open("pan_ting", "destruction_proposed")
    expect(again.page.locator(".strip")).to_contain_text("请补充与客户的往来期间。")
    story.fill(again, {**story.told["start"]["form"], "records": proposal})
    story.send(again, "submit")
    for approval in APPROVALS:
        story.do(approval)
    for task in ("locate_department_copy", "locate_electronic_copy", "witness_checks_list"):
        story.do(task)
    manager = story.look_at_status("guo_wei", number)
    story.see_token(manager, "destroy_department_copy")
    for task in ("destroy_department_copy", "destroy_electronic_copy"):
        story.do(task)
    _sign_when_asked(story)
    _sign_with_the_one_kept(story)
    case = story.look_at_case("guo_wei", number)
    case.until("h1 + .status", "已办结")
    expect(case.page.locator(".signed")).to_have_count(2)
    expect(case.page.locator(".signed").first).to_contain_text("签名有效")
    sheet = case.page.get_by_role("button", name="审批单 (PDF)")
    assert "签名有效" in _text(downloaded(case, sheet, tmp_path))
    certificate = case.page.locator(".side .files a").filter(has_text=".pdf").first
    text = _text(downloaded(case, certificate, tmp_path))
    assert "销毁" in text and all(record in text for record in RECORDS)
    _record_is_gone(story)
    expect(story.window("guo_wei").go("/records/registers?name=销毁登记簿").page.locator("main")).to_contain_text(number)


def _proposal(story: Story) -> list[dict[str, object]]:
    """The proposal's rows with the keys that the demo records have here."""
    page = story.window("pan_ting").go("/start/record_destruction").page
    options = page.locator('select[name="records[0].recordId"] option')
    keys = {record: options.filter(has_text=record).get_attribute("value") for record in RECORDS}
    told = story.told["start"]["form"]["records"]
    return [{**row, "recordId": keys[row["customer"]]} for row in told]


def _send_back(story: Story, task: str, why: str) -> None:
    """Whoever has the task sends the case back to the one who began it."""
    here = story.open(story.step(task)["by"], task)
    here.follow(here.page.locator(".outcomes a.button", has_text="退回修改").first)
    here.page.locator("#reason").fill(why)
    here.press("退回修改")


def _sign_when_asked(story: Story) -> None:
    """The keeper presses the button, is asked to sign, signs with the mouse, and it is sent."""
    step = story.step("keeper_signs")
    here = story.open(step["by"], "keeper_signs")
    story.fill(here, step.get("form", {}))
    here.page.locator('button[name="outcome"]').first.click()
    field = here.page.locator("dialog[data-signing] [data-pad]")
    expect(field).to_be_visible()
    here.page.get_by_role("button", name="确认签名").click()
    expect(here.page.locator("[data-unsigned]")).to_be_visible()
    draw(here, field)
    here.follow(here.page.get_by_role("button", name="确认签名"))
    expect(here.page.locator(".flash.success")).to_be_visible()


def _sign_with_the_one_kept(story: Story) -> None:
    """The witness keeps a signature once, drawn on a phone, and gives that."""
    step = story.step("witness_signs")
    phone = story.people(story.office, story.company, step["by"], viewport=looks.PHONE, has_touch=True).go("/signature")
    draw(phone, phone.page.locator("[data-pad]"))
    phone.press("保存")
    expect(phone.page.locator(".kept-signature")).to_be_visible()
    here = story.open(step["by"], "witness_signs")
    story.fill(here, step.get("form", {}))
    expect(here.page.locator("[data-is-signed]")).to_be_hidden()
    here.page.get_by_role("button", name="手写签名").first.click()
    here.page.get_by_role("button", name="用我保存的签名").click()
    expect(here.page.locator("[data-is-signed]")).to_be_visible()
    story.send(here, "submit")


def draw(here: Window, field: Locator) -> None:
    """Writes a name of two strokes."""
    box = field.locator("canvas").bounding_box()
    assert box is not None
    mouse = here.page.mouse
    for stroke in (((0.1, 0.2), (0.3, 0.8), (0.4, 0.3)), ((0.5, 0.5), (0.7, 0.2), (0.9, 0.6))):
        mouse.move(box["x"] + box["width"] * stroke[0][0], box["y"] + box["height"] * stroke[0][1])
        mouse.down()
        for x, y in stroke[1:]:
            mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y, steps=5)
        mouse.up()


def _text(pdf: Path) -> str:
    """The text of a PDF without its line ends."""
    text = "".join(page.extract_text() for page in pypdf.PdfReader(pdf).pages)
    return text.replace("\n", "").replace("\u200b", "")


def _record_is_gone(story: Story) -> None:
    """The catalogue line stays, says so, and shows no content any more."""
    here = story.window("cao_lei").go(f"/records?state=destroyed&q={RECORDS[0]}")
    here.follow(here.page.locator("[data-row] a").first)
    expect(here.page.locator(".page-head")).to_contain_text("已销毁")
    expect(here.page.locator("main")).not_to_contain_text("青禾湾")
