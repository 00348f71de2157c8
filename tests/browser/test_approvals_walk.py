"""Sending back and deciding together, as people in the office do it: initiator, two deciders, a signer; at a desk and by telephone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from engine.people import actors
from engine.storage.database import Database
from tests.browser.office import Office
from tests.browser.people import People
from tests.browser.window import PHONE, Window
from tests.engine import kit

pytestmark = pytest.mark.browser
COMPANY = "miniapp"
NAME, FILL, JUDGE = "流程 joint_walk", "整理材料", "会签审批"


def process() -> list[kit.Resource]:
    request = kit.form("joint_walk_request", kit.text_field("subject", required=True) | {"label": "事项"})
    decide = {"kind": "approve", "rule": "all", "resume": "choose"}
    diagram = kit.diagram(
        "joint_walk",
        kit.start(form="joint_walk_request"),
        kit.task("fill", users="chen_jing", form="joint_walk_request"),
        kit.task("judge", users="sun_limin,zhao_min", **decide),
        kit.end(),
        kit.chain("started", "fill", "judge", "done"),
    )
    content = diagram.content.replace(b'name="fill"', "name='整理材料'".encode()).replace(
        b'name="judge"', "name='会签审批'".encode()
    )
    return [request, kit.Resource(diagram.name, content, diagram.settings)]


def furnish(database: Database) -> None:
    with database.reading() as session:
        owner = actors.load(session, COMPANY, "xiao_ran")
    assert owner is not None
    kit.deploy(database, owner, *process())


def to_task(here: Window, step: str) -> Window:
    """The task of that step which lies in the person's inbox."""
    return here.go(str(here.go("/inbox").page.locator("a.step", has_text=step).first.get_attribute("href")))


def choose(here: Window, operation: str) -> Window:
    here.page.locator("details.more > summary").first.click()
    return here.follow(here.page.get_by_role("link", name=operation, exact=True))


def find(here: Window, name: str) -> None:
    here.page.locator("input[name=people_text]").fill(name)
    here.page.locator(".people label", has_text=name).locator("input").check()


def test_a_case_is_sent_back_and_decided_together(sqlite_office: Office, people: People) -> None:
    with sqlite_office.database() as database:
        furnish(database)
    clerk = people(sqlite_office, COMPANY, "chen_jing").go("/start/joint_walk")
    clerk.page.get_by_label("事项").fill("采购打印机")
    clerk.follow(clerk.page.locator("main button.primary").first)
    case = clerk.page.url.removeprefix(sqlite_office.address)
    assert "/cases/" in case and NAME in str(clerk.page.title())
    to_task(clerk, FILL).press("提交")
    head = people(sqlite_office, COMPANY, "sun_limin")
    to_task(head, JUDGE).page.locator("#opinion").fill("缺少报价单")
    head.follow(head.page.get_by_role("link", name="退回修改", exact=True))
    expect(head.page.locator("#reason")).to_have_value("缺少报价单")  # typed a moment ago, and not saved by itself yet
    expect(head.page.locator("select")).to_contain_text("整理材料 · 陈静")
    head.page.locator("#target").select_option(label="整理材料 · 陈静；改完直接回到我这里")
    head.press("退回修改")
    to_task(clerk, FILL)
    expect(clerk.page.locator(".strip")).to_contain_text("缺少报价单")
    clerk.press("提交")
    choose(to_task(head, JUDGE), "前加签")
    find(head, "吴晓梅")
    head.page.locator("#reason").fill("请先核价")
    head.press("前加签")
    signer = people(sqlite_office, COMPANY, "wu_xiaomei", viewport=PHONE, is_mobile=True, has_touch=True)
    to_task(signer, JUDGE).press("同意")
    to_task(head, JUDGE).press("同意")
    other = people(sqlite_office, COMPANY, "zhao_min", viewport=PHONE, is_mobile=True, has_touch=True)
    to_task(other, JUDGE)
    expect(other.page.locator(".parts").first).to_contain_text("孙丽敏")
    other.press("同意")
    clerk.go(case)
    expect(clerk.page.locator(".timeline").first).to_contain_text("退回前")
    expect(clerk.page.locator(".parts").first).to_contain_text("前加签")
