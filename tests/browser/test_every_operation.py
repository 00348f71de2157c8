"""The operations on a task and a case that no story needs, each by its button and dialog.

Walked twice: staff by telephone and managers at a desk, then the other way round, so that each is seen on both. Who sits
at a desk reads Chinese, who has a telephone English.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from engine.people import actors
from engine.storage import models
from engine.verbs import batches
from engine.verbs.sharing import phrases
from tests.browser.office import Office
from tests.browser.people import People
from tests.browser.window import PHONE, Window
from tests.engine import kit

pytestmark = pytest.mark.browser
COMPANY, PROCESS, TITLE = "miniapp", "every_operation", "清单核对演练"
PHRASE = "清单已核对"
CHECK, JUDGE = "核对清单", "审定清单"
TELEPHONE = {"viewport": PHONE, "is_mobile": True, "has_touch": True, "locale": "en-GB"}
ENGLISH = {
    "催办": "Urge",
    "认领": "Claim",
    "取消认领": "Give it back to the group",
    "申请延期": "Ask for more time",
    "撤回延期申请": "Take the wish back",
    "同意延期": "Grant",
    "委派": "Delegate",
    "提交": "Submit",
    "退回修改": "Return for correction",
    "前加签": "Let others sign first",
    "后加签": "Let others sign afterwards",
    "并加签": "Add a co-signer",
    "减签": "Take a signer off",
    "同意": "Approve",
    "不同意并结束": "Refuse and end",
    "备注": "Remark",
    "抄送": "Send a copy",
    "提交留言": "Say it",
    "征询意见": "Ask for a view",
    "撤回征询": "Take the question back",
    "答复": "Answer",
    "移交": "Hand over",
    "转办": "Hand on",
    "关注": "Follow",
    "取消关注": "Stop following",
    "关联单据": "Link a case",
    "取消关联": "Take back the link with",
    "取回": "Take it back",
    "挂起": "Suspend",
    "恢复": "Resume",
    "变更处理人": "Reassign",
    "流程干预": "Move by hand",
    "查看影响": "See what it does",
    "强制结束": "Terminate",
    "重新打开": "Open again",
    "作废": "Declare void",
    "重新发起": "Start once more",
    "撤销": "Undo",
    "批量认领": "Claim all",
    "批量同意": "Approve all",
    "批量转办": "Hand all on",
    "已提醒": "have been told",
    "委派您代办": "asks you to do",
    "办完交回": "Done, hand it back",
    "已撤回": "no longer asked for",
    "后来已取回": "taken back since",
    "已转办": "It is handed on",
    "已撤销": "undone",
    "不通过": "Turned down",
    "已作废": "Void",
    "已认领 2 件": "2 tasks claimed",
    "已转办 2 件": "2 tasks handed on",
    "已同意 2 件": "2 tasks approved",
}
MANAGERS = ("zhou_jianguo", "sun_limin")
Seats = Callable[[str], Window]


@pytest.fixture(params=["staff by telephone", "managers by telephone"])
def seats(request: pytest.FixtureRequest, sqlite_office: Office, people: People) -> Seats:
    """The window of a person: of the two kinds of people one sits at a desk, the other has a telephone."""
    furnish(sqlite_office)

    def of(name: str) -> Window:
        has_telephone = (name in MANAGERS) == (request.param == "managers by telephone")
        return people(sqlite_office, COMPANY, name, **(TELEPHONE if has_telephone else {}))

    return of


def word(here: Window, chinese: str) -> str:
    """A word of ours in the language of that window."""
    is_english = here.page.locator("html").get_attribute("lang") == "en"
    return ENGLISH[chinese] if is_english else chinese


def press(here: Window, chinese: str) -> Window:
    return here.press(word(here, chinese))


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
        title=TITLE,
    )
    content = diagram.content.decode().replace('name="check"', f'name="{CHECK}"').replace('name="judge"', f'name="{JUDGE}"')
    with office.database() as database:
        with database.reading() as session:
            owner = actors.load(session, COMPANY, "xiao_ran")
        assert owner is not None
        kit.deploy(database, owner, request, kit.Resource(diagram.name, content.encode(), diagram.settings))
        with database.transaction(COMPANY) as session:
            judge = actors.load(session, COMPANY, "sun_limin")
            assert judge is not None
            if PHRASE not in [each.text for each in phrases.known(session, judge)]:
                phrases.add(session, judge, PHRASE)


def start(here: Window, subject: str) -> str:
    """Starts a case; its address."""
    here.go(f"/start/{PROCESS}").page.get_by_label("事项").fill(subject)
    here.follow(here.page.locator("main button.primary").first)
    return here.page.url.removeprefix(here.office.address)


def act(here: Window, operation: str, *, to: str = "", choice: str = "", **words: str) -> Window:
    """Goes where the operation leads, beside the outcomes or in 「更多」, says what its dialog asks, and does it."""
    beside = here.page.locator(".outcomes .row > a.button").get_by_text(word(here, operation), exact=True)
    if not beside.count():
        here.page.locator("details.more > summary").first.click()
    entry = here.page.locator("details.more .entry").get_by_text(word(here, operation), exact=True)
    here.follow(beside.or_(entry))
    if to:
        choose(here, to)
    if choice:
        offered = here.page.locator("#target option, #task option", has_text=choice).first
        here.page.locator("#target, #task").select_option(offered.get_attribute("value"))
    for name, said in words.items():
        here.page.locator(f"#{name}").fill(said)
    return press(here, operation) if words or to or choice else here


def choose(here: Window, name: str, field: str = "") -> None:
    """Finds somebody by his name and ticks him, in the one place where people are chosen or in that of the field."""
    here.page.locator(f"input[name={field}_text]" if field else "input[name$=_text]").press_sequentially(name)
    here.page.locator(f"#found-{field} label" if field else "[id^=found-] label", has_text=name).first.click()


def open_task(here: Window, case: str) -> Window:
    return here.follow(here.go(case).page.locator(".now .act, .now a.act").first)


def says(here: Window, text: str) -> None:
    expect(here.page.locator(".flash").first).to_contain_text(word(here, text))


def test_a_task_is_claimed_given_back_delegated_extended_and_signed_by_others(seats: Seats) -> None:
    clerk, liu = seats("chen_jing"), seats("liu_yang")
    case = start(clerk, "月度清单")
    act(clerk, "催办", text="请今天核对")
    says(clerk, "已提醒")
    liu.go(case).follow(liu.page.locator(".now button", has_text=word(liu, "认领")))
    liu.page.locator("details.more > summary").first.click()
    liu.follow(liu.page.locator("details.more .entry", has_text=word(liu, "取消认领")))
    liu.go(case).follow(liu.page.locator(".now button", has_text=word(liu, "认领")))
    act(liu, "申请延期", until="2035-01-01T18:00", reason="等附件")
    press(liu.go(case), "撤回延期申请")
    open_task(liu, case)
    act(liu, "申请延期", until="2035-02-01T18:00", reason="等盖章")
    manager = seats("zhou_jianguo")
    press(manager.go(case), "同意延期")
    open_task(liu, case)
    act(liu, "委派", to="吴晓梅", reason="请代为清点")
    wu = seats("wu_xiaomei")
    open_task(wu, case)
    expect(wu.page.locator(".strip", has_text=word(wu, "委派您代办"))).to_be_visible()
    press(wu, "办完交回")
    press(open_task(liu, case), "提交")
    judge = seats("sun_limin")
    open_task(judge, case).page.keyboard.press("r")
    judge.page.wait_for_url("**/return")
    open_task(judge, case)
    act(judge, "退回修改", choice=CHECK, reason="数目对不上")
    open_task(liu, case)
    expect(liu.page.locator(".strip")).to_contain_text("数目对不上")
    press(liu, "提交")
    open_task(judge, case)
    act(judge, "后加签", to="赵敏", reason="请复核")
    act(judge.go(case), "减签", choice="赵敏", reason="不必复核")
    open_task(judge, case)
    act(judge, "并加签", to="赵敏", reason="请一同定")
    open_task(judge, case)
    act(judge, "前加签", to="林悦", reason="请先看")
    lin = seats("lin_yue")
    press(open_task(lin, case), "同意")
    opinion = open_task(judge, case).page.locator("#opinion")
    opinion.press("/")
    expect(judge.page.locator("select[data-phrases]")).to_be_focused()
    opinion.press("Alt+1")
    expect(opinion).to_have_value(PHRASE)
    opinion.fill("清单不全")
    press(judge, "不同意并结束")
    expect(clerk.go(case).page.locator(".now")).to_contain_text(word(clerk, "不通过"))
    expect(clerk.page.locator(".now")).to_contain_text("清单不全")


def test_a_case_is_remarked_on_asked_about_copied_and_its_tasks_go_to_another(seats: Seats) -> None:
    clerk, liu = seats("chen_jing"), seats("liu_yang")
    case = start(clerk, "半年清单")
    number = clerk.page.locator(".page-head .under > span").first.inner_text()
    clerk.page.locator("details.more > summary").first.click()
    clerk.follow(clerk.page.locator("details.more .entry").get_by_text(word(clerk, "备注"), exact=True))
    choose(clerk, "吴晓梅")
    clerk.page.locator("#text").fill("附上盘点表")
    clerk.page.locator("#files").set_input_files({"name": "盘点表.txt", "mimeType": "text/plain", "buffer": b"12"})
    press(clerk, "备注")
    wu = seats("wu_xiaomei")
    expect(wu.go(case).page.locator("main")).to_contain_text("附上盘点表")
    expect(wu.page.locator("main")).to_contain_text("盘点表.txt")
    act(clerk.go(case), "抄送", to="赵敏", text="请知悉")
    zhao = seats("zhao_min")
    zhao.go("/inbox/copies")
    row = zhao.page.locator("li.item, tbody tr").filter(has_text=number).filter(has_text=TITLE)
    zhao.follow(row.locator("a").first)
    zhao.page.locator("#remark").fill("已阅，无意见")
    press(zhao, "提交留言")
    liu.go(case).follow(liu.page.locator(".now button", has_text=word(liu, "认领")))
    act(liu, "征询意见", to="林悦", text="上月少几件？")
    press(liu.go(case), "撤回征询")
    expect(liu.page.locator("#questions")).to_contain_text(word(liu, "已撤回"))
    expect(liu.page.locator("main")).to_contain_text("已阅，无意见")
    open_task(liu, case)
    act(liu, "征询意见", to="林悦", text="这月少几件？")
    lin = seats("lin_yue")
    lin.go("/inbox/asked")
    lin.follow(lin.page.locator("li.item", has_text=number).filter(has_text="这月少几件").locator("a.step"))
    lin.page.locator("#text").fill("没有少")
    press(lin, "答复")
    expect(liu.go(case).page.locator("#questions")).to_contain_text("没有少")
    manager = seats("zhou_jianguo")
    manager.go("/reassignment")
    choose(manager, "刘洋", "people")
    choose(manager, "郑浩", "person")
    manager.page.locator("label.option", has_text=TITLE).locator("input").check()
    manager.page.locator("#reason").fill("刘洋调岗")
    press(manager, "移交")
    clerk.go(case).until(".now", "郑浩")
    zheng = seats("zheng_hao")
    open_task(zheng, case)
    act(zheng, "转办", to="吴晓梅", reason="请您代为核对")
    says(zheng, "已转办")
    expect(clerk.go(case).page.locator(".now")).to_contain_text("吴晓梅")
    clerk.page.locator(".page-head details.more > summary").click()
    clerk.page.locator('[data-dialog="cancel"]').first.click()
    clerk.page.locator("dialog#cancel [name=reason]").fill("改用新表")
    clerk.follow(clerk.page.locator("dialog#cancel button.danger"))
    expect(clerk.page.locator(".now")).to_contain_text("改用新表")


def test_many_tasks_are_claimed_handed_on_and_approved_together_and_undone_in_time(seats: Seats, sqlite_office: Office) -> None:
    liu, zheng, judge = seats("liu_yang"), seats("zheng_hao"), seats("sun_limin")
    cases = begin_two(sqlite_office)
    tick(liu, open_tasks(sqlite_office, cases))
    followed(liu, "批量认领", "已认领 2 件")
    undone_in_time(liu, sqlite_office, open_tasks(sqlite_office, cases))
    tick(liu, open_tasks(sqlite_office, cases))
    liu.press(f"{word(liu, '批量转办')} 2")
    choose(liu, "郑浩")
    liu.page.locator("#reason").fill("出差")
    followed(liu, "转办", "已转办 2 件")
    for case in cases:
        press(open_task(zheng, f"/cases/{case}"), "提交")
    tick(judge, open_tasks(sqlite_office, cases))
    judge.page.locator("[data-batch] [name=opinion]").fill("数目相符")
    followed(judge, "批量同意", "已同意 2 件")
    assert not open_tasks(sqlite_office, cases)


def begin_two(office: Office) -> list[int]:
    with office.database() as database:
        with database.reading() as session:
            clerk = actors.load(session, COMPANY, "chen_jing")
        assert clerk is not None
        return [kit.begin(database, clerk, PROCESS, {"subject": name}, now=datetime.now(UTC)) for name in ("成批一", "成批二")]


def open_tasks(office: Office, cases: list[int]) -> list[int]:
    with office.database() as database, database.reading() as session:
        row = models.UserTask
        wanted = select(row.key).where(row.instance_key.in_(cases), row.state == "open")
        return list(session.execute(wanted.order_by(row.key)).scalars())


def tick(here: Window, tasks: list[int]) -> None:
    """Ticks tasks in the inbox, the newest first, where those of other tests stand too."""
    here.go(f"/inbox?process={PROCESS}&sort=arrival")
    for task in tasks:
        here.page.locator(f"input.tick[value='{task}']").check()
    expect(here.page.locator("[data-batch-count]")).to_be_visible()


def followed(here: Window, order: str, came_of_it: str) -> None:
    """After the order the page tells by itself what came of it."""
    with here.page.expect_navigation():
        here.page.get_by_role("button", name=re.compile(rf"^{word(here, order)}( \d+)?$")).first.click()
    expect(here.page.get_by_role("button", name=word(here, "撤销"))).to_be_visible()  # for ten seconds, before it is looked at
    expect(here.page.locator("#batch h1")).to_contain_text(word(here, came_of_it))
    here.look()


def undone_in_time(here: Window, office: Office, tasks: list[int]) -> None:
    """What was ordered is undone before it is sent; ordered by a clock an hour ahead, for a slow machine has no ten seconds."""
    soon = datetime.now(UTC) + timedelta(hours=1)
    with office.database() as database, database.transaction(COMPANY) as session:
        by = actors.load(session, COMPANY, "liu_yang")
        assert by is not None
        values = {"to": "wu_xiaomei", "reason": "出差"}
        key = batches.order(session, by, batches.TRANSFER, tasks, values, now=soon).key
    press(here.go(f"/batches/{key}"), "撤销")
    says(here, "已撤销")
    assert open_tasks_of(office, "liu_yang", tasks) == tasks


def open_tasks_of(office: Office, username: str, tasks: list[int]) -> list[int]:
    with office.database() as database, database.reading() as session:
        row = models.UserTask
        wanted = select(row.key).where(row.key.in_(tasks), row.assignee == username)
        return list(session.execute(wanted.order_by(row.key)).scalars())


def test_a_case_is_followed_linked_held_up_steered_ended_and_begun_anew(seats: Seats) -> None:
    clerk = seats("chen_jing")
    other = start(clerk, "季度清单")
    number = clerk.page.locator(".page-head .under > span").first.inner_text()
    case = start(clerk, "年度清单")
    mine = clerk.page.locator(".page-head .under > span").first.inner_text()
    act(clerk, "关注")
    act(clerk, "取消关注")
    act(clerk, "关联单据", number=number)
    expect(clerk.page.locator("main")).to_contain_text(number)
    clerk.press(f"{word(clerk, '取消关联')} {number}")
    act(clerk, "关联单据", number=number)
    liu = seats("liu_yang")
    press(liu.go(case).follow(liu.page.locator(".now button", has_text=word(liu, "认领"))), "提交")
    act(liu.go(case), "取回", reason="漏填一项")
    liu.go("/inbox/done")
    row = liu.page.locator("tbody tr").filter(has=liu.page.get_by_text(mine, exact=True))  # others' numbers may end like it
    expect(row).to_contain_text(word(liu, "后来已取回"))
    manager = seats("zhou_jianguo")
    act(manager.go(case), "挂起", reason="等预算")
    expect(clerk.go(case).page.locator("main")).to_contain_text("等预算")
    act(manager.go(case), "恢复", reason="预算已批")
    act(manager.go(case), "变更处理人", choice=CHECK, to="郑浩", reason="刘洋出差")
    manager.go(case).page.locator("details.more > summary").first.click()
    manager.follow(manager.page.locator("details.more .entry", has_text=word(manager, "流程干预")))
    manager.page.locator("#target").select_option(index=1)
    manager.page.locator("#reason").fill("核对已线下完成")
    press(press(manager, "查看影响"), "流程干预")
    expect(manager.page.locator(".now")).to_contain_text(JUDGE)
    act(manager, "强制结束", reason="项目取消")
    act(manager, "重新打开", reason="项目恢复")
    assert manager.page.url.removeprefix(manager.office.address) != case
    act(clerk.go(other), "作废", reason="填错")
    expect(clerk.page.locator(".now")).to_contain_text(word(clerk, "已作废"))
    act(clerk, "重新发起")
    expect(clerk.page.get_by_label("事项")).to_have_value("季度清单")
