"""What people are told: new work, returns, how their applications ended; read by opening, and never a way into others' cases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from engine.cases import notices
from engine.people import organisation
from engine.storage import database as databases
from engine.storage import models
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.conftest import Clock
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]


def unread(someone: Browser) -> str:
    return someone.client.get("/notices/count").text


def test_work_that_comes_by_name_is_new_until_it_is_opened(signed_in: SignedIn, purchases: Purchases) -> None:
    key = purchases.task(purchases.start())
    purchases.hand_on(key, "clerk2")
    someone = signed_in("clerk2")
    assert "核对库存" in someone.get("/notices").words(".news") and unread(someone) == "1"
    someone.get(f"/tasks/{key}")
    assert someone.get("/notices").words(".news") == "" and unread(someone) == ""


def test_the_initiator_hears_how_it_ended_and_who_said_what(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    purchases.check(case)
    purchases.approve(case, "reject", "本月预算已用完")
    kit.notices(purchases.database)
    someone = signed_in("clerk")
    told = someone.get("/notices").words(".notices")
    assert "未获同意：采购 打印纸" in told and "毛经理：本月预算已用完" in told
    assert unread(someone) == "1"
    someone.get(f"/cases/{case}")
    assert unread(someone) == ""  # read by opening the case, whichever way


@pytest.mark.parametrize("way", ["/tasks/{task}", "/cases/{case}", "/cases/{case}/story"])
def test_urging_is_a_notice_that_opening_the_work_reads(signed_in: SignedIn, purchases: Purchases, way: str) -> None:
    case = purchases.start()
    task = purchases.claim(case, purchases.cast.clerk2)
    signed_in("clerk").post(f"/cases/{case}/urge", text="客户在等")
    someone = signed_in("clerk2")
    told = someone.get("/notices").words(".notices")
    assert "催办：采购 打印纸" in told and "陈办事请您尽快办理。客户在等" in told
    before = int(unread(someone))
    someone.get(way.format(task=task, case=case))
    assert int(unread(someone) or 0) == before - 1 - (way.startswith("/tasks"))  # the task itself is new work too


def test_work_of_a_called_case_opened_reads_that_the_case_above_was_urged(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    below = (kit.start(), kit.task("inner", users="clerk2"), kit.end(), kit.chain("started", "inner", "done"))
    above = (kit.start(), kit.call("calls", "below"), kit.end(), kit.chain("started", "calls", "done"))
    kit.deploy(database, cast.owner, kit.diagram("below", *below), kit.diagram("above", *above))
    case = kit.begin(database, cast.clerk, "above")
    signed_in("clerk").post(f"/cases/{case}/urge", text="")
    [child] = kit.rows(database, models.ProcessInstance, parent_key=case)
    signed_in("clerk2").get(f"/tasks/{kit.open_task(database, child.key, 'inner')}")
    [notice] = kit.rows(database, models.Notice, username="clerk2")
    assert notice.kind == "urged" and notice.read_at is not None


def test_who_ends_it_himself_is_told_nothing(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    someone = signed_in("clerk")
    someone.post(f"/cases/{case}/cancel", reason="不需要了")
    assert unread(someone) == ""


def test_a_notice_never_leads_into_a_case_that_its_reader_may_not_see(
    signed_in: SignedIn, purchases: Purchases, cast: Cast
) -> None:
    case = purchases.start()
    with purchases.database.transaction(COMPANY) as session:
        company, instance = organisation.current(session, COMPANY), session.get_one(models.ProcessInstance, case)
        notices.send(session, company, ["outsider", "owner"], "请留意", now=purchases.now, instance=instance)
    page = signed_in("outsider").get("/notices")
    assert "请留意" in page.words(".notices") and f"/cases/{case}" not in page.links() and "CG-2026" not in page.text
    assert f"/cases/{case}" in signed_in("owner").get("/notices").links()


def test_what_follows_is_told_after_completing(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    case = purchases.start()
    key = purchases.claim(case, cast.clerk2)
    someone = signed_in("clerk2")
    page = someone.post(f"/tasks/{key}/complete", in_stock="0", outcome="submit", after_completing="inbox")
    assert "下一步：审批采购（主管领导）" in page.words(".flash")
    boss = signed_in("manager")
    page = boss.post(f"/tasks/{purchases.task(case)}/complete", outcome="return", opinion="再核一次", after_completing="inbox")
    assert "已退回“核对库存”，由 程办事 重新办理" in page.words(".flash")


def test_new_work_that_somebody_was_given_says_who_gave_it_and_why_and_not_who_did_the_step_before(
    signed_in: SignedIn, purchases: Purchases
) -> None:
    case = purchases.start()
    purchases.check(case)
    purchases.hand_on(purchases.task(case), "outsider")
    told = signed_in("outsider").get("/notices").words(".news")
    assert "欧流程改由您办理：换人" in told and "来自" not in told


def test_a_warning_says_when_its_step_is_done_and_new_work_is_told_apart_by_its_number(
    signed_in: SignedIn, purchases: Purchases
) -> None:
    """Why somebody is told stands beside it, and a warning that is past is no alarm any more."""
    cases = [purchases.start(after=timedelta(hours=-1)), purchases.start(after=timedelta(hours=-1))]
    warned = purchases.now - timedelta(minutes=30)
    for case in cases:
        purchases.hand_on(purchases.task(case), "clerk2")
    with purchases.database.transaction(COMPANY) as session:
        company = organisation.current(session, COMPANY)
        for case in cases:
            instance = session.get_one(models.ProcessInstance, case)
            notices.send(
                session,
                company,
                ["clerk2"],
                f"即将到期：核对库存（{instance.number}）",
                now=warned,
                instance=instance,
                kind="due_soon",
            )
            notices.send(
                session, company, ["clerk"], f"已办结（{instance.number}）", now=warned, instance=instance, kind="result"
            )
    someone = signed_in("clerk2")
    page = someone.get("/notices")
    numbers = [each.number for each in kit.rows(purchases.database, models.ProcessInstance)]
    assert all(page.words(".one").count(each) == 1 for each in numbers)  # each task leads once, new or told of
    assert "已办结" not in page.words(".notices")
    purchases.check(cases[0])
    assert someone.get("/notices").words(".notices").count("这一步已办") == 1
    assert "您是发起人" in signed_in("clerk").get("/notices").words(".notices")


def test_a_warning_that_is_past_says_what_holds_now_and_does_not_wait_to_be_read(
    signed_in: SignedIn, purchases: Purchases, clock: Clock
) -> None:
    def warn(kind: str, said: str) -> None:
        with purchases.database.transaction(COMPANY) as session:
            instance, company = session.get_one(models.ProcessInstance, case), organisation.current(session, COMPANY)
            told = {"instance": instance, "kind": kind, "facts": {"task": task}}
            notices.send(session, company, ["clerk", "clerk2"], f"{said}：核对库存（1）", now=clock.moment, **told)

    case = purchases.start()
    task = purchases.task(case)
    warn("due_soon", "即将到期")
    other, someone = signed_in("clerk"), signed_in("clerk2")  # the step lies with both
    assert unread(other) == "1" and "即将到期" in other.get("/notices").words(".unread")
    assert other.page.words(".because") == "您所在组的待办，由您或他人认领"
    clock.moment += timedelta(days=3)
    told = other.get("/notices").words(".notices")
    assert "已超期：核对库存" in told and "即将到期：" not in told and unread(other) == "1", "nothing else has told of it"
    warn("overdue", "已超期")
    assert unread(other) == "1" and len(other.get("/notices").tree.xpath("//li[contains(@class, 'unread')]")) == 1
    kit.notices(purchases.database)  # they have left by all other ways
    purchases.claim(case, purchases.cast.clerk2)
    assert "您的待办" in someone.get("/notices").words(".because")
    purchases.check(case)
    assert unread(other) == unread(someone) == "" and "全部标为已读" not in other.get("/notices").words()
    whys = someone.get("/notices").words(".because")
    assert "您的待办" not in whys and "经办的环节" in whys


def test_notices_are_in_the_order_of_time_and_say_which_ask_something_of_their_reader(
    signed_in: SignedIn, purchases: Purchases
) -> None:
    case = purchases.start()
    task = purchases.claim(case, purchases.cast.clerk2)
    with purchases.database.transaction(COMPANY) as session:
        company, instance = organisation.current(session, COMPANY), session.get_one(models.ProcessInstance, case)
        for said, hours in (("较早", 2), ("最新", 0), ("居中", 1)):
            at = purchases.now - timedelta(hours=hours)
            for name in ("clerk2", "clerk"):
                notices.send(session, company, [name], f"{said}：{instance.number}", now=at, instance=instance)
    for name, waits in (("clerk2", True), ("clerk", False)):
        page = signed_in(name).get("/notices")
        links = page.tree.xpath("//ul[@class='notices']//a[not(contains(@class, 'step'))]")
        assert [each.text for each in links] == ["最新", "居中", "较早"]  # the number stands beside, once
        assert page.words(".notices").count(instance.number) == 3
        assert [each.text_content().split(" ·")[0] for each in page.tree.xpath("//details/summary[@class='small']")] == [
            "另有 2 条"
        ]
        assert page.tree.xpath("//details[@class='earlier']//a/text()") == ["居中", "较早"]
        assert ("待您办理" in page.words(".notices")) is waits
    signed_in("clerk2").post(f"/tasks/{task}/consult", people="clerk", text="数量对吗")
    asked = signed_in("clerk").get("/notices")
    assert "待您答复" in asked.words(".notices")
    (answer,) = (each for each in asked.links() if each.startswith("/questions/"))
    assert "数量对吗" in signed_in("clerk").get(answer).words("main")
    signed_in("clerk").post(answer, text="对")
    assert answer not in signed_in("clerk").get("/notices").links()


def test_what_a_process_told_some_day_says_where_the_case_is_now(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    with purchases.database.transaction(COMPANY) as session:
        company, instance = organisation.current(session, COMPANY), session.get_one(models.ProcessInstance, case)
        told = {"instance": instance, "facts": {notices.TO_GROUPS: ["流程管理员", "客服专员"]}}
        notices.send(session, company, ["owner", "clerk2"], "将到期", "还没有核对。", now=purchases.now, **told)
    task = purchases.claim(case, purchases.cast.clerk2)
    boss, doer = signed_in("owner"), signed_in("clerk2")
    assert "现在：核对库存（程办事）" in boss.get("/notices").words(".notices")
    told = doer.get("/notices").words(".notices")
    assert told.startswith("核对库存") and "待您办理" in told  # his own step before how the case stands
    doer.post(f"/tasks/{task}/complete", in_stock="0", outcome="submit")
    assert "现在：审批采购" in doer.get("/notices").words(".notices")
    purchases.approve(case, "reject", "预算已用完")
    assert "现在：" not in doer.get("/notices").words(".notices")


def test_a_notice_leads_with_the_readers_own_step_and_its_limit_wherever_in_the_tree_it_lies(
    signed_in: SignedIn, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    """What a process told of the first case is answered by a task of a called one: that leads, and of several the most urgent."""
    below = (
        kit.start(),
        kit.task("inner", users="clerk2", due="1d"),
        kit.end(),
        kit.chain("started", "inner", "done"),
    )
    above = (kit.start(), kit.call("calls", "below"), kit.end(), kit.chain("started", "calls", "done"))
    kit.deploy(database, cast.owner, kit.diagram("below", *below), kit.diagram("above", *above))
    case = kit.begin(database, cast.clerk, "above", now=clock.moment)
    [child] = kit.rows(database, models.ProcessInstance, parent_key=case)
    with database.transaction(COMPANY) as session:
        company = organisation.current(session, COMPANY)
        for key, said in ((case, "答复将到期"), (child.key, "请留意")):
            told = {"instance": session.get_one(models.ProcessInstance, key), "facts": {notices.TO_GROUPS: []}}
            notices.send(session, company, ["clerk2", "clerk"], said, "还有一天。", now=clock.moment, **told)
    clock.moment += timedelta(days=9)
    page = signed_in("clerk2").get("/notices")
    task = kit.open_task(database, child.key, "inner")
    assert [each.get("href") for each in page.tree.xpath("//ul[@class='notices']//a[contains(@class, 'step')]")] == [
        f"/tasks/{task}"
    ]
    assert page.words(".one").startswith("inner") and "超期" in page.words(".late")
    assert page.words("@id='waiting'") == "待您处理" and "/inbox" in page.links()
    others = signed_in("clerk").get("/notices")
    assert "待您" not in others.words(".notices") and not others.tree.xpath("//a[contains(@class, 'step')]")


def test_the_task_of_a_group_or_of_somebody_away_says_so_beside_a_notice(
    signed_in: SignedIn, purchases: Purchases, cast: Cast
) -> None:
    case = purchases.start()
    with purchases.database.transaction(COMPANY) as session:
        company, instance = organisation.current(session, COMPANY), session.get_one(models.ProcessInstance, case)
        notices.send(session, company, ["clerk2"], "请留意", now=purchases.now, instance=instance)
    assert "您所在的组“客服专员”可认领" in signed_in("clerk2").get("/notices").words(".two")


def test_what_the_groups_of_the_reader_may_claim_is_counted_among_his_notices_as_in_the_inbox(
    signed_in: SignedIn, purchases: Purchases, cast: Cast
) -> None:
    taken, *_others = [purchases.start() for _each in range(3)]
    purchases.claim(taken, cast.clerk)
    someone = signed_in("clerk2")
    page = someone.get("/notices")
    assert page.words(".to-claim").endswith("您所在的组有 2 件待认领") and "/inbox?holder=group" in page.links()
    assert "其中待认领2" in someone.get("/inbox?holder=group").words(".tabs-frame")
    assert "以一行显示件数" in someone.get("/notices/settings").words(".notice-kinds")
    assert signed_in("outsider").get("/notices").words(".to-claim") == ""


def test_an_inbox_that_is_open_says_that_more_waits_by_now(signed_in: SignedIn, purchases: Purchases) -> None:
    purchases.start()
    someone = signed_in("clerk2")
    frame = someone.get("/inbox").tree.xpath("//div[@class='tabs-frame']")[0]
    assert "arrived" not in someone.get("/inbox").text
    purchases.start()
    purchases.start()
    assert someone.get(frame.get("hx-get")).words(".arrived") == "有 2 项新待办，点此显示"
    assert 'href=""' in someone.get(frame.get("hx-get")).text, "the page again, with its filters"
    for here in ("/inbox/done", "/inbox/started"):
        other = someone.get(here).tree.xpath("//div[@class='tabs-frame']")[0].get("hx-get")
        purchases.start()
        assert "arrived" not in someone.get(other).text
    for seen in ("x", "-1", "9" * 40):
        assert "arrived" not in someone.get(f"/inbox/tabs?here=inbox.open_tasks&seen={seen}").text


def test_who_stands_in_for_somebody_finds_among_his_notices_what_was_left_to_him(
    signed_in: SignedIn, purchases: Purchases, cast: Cast
) -> None:
    purchases.claim(purchases.start(), cast.clerk2)
    assert "核对库存" not in signed_in("head").get("/notices").words(".notices")
    away = {"begins_at": "2026-03-02T08:00", "ends_at": "2026-03-09T18:00", "covers_existing": "1"}
    signed_in("clerk2").post("/deputies", deputy="head", **away)
    page = signed_in("head").get("/notices")
    assert (
        "代外出人员办理 1 项待办" in page.words()
        and "核对库存" in page.words(".notices")
        and "代 程办事" in page.words(".active")
    )


def test_a_return_that_was_answered_is_no_task_of_its_reader_any_more(
    signed_in: SignedIn, purchases: Purchases, cast: Cast
) -> None:
    case = purchases.start()
    purchases.claim(case, cast.clerk2)
    purchases.check(case)
    purchases.approve(case, "return", "再核一次")
    kit.notices(purchases.database)
    someone = signed_in("clerk2")
    assert "被退回" in someone.get("/notices").words(".notices") and "待您办理" in someone.get("/notices").words(".urgent")
    purchases.check(case)
    told = someone.get("/notices")
    assert told.words(".completed") == "这一步已办" and "您的待办" not in told.words(".because")
    purchases.approve(case, "approve", "可以")
    assert kit.rows(purchases.database, models.ProcessInstance, key=case)[0].state == "completed"
    assert someone.get("/notices").words(".completed") == "单据已结束"
