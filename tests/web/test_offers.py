"""What pages offer, and how they call it: nothing that would be refused, and who really decides and who was only asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import flask
import pytest

from engine.people import organisation
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.approvals import signers
from tests.cast import Cast
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.conftest import Clock
from tests.web.pages import PASSWORD, Browser
from tests.web.test_approval_sheets import printed

SignedIn = Callable[..., Browser]


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    return sqlite_database


@pytest.mark.parametrize(
    ("operation", "field"), [("transfer", "person"), ("delegate", "person"), ("add_beside", "people"), ("consult", "people")]
)
def test_oneself_is_not_offered_where_that_is_refused(
    signed_in: SignedIn, database: databases.Database, cast: Cast, operation: str, field: str
) -> None:
    task = judging(database, cast)[1]
    page = signed_in("manager").post(f"/tasks/{task}/{operation}", **{"find": field, f"{field}_text": "毛经理"})
    assert "没有" in page.words(".people")
    page = signed_in("manager").post(f"/tasks/{task}/{operation}", **{"find": field, f"{field}_text": "何负责"})
    assert "何负责" in page.words(".people")


def test_who_is_away_says_so_wherever_people_are_chosen(
    signed_in: SignedIn, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    case, task = judging(database, cast)
    away = {"begins_at": "2026-03-02T08:00", "ends_at": "2026-03-09T18:00", "covers_existing": "1"}
    signed_in("head").post("/deputies", deputy="clerk2", **away)
    mine, owner = signed_in("manager"), signed_in("owner")
    fields = [(mine, f"/tasks/{task}/{each}", "person") for each in ("transfer", "delegate")]
    fields += [(mine, f"/tasks/{task}/{each}", "people") for each in ("add_before", "consult")]
    fields += [(mine, f"/cases/{case}/{each}", "people") for each in ("comment", "copy_to")]
    fields += [(owner, f"/cases/{case}/assign", "person"), (mine, "/deputies", "deputy")]
    for someone, address, field in fields:
        page = someone.post(address, find=field, **{f"{field}_text": "何负责"})
        told = page.words(".people")
        assert "外出至" in told and "程办事" in told, (address, told)
    found = mine.get("/choose/mentioned?text=hfz")
    assert "何负责" in found.text and "外出至" in found.text
    clock.moment += timedelta(days=8)
    assert "外出" not in signed_in("manager").post(f"/tasks/{task}/transfer", find="person", person_text="何负责").words(
        ".people"
    )


def test_people_of_one_name_are_mentioned_by_their_usernames(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    case, _task = judging(database, cast)
    with database.transaction("acme") as session:
        session.add(models.Person(company_id="acme", username="head2", name="何负责", department="service"))
        organisation.changed(session, "acme")
    mine = signed_in("manager")
    page = mine.get("/choose/mentioned?text=何")
    assert page.tree.xpath("//li/@data-write") == ["head", "head2"]
    assert mine.get("/choose/mentioned?text=程办").tree.xpath("//li/@data-write") == ["程办事"]
    mine.post(f"/cases/{case}/comment", text="请 @head2 看看")
    assert [each.username for each in kit.rows(database, models.Notice, kind="mentioned")] == ["head2"]


def test_whom_a_case_is_about_is_offered_a_remark_and_nobody_to_mention(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    """An administrator sees the case about himself, and lets nobody read it."""
    case, _task = judging(database, cast, recused='="owner"')
    mention = "//textarea[@data-mentions] | //input[@name='people_text']"
    assert len(signed_in("manager").get(f"/cases/{case}/comment").tree.xpath(mention)) == 2
    his = signed_in("owner")
    page = his.get(f"/cases/{case}/comment")
    assert page.tree.xpath("//textarea[@name='text']") != [] and page.tree.xpath(mention) == [] and "提到" not in page.words()
    his.post(f"/cases/{case}/comment", text="已看过")
    assert "已看过" in his.get(f"/cases/{case}").text


def test_whom_a_case_keeps_away_cannot_be_told_of_it_and_the_reason_stands_there(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    case, task = judging(database, cast, recused='="head"')
    mine = signed_in("manager")
    assert "何负责" in mine.get("/choose/mentioned?text=何").text
    for text in ("何", "部门"):  # no group with him in it either
        found = mine.get(f"/choose/mentioned?case={case}&text={text}")
        assert "何负责 与此单有利害关系，须回避，不能查看此单。" in found.words("li")
        assert found.tree.xpath("//li[not(@aria-disabled)] | //li/@data-write") == []
    assert "程办事" in mine.get(f"/choose/mentioned?case={case}&text=程").text
    page = mine.get(f"/cases/{case}/comment")
    assert page.tree.xpath("//textarea/@data-mentions") == [f"/choose/mentioned?case={case}"]
    for address in (f"/cases/{case}/comment", f"/cases/{case}/copy_to", f"/tasks/{task}/consult"):
        for name, is_offered in (("何负责", False), ("程办事", True)):
            found = mine.post(address, find="people", people_text=name)
            asked = mine.get(found.tree.xpath("//input[@name='people_text']/@hx-get")[0] + f"&people_text={name}")
            for page in (found, asked):
                told = page.words(".people")
                assert name in told and ("须回避" not in told) == is_offered, address
                assert bool(page.tree.xpath("//ul[@class='people']//input[not(@disabled)]")) == is_offered, address
    signed_in("outsider").get(f"/choose/mentioned?case={case + 1}&text=何", status=404)


@pytest.mark.parametrize(
    ("operation", "field"), [("transfer", "person"), ("delegate", "person"), ("add_before", "people"), ("consult", "people")]
)
def test_who_sends_with_somebody_who_has_to_keep_out_reads_that_and_not_that_nobody_is_ticked(
    signed_in: SignedIn, database: databases.Database, cast: Cast, operation: str, field: str
) -> None:
    _case, task = judging(database, cast, recused='="head"')
    mine = signed_in("manager")
    page = mine.post(f"/tasks/{task}/{operation}", 422, **{f"{field}_text": "何负责", "reason": "请办", "text": "请办"})
    assert "须回避" in page.words(".field-error") and "没有勾选" not in page.words("main")
    other = mine.post(f"/tasks/{task}/{operation}", 422, **{f"{field}_text": "程办事", "reason": "请办", "text": "请办"})
    assert "没有勾选" in other.words(".field-error")


def judging(database: databases.Database, cast: Cast, **properties: str) -> tuple[int, int]:
    """A case at an approval of the manager's, and its task."""
    form = kit.form("note", kit.text_field("note"))
    step = kit.task("judge", form="note", kind="approve", users="manager", **properties)
    kit.deploy(
        database,
        cast.owner,
        form,
        kit.diagram("signed", kit.start(), step, kit.end(), kit.chain("started", "judge", "done"), managers=["流程管理员"]),
    )
    case = kit.begin(database, cast.outsider, "signed")
    return case, kit.open_task(database, case, "judge")


def beside(database: databases.Database, cast: Cast, *said: tuple[str, str, str]) -> tuple[int, int]:
    """`judging`, with the head asked to sign beside the manager; then people say an outcome and what they fill in."""
    case, task = judging(database, cast)
    with database.transaction("acme") as session:
        signers.add_signer(session, cast.manager, task, "beside", ["head"], "请一并把关", now=kit.NOW)
    for who, outcome, note in said:
        with database.transaction("acme") as session:
            by = getattr(cast, who)
            user_tasks.complete(session, by, task, {"note": note} if note else {}, outcome=outcome, opinion="意见", now=kit.NOW)
    return case, task


def test_who_signs_beside_stands_as_such_on_page_and_paper(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    case, _task = beside(database, cast, ("manager", "approve", "照办"), ("head", "approve", ""))
    manager = signed_in("manager")
    assert "经办人可先表态" in manager.get(f"/cases/{case}").words(".decision")
    text, _pages = printed(manager, f"/cases/{case}/sheet")
    assert "judge毛经理" in text and "同意（并加签）" in text and text.count("并加签") == 1


def test_after_a_signers_no_the_page_offers_no_yes(signed_in: SignedIn, database: databases.Database, cast: Cast) -> None:
    _case, task = beside(database, cast, ("head", "reject", ""))
    page = signed_in("manager").get(f"/tasks/{task}")
    assert page.tree.xpath("//button[@name='outcome']/@value") == ["reject"]
    assert "何负责不同意" in page.words(".outcomes")


def test_a_signer_says_no_where_the_step_has_none_and_who_asked_him_reads_it_on_top(
    app: flask.Flask, signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    case, task = judging(database, cast, outcomes="approve")
    manager, head = signed_in("manager"), signed_in("head")
    manager.post(f"/tasks/{task}/add_beside", people="head", reason="请一并把关")
    page = head.get(f"/tasks/{task}")
    assert [each.text.strip() for each in page.tree.xpath("//button[@name='outcome']")] == ["同意", "不同意"]
    assert "不同意的，理由交回毛经理" in page.words(".ask")
    said = {"json": {"action": "reject", "variables": {}}, "auth": ("acme/head", PASSWORD)}
    assert app.test_client().post(f"/v2/user-tasks/{task}/completion", **said).status_code == 400, "a no wants its reason"
    head.post(f"/tasks/{task}/complete", outcome="reject", opinion="金额依据不足")
    assert "加签人何负责不同意 金额依据不足" in manager.get("/inbox").words(".item")
    page = manager.get(f"/tasks/{task}")
    assert "加签人何负责不同意" in page.words(".returned") and "金额依据不足" in page.words(".returned")
    assert "必填" in page.tree.xpath("//*[@id='opinion']/@placeholder")[0]
    assert "不同意" in page.words(".decision") and "不同意并结束" not in page.words(".decision")
    assert "请填写处理意见" in manager.post(f"/tasks/{task}/complete", status=422, outcome="approve", note="").words(
        ".field-error"
    )
    manager.post(f"/tasks/{task}/add_after", people="clerk", reason="请复核")
    manager.post(f"/tasks/{task}/complete", outcome="approve", opinion="依据已补", note="")
    signed_in("clerk").post(f"/tasks/{task}/complete", outcome="reject", opinion="仍不妥")
    assert "同意 · 加签人不同意，重新决定" in manager.get("/inbox/done").words("tbody")
    assert "仍不妥" in manager.get(f"/tasks/{task}").words(".returned")
    manager.post(f"/tasks/{task}/complete", outcome="approve", opinion="按合同办", note="")
    assert "不同意" in head.get("/inbox/done").words("main")
    assert "不同意并结束" not in printed(manager, f"/cases/{case}/sheet")[0]


def test_who_is_handed_a_late_step_reads_that_it_was_late_before(
    signed_in: SignedIn, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    _case, task = judging(database, cast, due="PT1H")
    clock.moment += timedelta(hours=3)
    signed_in("manager").post(f"/tasks/{task}/transfer", person="head", reason="出差")
    page = signed_in("head").get(f"/tasks/{task}")
    assert page.words(".until").startswith("请尽快办理") and "应在" not in page.words(".until")
    assert "时限原为 今天 10:00，到您手上时已过" in page.words(".until") and "来自" not in page.words(".under")
    assert page.words(".strip").startswith("为什么是我：")


def test_urging_says_when_it_is_possible_again(signed_in: SignedIn, purchases: Purchases, clock: Clock) -> None:
    case = purchases.start()
    clerk = signed_in("clerk")
    assert "/urge" in clerk.get(f"/cases/{case}").text
    asked = clerk.get(f"/cases/{case}/urge").words(".urged")
    assert asked.startswith("客服专员 核对库存 剩"), "whom one urges, to do what, and until when"
    clerk.post(f"/cases/{case}/urge", text="请尽快")
    page = clerk.get(f"/cases/{case}")
    assert "后可再次办理" in page.words("details") and f"/cases/{case}/urge" not in page.text
    page = clerk.get(f"/cases/{case}/urge")
    assert page.words(".flash") == "不久前已催办，今天 13:00 后可再次催办。"
    assert len(page.tree.xpath("//*[contains(@class, 'flash')]/*")) == 1, "one sentence flows as one"
    assert not page.tree.xpath("//form[@class='operation']//button | //textarea") and "返回" in page.words("form")
    clock.moment += timedelta(hours=4)
    assert f"/cases/{case}/urge" in clerk.get(f"/cases/{case}").text


def test_a_conflict_is_called_somebody_s_work_only_where_it_is(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    case, task = judging(database, cast)
    page = signed_in("manager").post(f"/tasks/{task}/extend", status=409, until="2026-03-09T18:00", reason="x")
    assert "当前不能办理" in page.words(".trouble") and "他人" not in page.words(".trouble")
    kit.complete(database, cast.manager, case, "judge", outcome="approve")
    page = signed_in("manager").post(f"/tasks/{task}/claim", status=409)
    assert "您已于 3月2日 09:00 办结这项待办" in page.words(".trouble") and "他人" not in page.words(".trouble")


def test_who_was_typed_and_not_ticked_is_never_left_out_without_a_word(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    case, _task = judging(database, cast)
    mine = signed_in("outsider")
    page = mine.post(f"/cases/{case}/comment", status=422, text="请看一下", people_text="毛经理")
    assert "没有勾选" in page.words("@id='choose-people'") and "请看一下" in page.text
    assert "请看一下" not in mine.get(f"/cases/{case}").text
    assert "请看一下" in mine.post(f"/cases/{case}/comment", text="请看一下", people="manager", people_text="毛").text
