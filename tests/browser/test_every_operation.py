"""The operations on a task and a case that no story needs, each by its button and dialog: staff by telephone, managers at a desk."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from engine.people import actors
from tests.browser.office import Office
from tests.browser.people import People
from tests.browser.window import PHONE, Window
from tests.engine import kit

pytestmark = pytest.mark.browser
COMPANY, PROCESS = "miniapp", "operations_walk"
CHECK, JUDGE = "核对清单", "审定清单"


def furnish(office: Office) -> None:
    request = kit.form(f"{PROCESS}_request", kit.text_field("subject", required=True) | {"label": "事项"})
    diagram = kit.diagram(
        PROCESS,
        kit.start(form=f"{PROCESS}_request"),
        kit.task("check", groups="客服专员", due="2d"),
        kit.task("judge", users="sun_limin", kind="approve"),
        kit.end(),
        kit.chain("started", "check", "judge", "done"),
        managers=["主管领导"],
        initiator_may_cancel=True,
    )
    content = diagram.content.decode().replace('name="check"', f'name="{CHECK}"').replace('name="judge"', f'name="{JUDGE}"')
    with office.database() as database:
        with database.reading() as session:
            owner = actors.load(session, COMPANY, "xiao_ran")
        assert owner is not None
        kit.deploy(database, owner, request, kit.Resource(diagram.name, content.encode(), diagram.settings))


def start(here: Window, subject: str) -> str:
    """Starts a case; its address."""
    here.go(f"/start/{PROCESS}").page.get_by_label("事项").fill(subject)
    here.follow(here.page.locator("main button.primary").first)
    return here.page.url.removeprefix(here.office.address)


def act(here: Window, operation: str, *, to: str = "", choice: str = "", **words: str) -> Window:
    """Opens 「更多」, goes where the operation leads, says what its dialog asks, and does it."""
    here.page.locator("details.more > summary").first.click()
    entry = here.page.locator("details.more .entry").get_by_text(operation, exact=True)
    here.follow(entry)
    if to:
        here.page.locator("input[name$=_text]").press_sequentially(to)
        here.page.locator("[id^=found-] label", has_text=to).first.click()
    if choice:
        offered = here.page.locator("#target option, #task option", has_text=choice).first
        here.page.locator("#target, #task").select_option(offered.get_attribute("value"))
    for name, said in words.items():
        here.page.locator(f"#{name}").fill(said)
    return here.press(operation) if words or to or choice else here


def open_task(here: Window, case: str) -> Window:
    return here.follow(here.go(case).page.locator(".now .act, .now a.act").first)


def says(here: Window, text: str) -> None:
    expect(here.page.locator(".flash").first).to_contain_text(text)


def test_a_task_is_claimed_given_back_delegated_extended_and_signed_by_others(sqlite_office: Office, people: People) -> None:
    furnish(sqlite_office)
    clerk = people(sqlite_office, COMPANY, "chen_jing")
    case = start(clerk, "月度清单")
    act(clerk, "催办", text="请今天核对")
    says(clerk, "已提醒")
    liu = people(sqlite_office, COMPANY, "liu_yang", viewport=PHONE, is_mobile=True, has_touch=True)
    liu.go(case).follow(liu.page.locator(".now button", has_text="认领"))
    liu.page.locator("details.more > summary").first.click()
    liu.follow(liu.page.locator("details.more .entry", has_text="取消认领"))
    liu.go(case).follow(liu.page.locator(".now button", has_text="认领"))
    act(liu, "申请延期", until="2035-01-01T18:00", reason="等附件")
    manager = people(sqlite_office, COMPANY, "zhou_jianguo")
    manager.go(case).press("同意延期")
    open_task(liu, case)
    act(liu, "委派", to="吴晓梅", reason="请代为清点")
    wu = people(sqlite_office, COMPANY, "wu_xiaomei", viewport=PHONE, is_mobile=True, has_touch=True)
    open_task(wu, case)
    expect(wu.page.locator(".strip")).to_contain_text("刘洋委派您代办，办完交回")
    wu.press("提交")
    open_task(liu, case).press("提交")
    judge = people(sqlite_office, COMPANY, "sun_limin")
    open_task(judge, case)
    act(judge, "后加签", to="赵敏", reason="请复核")
    act(judge.go(case), "减签", choice="赵敏", reason="不必复核")
    open_task(judge, case)
    act(judge, "并加签", to="赵敏", reason="请一同定")
    expect(judge.page.locator(".flash")).to_be_visible()


def test_a_case_is_followed_linked_held_up_steered_ended_and_begun_anew(sqlite_office: Office, people: People) -> None:
    furnish(sqlite_office)
    clerk = people(sqlite_office, COMPANY, "chen_jing")
    other = start(clerk, "季度清单")
    number = clerk.page.locator(".page-head .under > span").first.inner_text()
    case = start(clerk, "年度清单")
    mine = clerk.page.locator(".page-head .under > span").first.inner_text()
    act(clerk, "关注")
    act(clerk, "取消关注")
    act(clerk, "关联单据", number=number)
    expect(clerk.page.locator("main")).to_contain_text(number)
    liu = people(sqlite_office, COMPANY, "liu_yang", viewport=PHONE, is_mobile=True, has_touch=True)
    liu.go(case).follow(liu.page.locator(".now button", has_text="认领")).press("提交")
    act(liu.go(case), "取回", reason="漏填一项")
    liu.go("/inbox/done")
    row = liu.page.locator("tbody tr").filter(has=liu.page.get_by_text(mine, exact=True))  # others' numbers may end like it
    expect(row).to_contain_text("后来已取回")
    manager = people(sqlite_office, COMPANY, "zhou_jianguo")
    act(manager.go(case), "挂起", reason="等预算")
    expect(clerk.go(case).page.locator("main")).to_contain_text("等预算")
    act(manager.go(case), "恢复", reason="预算已批")
    act(manager.go(case), "变更处理人", choice=CHECK, to="郑浩", reason="刘洋出差")
    manager.go(case).page.locator("details.more > summary").first.click()
    manager.follow(manager.page.locator("details.more .entry", has_text="流程干预"))
    manager.page.locator("#target").select_option(index=1)
    manager.page.locator("#reason").fill("核对已线下完成")
    manager.press("查看影响").press("流程干预")
    expect(manager.page.locator(".now")).to_contain_text(JUDGE)
    act(manager, "强制结束", reason="项目取消")
    act(manager, "重新打开", reason="项目恢复")
    assert manager.page.url.removeprefix(sqlite_office.address) != case
    act(clerk.go(other), "作废", reason="填错")
    expect(clerk.page.locator(".now")).to_contain_text("作废")
    act(clerk, "重新发起")
    expect(clerk.page.get_by_label("事项")).to_have_value("季度清单")
