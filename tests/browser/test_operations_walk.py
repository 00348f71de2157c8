"""Thirty cases stopped by one cause are found, rehearsed and tried again together; then one of them is looked into by itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from engine import errors
from engine.people import actors
from engine.storage import models
from engine.storage.database import Database
from engine.verbs.running import service_jobs
from tests.browser.office import Office
from tests.browser.people import People
from tests.browser.window import PHONE
from tests.engine import kit

pytestmark = pytest.mark.browser
PROCESS, COUNT, STEP = "operations_walk", 30, "开通端口"
FURTHER = [f"回访{each}" for each in "甲乙丙丁戊己庚辛壬癸子丑寅卯"]


def stopped(office: Office) -> list[tuple[int, str]]:
    """Cases of a process of this walk, each stopped where a program opens a port; their keys and numbers."""
    with office.database() as database:
        with database.reading("telecom") as session:
            manager = actors.load(session, "telecom", "liu_wei")
        assert manager is not None
        amount = {"type": "number", "key": "bandwidth", "label": "带宽（兆）"}
        kit.deploy(
            database,
            manager,
            kit.form("operations_walk_form", {"type": "textfield", "key": "customer", "label": "客户名称"}, amount),
            kit.diagram(
                PROCESS,
                kit.start(form="operations_walk_form"),
                kit.service(STEP, "walk.open", retries="1"),
                kit.task("核对", groups="分公司客服人员"),
                *(kit.task(each, groups="分公司客服人员") for each in FURTHER),
                kit.end(),
                kit.chain("started", STEP, "核对", *FURTHER, "done"),
                may_start=["*"],
                title="专线开通演练",
            ),
        )
        keys = [kit.begin(database, manager, PROCESS, {"customer": f"客户 {n}", "bandwidth": 100}) for n in range(COUNT)]
        for number, key in enumerate(keys):
            give_up(database, key, f"端口 {number} 无应答")
        with database.reading("telecom") as session:
            row = models.ProcessInstance
            found = session.execute(select(row.key, row.number).where(row.key.in_(keys)).order_by(row.key))
            return [(each.key, each.number) for each in found]


def give_up(database: Database, key: int, said: str) -> None:
    with database.transaction("telecom") as session:
        (job,) = session.query(models.Job).filter_by(instance_key=key, state="open", type="walk.open").all()
        case = session.get_one(models.ProcessInstance, key, with_for_update=True)
        told = errors.Refusal("%(detail)s", detail=said)
        service_jobs.note_failure(session, job, case, told, retries=0, run_at=kit.NOW, now=kit.NOW)


def test_thirty_stopped_cases_are_found_rehearsed_and_tried_again(sqlite_office: Office, people: People) -> None:
    cases = stopped(sqlite_office)
    here = people(sqlite_office, "telecom", "liu_wei").go(f"/status/operations/causes?process={PROCESS}")
    row = here.page.locator("tr", has_text=STEP)
    expect(row.locator("td.number").first).to_have_text(str(COUNT))
    here.follow(row.get_by_role("link", name="全部重试"))
    expect(here.page.locator("#place")).to_have_count(0)  # the fields of the chosen act alone
    here.page.get_by_label("原因").fill("端口已修好")
    here.press("预演")
    here.until("main", f"{COUNT} 件中 {COUNT} 件可执行")
    here.press(f"对这 {COUNT} 件执行“重试”")
    here.until("main", f"已完成 {COUNT} / {COUNT}")
    here.go("/status/operations/worker").go("/status/operations/given-up")
    key, number = cases[0]
    here.go(f"/cases/{key}")
    here.follow(here.page.get_by_role("link", name="单据管理"))
    expect(here.page.locator("tr", has_text=STEP)).to_contain_text("剩余 1 次")
    here.follow(here.page.get_by_role("link", name="更正内容"))
    here.page.reload()  # axe has left empty styles on what it looked at, which a part drawn anew must not inherit
    here.page.locator("#name").select_option(label="带宽（兆）")
    expect(here.page.locator("#act-fields")).to_contain_text("100")
    here.page.get_by_label("带宽（兆）").fill("200")
    here.page.get_by_label("原因").fill("客户改了带宽")
    here.press("查看影响")
    expect(here.page.locator(".foreseen")).to_contain_text(STEP)
    here.press("正式执行")
    here.go("/status/operations")
    expect(here.page.locator("tr", has_text="客户改了带宽")).to_contain_text(number)
    on_phone = people(sqlite_office, "telecom", "liu_wei", viewport=PHONE)
    on_phone.go(f"/status/operations/new?process={PROCESS}&number={number}")
    on_phone.page.reload()
    on_phone.page.locator("#operation").select_option(label="跳过环节并填写结果")
    expect(on_phone.page.locator("#place")).to_be_visible()
    on_phone.look()
    on_phone.go(f"/status/operations/cases/{key}/move")
    steps = on_phone.page.locator("#target label")
    expect(steps).to_have_count(len(FURTHER) + 2)
    search = on_phone.page.locator("#target [type=search]")
    search.fill("hd")
    expect(steps.filter(visible=True)).to_have_text(["核对"])
    expect(on_phone.page.locator("#target .heading").filter(visible=True)).to_have_text(["还没走到"])
    search.press("ArrowDown")
    on_phone.page.keyboard.press("Space")
    expect(steps.locator("input:checked")).to_have_value("核对")
    search.fill("没有这样的环节")
    expect(steps.filter(visible=True)).to_have_text(["核对"])  # what is chosen stays in sight
