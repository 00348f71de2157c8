"""The case page: where it stands, its diagram and files, cancelling it."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest

from engine.storage import database as databases
from engine.storage import models
from engine.verbs.approvals import deputies
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.conftest import Clock
from tests.web.pages import Browser, Page

SignedIn = Callable[..., Browser]


def test_it_tells_where_the_case_is_and_who_holds_it_until_when(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    case = purchases.start()
    purchases.claim(case, cast.clerk2)
    place = signed_in("clerk").get(f"/cases/{case}").words(".place")
    for told in ("核对库存", "程办事", "今天 09:00", "剩 2 天"):
        assert told in place


def test_on_paper_it_says_days_and_names_to_whoever_reads_it(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    case = purchases.start()
    purchases.claim(case, cast.clerk2)
    tree = signed_in("clerk2").get(f"/cases/{case}").tree.xpath("//main")[0]
    for hidden in tree.xpath(
        ".//*[contains(@class, 'on-screen') or contains(@class, 'reason') or contains(@class, 'actions')]"
    ):
        hidden.drop_tree()
    for each in tree.xpath(".//*[@data-on]"):
        each.text = each.get("data-on")
    told = " ".join(tree.text_content().split())
    assert [word for word in ("今天", "您", "办理情况", "单据管理") if word in told] == []
    assert "程办事 正在办理“核对库存”" in told and "2026年3月2日 09:00" in told


def test_who_holds_the_task_gets_the_way_to_it(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    case = purchases.start()
    key = purchases.claim(case, cast.clerk2)
    assert f"/tasks/{key}" in signed_in("clerk2").get(f"/cases/{case}").links()
    assert f"/tasks/{key}" not in signed_in("clerk").get(f"/cases/{case}").links()


def test_who_may_take_a_task_claims_it_on_the_page_of_its_case(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    claim = "//section[@class='now']//button"
    assert not signed_in("owner").get(f"/cases/{case}").tree.xpath(claim)
    someone = signed_in("clerk2")
    assert someone.get(f"/cases/{case}").tree.xpath(f"{claim}/text()") == ["认领"]
    page = someone.post(f"/tasks/{purchases.task(case)}/claim")
    assert page.address == f"/tasks/{purchases.task(case)}"
    assert not someone.get(f"/cases/{case}").tree.xpath(claim)


def test_the_diagram_is_marked_with_the_way_taken_and_the_place(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    purchases.check(case)
    page = signed_in("clerk").get(f"/cases/{case}")
    marks = page.tree.xpath("//*[@data-diagram]/@data-marks")[0]
    for told in ('"token": ["approve_purchase"]', '"to_check"', '"check_stock"'):
        assert told in marks
    diagram = signed_in("clerk").client.get(f"/cases/{case}/diagram")
    assert diagram.mimetype == "application/octet-stream" and "审批采购" in diagram.text


def test_the_timeline_tells_outcomes_and_opinions(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    purchases.check(case)
    purchases.approve(case, "return", "数量写错了")
    told = signed_in("clerk").get(f"/cases/{case}").words(".timeline")
    assert "退回修改" in told and "数量写错了" in told and "毛经理" in told


def test_the_initiator_cancels_with_a_reason(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    someone = signed_in("clerk")
    assert someone.post(f"/cases/{case}/cancel", status=422, reason=" ").words("@role='alert'")
    page = someone.post(f"/cases/{case}/cancel", reason="不需要了")
    assert "已撤销" in page.words("header") and "不需要了" in page.words("main")
    someone.post(f"/cases/{case}/cancel", status=409, reason="再来一次")


@pytest.mark.parametrize(("username", "status"), [("clerk2", 403), ("outsider", 404)])
def test_others_may_not_cancel(signed_in: SignedIn, purchases: Purchases, username: str, status: int) -> None:
    case = purchases.start()
    signed_in(username).post(f"/cases/{case}/cancel", status=status, reason="试试")
    assert "进行中" in signed_in("clerk").get(f"/cases/{case}").words("header")


def test_files_are_added_downloaded_and_kept_from_others(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    someone = signed_in("clerk")
    page = someone.post(f"/cases/{case}/files", file=(io.BytesIO("报价单".encode()), "报价 单.txt"))
    address = next(link for link in page.links() if link.startswith("/attachments/"))
    answer = someone.client.get(address)
    assert answer.data.decode() == "报价单" and answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.mimetype == "application/octet-stream"
    signed_in("outsider").get(address, status=404)
    signed_in("stranger", "elsewhere").get(address, status=404)


def test_a_file_that_is_not_taken_is_told_beside_the_field_and_the_others_are_there_with_who_and_when(
    signed_in: SignedIn, purchases: Purchases
) -> None:
    case = purchases.start()
    someone = signed_in("clerk")
    sent = [(io.BytesIO(b""), "空的.txt"), (io.BytesIO(b"MZ"), "安装.exe"), (io.BytesIO("报价单".encode()), "报价单.txt")]
    page = someone.post(f"/cases/{case}/files", status=422, file=sent)
    told = page.words("@id='new-files-fault'")
    assert "空的.txt：文件是空的" in told and told.count("安装.exe") == 1 and "报价单.txt" not in told
    assert "采购 打印纸" in page.words("h1"), "on the page of the case itself"
    listed = page.words("@id='files'")
    assert "报价单.txt" in listed and "陈办事 今天" in listed
    again = someone.post(f"/cases/{case}/files", file=(io.BytesIO(b"x"), "报价单.txt"))
    assert again.words("@id='files'").count("陈办事 今天") == 2 and not again.words("@id='new-files-fault'")


SHOWN = [(b"%PDF-1.7\n1 0 obj", "方案.pdf", "application/pdf"), (b"\x89PNG\r\n\x1a\n0000", "照片.png", "image/png")]


@pytest.mark.parametrize(("content", "name", "kind"), SHOWN)
def test_a_paper_or_a_picture_is_looked_at_in_the_browser(
    signed_in: SignedIn, purchases: Purchases, content: bytes, name: str, kind: str
) -> None:
    someone = signed_in("clerk")
    page = someone.post(f"/cases/{purchases.start()}/files", file=(io.BytesIO(content), name))
    address = next(link for link in page.links() if link.endswith("/look"))
    answer = someone.client.get(address)
    assert answer.mimetype == kind and answer.data == content and answer.headers["Content-Disposition"].startswith("inline")
    policy = answer.headers["Content-Security-Policy"]
    assert (
        "default-src 'none'" in policy and "script-src" not in policy and answer.headers["X-Content-Type-Options"] == "nosniff"
    )
    signed_in("outsider").get(address, status=404)


@pytest.mark.parametrize(
    "content", [b"<html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"]
)
def test_a_page_or_a_drawing_is_only_downloaded_whatever_its_name(
    signed_in: SignedIn, purchases: Purchases, content: bytes
) -> None:
    someone = signed_in("clerk")
    page = someone.post(f"/cases/{purchases.start()}/files", file=(io.BytesIO(b"a" * 9 + content), "x.txt"))
    assert not [link for link in page.links() if link.endswith("/look")]
    address = next(link for link in page.links() if link.startswith("/attachments/"))
    assert someone.client.get(f"{address}/look").headers["Location"].endswith(address)
    assert someone.client.get(address).headers["Content-Disposition"].startswith("attachment")


def test_a_file_for_a_form_is_answered_with_its_key(signed_in: SignedIn, purchases: Purchases) -> None:
    someone = signed_in("clerk")
    headers = {"X-CSRFToken": someone.token()}
    data = {"field": "papers", "file": (io.BytesIO(b"%PDF-1.4\n%%EOF"), "合同.pdf")}
    answer = someone.client.post("/attachments", data=data, headers=headers)
    assert answer.status_code == 201 and answer.get_json()["name"] == "合同.pdf"
    refused = someone.client.post("/attachments", data={"field": "papers"}, headers=headers)
    assert refused.status_code == 422 and refused.get_json()["detail"] == "请选择文件。"


def test_a_program_is_refused_in_words(signed_in: SignedIn, purchases: Purchases) -> None:
    someone = signed_in("clerk")
    data = {"file": (io.BytesIO(b"MZ\x90\x00" + bytes(200)), "合同.pdf")}
    answer = someone.client.post("/attachments", data=data, headers={"X-CSRFToken": someone.token()})
    assert answer.status_code == 422 and answer.get_json()["detail"]


@pytest.mark.parametrize("address", ["", "/diagram"])
def test_for_an_outsider_and_for_a_stranger_there_is_no_such_case(
    signed_in: SignedIn, purchases: Purchases, address: str
) -> None:
    case = purchases.start()
    for someone in (signed_in("outsider"), signed_in("stranger", "elsewhere")):
        someone.get(f"/cases/{case}{address}", status=404)


@pytest.mark.parametrize(
    ("language", "why", "who"), [("zh-CN", "为什么在这里", "在谁手里"), ("en", "Why it is here", "Who holds it")]
)
def test_a_case_is_told_in_words(signed_in: SignedIn, purchases: Purchases, language: str, why: str, who: str) -> None:
    case = purchases.start()
    purchases.check(case)
    clerk = signed_in("clerk")
    assert f"/cases/{case}/story" in clerk.get(f"/cases/{case}").links()
    page = clerk.client.get(f"/cases/{case}/story", headers={"Accept-Language": language}).text
    for told in (why, who, "核对库存", "审批采购", "陈办事"):
        assert told in page
    signed_in("outsider").get(f"/cases/{case}/story", 404)


def test_the_case_in_words_says_who_may_claim_what_nobody_has(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    told = {name: signed_in(name).get(f"/cases/{case}/story") for name in ("owner", "clerk2")}
    assert "待客服专员认领" in told["owner"].words("section") and not told["owner"].tree.xpath("//a[.='查看任务']")
    assert "待您或客服专员中其他人认领" in told["clerk2"].words("section") and told["clerk2"].tree.xpath("//a[.='查看任务']")


def test_a_called_case_says_which_one_led_to_it(signed_in: SignedIn, database: databases.Database, cast: Cast) -> None:
    below = (kit.start(), kit.task("inner", users="clerk2"), kit.end(), kit.chain("started", "inner", "done"))
    above = (kit.start(), kit.call("calls", "below"), kit.end(), kit.chain("started", "calls", "done"))
    kit.deploy(database, cast.owner, kit.diagram("below", *below), kit.diagram("above", *above))
    case = kit.begin(database, cast.clerk, "above")
    [child] = kit.rows(database, models.ProcessInstance, parent_key=case)
    number, owner = kit.instance(database, case).number, signed_in("owner")
    page = owner.get(f"/cases/{child.key}")
    assert f"由 {number} 转入" in page.words(".timeline") and f"由 流程 above {number} 转入" in page.words(".page-head")
    assert "最初由 陈办事 · " in page.words(".page-head") and "发起于" not in page.words(".page-head")
    assert f"由 {number} 转入" in owner.get(f"/cases/{child.key}/story").words("section")
    assert "转入" not in owner.get(f"/cases/{case}").tree.xpath("//ol[@class='timeline']/li")[-1].text_content()


def test_the_strip_of_steps_marks_where_the_case_is_now_and_calls_its_reader_you(
    signed_in: SignedIn, purchases: Purchases, cast: Cast
) -> None:
    case = purchases.start()
    purchases.claim(case, cast.clerk2)
    here = "//ol[@class='way']/li[@aria-current='step']"
    told = {name: signed_in(name).get(f"/cases/{case}") for name in ("clerk", "clerk2")}
    for name, who, said in (("clerk", "程办事", "程办事 正在办理“核对库存”"), ("clerk2", "您", "“核对库存”轮到您办理")):
        [step] = told[name].tree.xpath(here)
        assert "核对库存" in step.text_content() and who in step.text_content()
        assert said in told[name].words(".place")
    assert "程办事" not in told["clerk2"].words(".place")


def asked(page: Page) -> str:
    """What the page says on top that it asks of whoever reads it."""
    return f"{page.words('.reason')} {page.words('.now')}"


def test_it_says_to_each_reader_whether_anything_is_asked_of_him(
    signed_in: SignedIn, purchases: Purchases, cast: Cast, clock: Clock
) -> None:
    case = purchases.start()
    key = purchases.claim(case, cast.clerk2)
    nothing = "目前没有要您办的"
    assert asked(signed_in("clerk").get(f"/cases/{case}")).startswith(f"您是发起人，{nothing}。")
    assert asked(signed_in("owner").get(f"/cases/{case}")).startswith(f"您是系统管理员，{nothing}。")
    page = signed_in("clerk2").get(f"/cases/{case}")
    assert nothing not in asked(page) and "“核对库存”轮到您办理" in asked(page) and page.tree.xpath("//a[.='去办理']")
    clock.moment += timedelta(days=3)
    assert asked(signed_in("clerk").get(f"/cases/{case}")).startswith(f"您是发起人，{nothing}；已超期，可以催办。")
    signed_in("clerk").post(f"/cases/{case}/urge", text="请尽快")
    assert asked(signed_in("clerk").get(f"/cases/{case}")).startswith(f"您是发起人，{nothing}。"), "urged a moment ago"
    signed_in("clerk2").post(f"/tasks/{key}/consult", people="outsider", text="还有存货吗？")
    asked_one = signed_in("outsider").get(f"/cases/{case}")
    assert "程办事 就“核对库存”征询您的意见 还有存货吗？" in asked(asked_one) and nothing not in asked(asked_one)
    question = asked_one.tree.xpath("//section[@class='now']//a[.='答复']/@href")[0]
    signed_in("outsider").post(question, text="还有三包")
    assert nothing in asked(signed_in("outsider").get(f"/cases/{case}"))
    signed_in("clerk2").post(f"/tasks/{key}/extend", until="2027-03-09T18:00", reason="供应商尚未报价")
    assert "申请延长“核对库存”的时限，请您决定" in asked(signed_in("head").get(f"/cases/{case}"))


def test_who_stands_in_for_somebody_gets_the_way_to_his_task_on_the_page_of_its_case(
    signed_in: SignedIn, purchases: Purchases, cast: Cast
) -> None:
    case = purchases.start()
    key = purchases.claim(case, cast.clerk2)
    with purchases.database.transaction(COMPANY) as session:
        ends = purchases.now + timedelta(days=7)
        deputies.set_up(session, cast.clerk2, "head", begins_at=purchases.now, ends_at=ends, now=purchases.now)
    page = signed_in("head").get(f"/cases/{case}")
    assert "您是程办事的代理人" in asked(page) and "目前没有要您办的" not in asked(page)
    assert page.tree.xpath("//section[@class='now']//a[.='去办理']/@href") == [f"/tasks/{key}"]


def test_a_called_case_says_what_of_the_one_that_called_it_waits_for_the_reader(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    below = (kit.start(), kit.task("inner", users="clerk2"), kit.end(), kit.chain("started", "inner", "done"))
    ways = (kit.chain("started", "split", "calls", "done"), kit.chain("split", "beside", "done"))
    above = (kit.start(), kit.node("parallelGateway", "split"), kit.call("calls", "below"), kit.task("beside", users="head"))
    kit.deploy(database, cast.owner, kit.diagram("below", *below), kit.diagram("above", *above, kit.end(), *ways))
    case = kit.begin(database, cast.clerk, "above")
    [child] = kit.rows(database, models.ProcessInstance, parent_key=case)
    page = signed_in("head").get(f"/cases/{child.key}")
    assert "上级单据的“beside”轮到您办理" in asked(page) and page.tree.xpath("//section[@class='now']//a[.='去办理']")


def test_a_day_on_which_a_case_goes_on_by_itself_is_told_as_such(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    day = kit.node("intermediateCatchEvent", "跟踪日", inner=kit.timer("timeDuration", "P2D"))
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), day, kit.end(), kit.chain("started", "跟踪日", "done")))
    case = kit.begin(database, cast.clerk, "p")
    assert asked(signed_in("owner").get(f"/cases/{case}")).endswith("等“跟踪日”：3月4日 09:00，到时自动继续")
    english = Page(signed_in("owner").client.get(f"/cases/{case}", headers={"Accept-Language": "en"}))
    assert asked(english).endswith("Waits for “跟踪日”: 4 Mar 09:00; it goes on by itself then")


def test_what_a_branch_waits_for_is_not_told_twice_and_a_way_that_is_called_as_its_end_once(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    steps = "".join(kit.task(each, groups="客服专员") for each in ("申请设备", "申请线路"))
    gateways = "".join(kit.node("parallelGateway", each).replace(f' name="{each}"', "") for each in ("split", "join"))
    ends = (
        kit.node("exclusiveGateway", "decide", attributes=' default="decide_refused"') + kit.end("refused") + kit.end("granted")
    )
    refused = kit.flow("decide", "refused").replace("sourceRef", 'name="refused" sourceRef')
    granted = kit.flow("decide", "granted", "=ok").replace("sourceRef", 'name="allowed" sourceRef')
    decide = kit.task("审定", groups="主管领导", kind="approve")
    ways = kit.chain("started", "split", "申请设备", "join", "审定", "decide") + kit.chain("split", "申请线路", "join")
    everything = (kit.start(), gateways, steps, decide, ends, ways, refused, granted)
    kit.deploy(database, cast.owner, kit.diagram("p", *everything))
    case = kit.begin(database, cast.owner, "p", {"ok": False})
    kit.complete(database, cast.clerk2, case, "申请设备")
    page = signed_in("owner").get(f"/cases/{case}")
    assert "申请线路" in asked(page) and "分支" not in asked(page) + page.words(".way")
    kit.complete(database, cast.clerk2, case, "申请线路")
    told = signed_in("owner").get(f"/cases/{case}/story").words()
    assert "refused：refused" not in told and "allowed：granted" in told


def test_who_can_no_longer_take_back_is_told_why(signed_in: SignedIn, database: databases.Database, cast: Cast) -> None:
    steps = "".join(kit.task(each, groups="客服专员") for each in ("甲", "乙", "丙"))
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), steps, kit.end(), kit.chain("started", *"甲乙丙", "done")))
    case = kit.begin(database, cast.owner, "p")
    kit.complete(database, cast.clerk, case, "甲")
    kit.complete(database, cast.clerk2, case, "乙")
    assert "程办事已办理“乙”" in signed_in("clerk").get(f"/cases/{case}/withdraw", status=409).words(".trouble")
    assert "只有发起人" in signed_in("clerk2").get(f"/cases/{case}/urge", status=403).words(".trouble")


def test_how_long_it_usually_takes_is_not_known_once_for_all_steps(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    both = '<bpmn:parallelGateway id="both"/>' + kit.task("甲", groups="客服专员") + kit.task("乙", groups="客服专员")
    ways = kit.chain("started", "both", "甲", "done") + kit.chain("both", "乙", "done")
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), both, kit.end(), ways))
    told = signed_in("owner").get(f"/cases/{kit.begin(database, cast.clerk, 'p')}/story").words()
    assert told.count("还太少") == 1 and "经过“甲”、“乙”并办结的" in told
    assert "自今天 09:00 起待客服专员认领" in told


@pytest.mark.parametrize(("operation", "ended"), [("terminate", "Ended by force: 重复"), ("void", "Void: 重复")])
def test_how_a_case_ended_begins_like_a_sentence_in_english(
    signed_in: SignedIn, purchases: Purchases, operation: str, ended: str
) -> None:
    case, owner = purchases.start(), signed_in("owner")
    owner.post(f"/cases/{case}/{operation}", reason="重复")
    english = owner.client.get(f"/cases/{case}", headers={"Accept-Language": "en"}).text
    assert f">{ended}<" in english


def test_all_papers_of_a_case_share_one_choice_of_full_names(signed_in: SignedIn, purchases: Purchases) -> None:
    page = signed_in("clerk").get(f"/cases/{purchases.start()}")
    [form] = page.tree.xpath("//section[@id='print']//form")
    assert len(form.xpath(".//button[@formaction]")) >= 1 and len(form.xpath(".//input[@name='full']")) <= 1


def test_what_came_from_elsewhere_to_a_step_that_is_not_done_yet_does_not_stand_as_filled_in_there(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    script = '<zeebe:script expression="=&quot;长河物流&quot;" resultVariable="customer"/>'
    load = kit.node("scriptTask", "load", extension=script)
    task = kit.task("补全资料", form="information", users="clerk")
    content = kit.start(), load, task, kit.end(), kit.chain("started", "load", "补全资料", "done")
    kit.deploy(database, cast.owner, kit.form("information", kit.text_field("customer")), kit.diagram("opening", *content))
    case = kit.begin(database, cast.outsider, "opening")
    headings = signed_in("outsider").get(f"/cases/{case}").words("h3")
    assert "自动取得" in headings and "补全资料" not in headings
    kit.complete(database, cast.clerk, case, "补全资料", {"customer": "长河物流集团"})
    headings = signed_in("outsider").get(f"/cases/{case}").words("h3")
    assert "自动取得" not in headings and "补全资料" in headings
