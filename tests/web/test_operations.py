"""What people do beside forms, through the pages and over the API with the same rights."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import flask
import pytest

from engine.background.worker import Worker
from engine.people import actors
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.conftest import Clock
from tests.web.pages import PASSWORD, Browser

SignedIn = Callable[..., Browser]


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    return sqlite_database


def api(app: flask.Flask, username: str, path: str, body: dict[str, object], method: str = "POST") -> int:
    client = app.test_client()
    answer = client.open(f"/v2/extensions{path}", method=method, json=body, auth=(f"acme/{username}", PASSWORD))
    return answer.status_code


def badge(browser: Browser, label: str) -> str:
    """The number on a tab; "" where there is none."""
    found = [" ".join(each.text_content().split()) for each in browser.get("/inbox").tree.xpath("//nav[@class='tabs']/a")]
    return next(text.removeprefix(label).strip() for text in found if text.startswith(label))


def test_a_copy_is_sent_read_and_answered(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    clerk, outsider = signed_in("clerk"), signed_in("outsider")
    outsider.get(f"/cases/{case}", status=404)
    assert "抄送" in clerk.get(f"/cases/{case}").words("details")
    page = clerk.post(f"/cases/{case}/copy_to", find="people", people_text="wpr")  # by initials
    assert "魏旁人" in page.words(".people")
    clerk.post(f"/cases/{case}/copy_to", status=422, people="")
    clerk.post(f"/cases/{case}/copy_to", people="outsider", text="请知悉")
    assert badge(outsider, "抄送我的") == "1"
    assert "未读" in outsider.get("/inbox/copies").words(".item")
    outsider.get(f"/cases/{case}")
    assert badge(outsider, "抄送我的") == ""
    page = outsider.post(f"/cases/{case}/remark", text="已阅")
    assert "已阅" in page.words(".said") and "抄送" not in page.words("details")
    outsider.get(f"/cases/{case}/copy_to", status=409)


def test_a_question_is_put_and_answered(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    task = purchases.claim(case, purchases.cast.clerk2)
    clerk2, outsider = signed_in("clerk2"), signed_in("outsider")
    assert "征询意见" in clerk2.get(f"/tasks/{task}").words("details")
    clerk2.post(f"/tasks/{task}/consult", people="outsider", text="型号合适吗?")
    assert badge(outsider, "征询我的") == "1"
    (address,) = {each for each in outsider.get("/inbox/asked").links() if each.startswith("/questions/")}
    assert "型号合适吗?" in outsider.get(address).words(".strip") and "答复" in outsider.get(address).words(".outcomes")
    outsider.post(address, status=422, text=" ")
    outsider.post(address, text="合适")
    assert badge(outsider, "征询我的") == "" and "合适" in clerk2.get(f"/cases/{case}").words(".said")


def test_a_question_is_taken_back_by_who_asked_as_long_as_nobody_has_answered(
    app: flask.Flask, signed_in: SignedIn, purchases: Purchases, database: databases.Database
) -> None:
    case = purchases.start()
    task = purchases.claim(case, purchases.cast.clerk2)
    clerk2, outsider = signed_in("clerk2"), signed_in("outsider")
    clerk2.post(f"/tasks/{task}/consult", people="outsider", text="型号合适吗?")
    [question] = kit.rows(database, models.Consultation)
    address = f"/questions/{question.key}"
    outsider.post(f"{address}/taken-back", status=403)
    signed_in("head").post(f"{address}/taken-back", status=404)
    assert "撤回征询" not in outsider.get(f"/cases/{case}").words("@id='questions'")
    page = clerk2.post(f"{address}/taken-back")
    assert "已撤回" in page.words("@id='questions'") and "撤回征询 核对库存 今天 09:00 → 魏旁人" in page.words(".timeline")
    assert badge(outsider, "征询我的") == "" and "程办事已撤回此征询" in outsider.get(address).words(".flash")
    assert "合适" in outsider.post(address, status=409, text="合适").words(".kept"), "what he typed stands there"
    clerk2.post(f"{address}/taken-back", status=409)
    clerk2.post(f"/tasks/{task}/consult", people="outsider", text="还是请看一下")
    last = kit.rows(database, models.Consultation)[-1].key
    assert api(app, "outsider", f"/questions/{last}/taken-back", {}) == 403
    outsider.post(f"/questions/{last}", text="合适")
    assert api(app, "clerk2", f"/questions/{last}/taken-back", {}) == 409


def test_a_task_is_handed_on_and_stays_among_what_was_handled(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    task = purchases.claim(case, purchases.cast.clerk2)
    clerk2 = signed_in("clerk2")
    page = clerk2.post(f"/tasks/{task}/transfer", status=422, person="nobody", reason="x")
    assert "nobody" in page.words(".field-error")
    clerk2.post(f"/tasks/{task}/transfer", person="outsider", reason="出差")
    assert "核对库存转办" in clerk2.get("/inbox/done").words("tbody")
    outsider = signed_in("outsider")
    assert "程办事转办给您 今天 09:00 程办事留言：出差" in outsider.get(f"/tasks/{task}").words(".strip")
    outsider.post(f"/tasks/{task}/delegate", person="clerk2", reason="请代为核对")
    assert "请您代办，办完交回" in clerk2.get("/inbox").words(".status")
    words = clerk2.get(f"/tasks/{task}").words
    assert "魏旁人委派您代办“核对库存”：照下面的要求办好后点“办完交回”" in words(".strip") and "办完交回" in words("button")
    assert "核对库存委派" in outsider.get("/inbox/done").words("tbody")
    clerk2.post(f"/tasks/{task}/complete", in_stock="0", outcome="submit")
    assert "核对库存受托代办，已交回" in clerk2.get("/inbox/done").words("tbody")
    outsider.post(f"/tasks/{task}/complete", in_stock="0", outcome="submit")
    assert outsider.get("/inbox/done").words("tbody").count("核对库存") == 2  # delegated, and then done


def test_who_was_looked_for_and_not_ticked_is_asked_for_again(
    signed_in: SignedIn, purchases: Purchases, database: databases.Database
) -> None:
    """Whoever sets up a deputy for somebody else does not hand over his own work instead."""
    owner = signed_in("owner")
    period = {"begins_at": "2026-03-02T08:00", "ends_at": "2026-03-09T18:00"}
    for chosen in ({"deputy": "head", "principal_text": "程办事"}, {"deputy_text": "何负责"}):
        page = owner.post("/deputies", status=422, **chosen, **period)
        assert "没有勾选" in page.words(".field-error"), chosen
    assert kit.rows(database, models.Deputy) == []


def test_whom_a_task_cannot_be_given_to_is_told_with_the_reason_before_somebody_is_chosen(
    signed_in: SignedIn, cast: Cast, database: databases.Database
) -> None:
    judge = kit.task("judge", users="clerk,clerk2", kind="approve", rule="all", separate_from="initiator")
    drawn = kit.diagram("judged", kit.start(), judge, kit.end(), kit.chain("started", "judge", "done"))
    kit.deploy(database, cast.owner, drawn)
    case = kit.begin(database, cast.head, "judged")
    task, clerk = kit.open_task(database, case, "judge"), signed_in("clerk")
    dialog = clerk.get(f"/tasks/{task}/transfer")
    (address,) = dialog.tree.xpath("//input[@name='person_text']/@hx-get")

    def offered(by: Browser, address: str, name: str) -> tuple[list[str], str]:
        page = by.get(f"{address}&person_text={name}")
        return page.tree.xpath("//li//input[not(@disabled)]/@value"), page.words("li")

    able, told = offered(clerk, address, "何负责")
    assert able == [] and "岗位分离" in told
    able, told = offered(clerk, address, "程办事")
    assert able == [] and told.count("程办事") == 2, "the reason names him"
    assert offered(clerk, address, "毛经理")[0] == ["manager"]
    assert clerk.post(f"/tasks/{task}/transfer", find="person", person_text="何负责").tree.xpath("//li//input/@disabled")
    owner = signed_in("owner")
    for asked in (f"&task={task}", f"&task={task}:clerk"):
        assert offered(owner, f"/choose/people?field=person{asked}", "何负责")[0] == []
    signed_in("outsider").get(f"/choose/people?field=person&task={task}&person_text=何", status=404)


def test_a_deputy_works_in_the_name_of_whoever_is_away(
    signed_in: SignedIn, purchases: Purchases, database: databases.Database
) -> None:
    case = purchases.start()
    task = purchases.claim(case, purchases.cast.clerk2)
    clerk2, head = signed_in("clerk2"), signed_in("head")
    period = {"begins_at": "2026-03-02T08:00", "ends_at": "2026-03-09T18:00"}
    for sent, told in (({"deputy": "clerk2"}, "不能委托给自己"), ({"deputy": "head", "of": "chosen"}, "至少选择一个流程")):
        assert told in clerk2.post("/deputies", status=422, covers_existing="1", **sent, **period).words(".field-error")
    clerk2.post("/deputies", deputy="head", of="all", covers_existing="1", **period)
    assert badge(head, "其中委托给我的") == "1" and "代 程办事" in head.get("/inbox?holder=deputy").words(".item")
    assert "程办事" in clerk2.get("/choose/people?field=person&person_text=程").words("li")
    assert "何负责" in clerk2.get("/choose/people?field=person&person_text=程").words(".status")
    head.post(f"/tasks/{task}/complete", in_stock="0", outcome="submit")
    told = clerk2.get(f"/cases/{case}").words(".timeline")
    assert re.search("何负责 代 程办事", told)
    clerk2.post("/preferences", language="en")
    assert re.search("何负责 for 程办事", clerk2.get(f"/cases/{case}").words(".timeline"))
    clerk2.post("/preferences", language="zh_Hans")
    assert "采购 打印纸" in head.get("/inbox/done").words("table") and "采购 打印纸" in clerk2.get("/inbox/done").words("table")
    [key] = [each.key for each in kit.rows(database, models.Deputy)]
    signed_in("outsider").post(f"/deputies/{key}/end", status=404)
    clerk2.post(f"/deputies/{key}/end")
    head.get("/inbox?holder=deputy")


def test_line_22_list_and_badge_are_right_after_every_operation(
    signed_in: SignedIn, purchases: Purchases, database: databases.Database, clock: Clock
) -> None:
    clerk2 = signed_in("clerk2")
    first, second = purchases.start(), purchases.start()
    assert badge(clerk2, "待办") == "2"
    clerk2.post(f"/tasks/{purchases.task(first)}/claim")
    assert badge(clerk2, "待办") == "2"
    clerk2.post(f"/tasks/{purchases.task(first)}/transfer", person="outsider", reason="x")
    assert badge(clerk2, "待办") == "1" and badge(signed_in("outsider"), "待办") == "1"
    owner = signed_in("owner")
    owner.post(f"/cases/{second}/suspend", reason="等待")
    assert "等待" in clerk2.get(f"/cases/{second}").words(".flash")
    clerk2.post(f"/tasks/{purchases.task(second)}/claim", status=409)
    owner.post(f"/cases/{second}/resume")
    clerk2.post("/batches", operation="claim", task=str(purchases.task(second)))
    assert badge(clerk2, "待办") == "1"
    clock.moment += timedelta(seconds=11)
    Worker(database, clock).run_once()
    assert "已认领 1 件" in clerk2.get(f"/batches/{kit.rows(database, models.Batch)[0].key}").words("h1")
    owner.post(f"/cases/{second}/terminate", reason="不办了")
    assert badge(clerk2, "待办") == "" and "已强制结束" in clerk2.get(f"/cases/{second}").words("header")


def test_managers_change_who_does_it_and_end_what_must_not_go_on(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    owner, clerk = signed_in("owner"), signed_in("clerk")
    choice = owner.get(f"/cases/{case}/assign").tree.xpath("//select[@name='task']/option/@value")[0]
    owner.post(f"/cases/{case}/assign", task=choice, person="outsider", reason="原处理人休假")
    assert "魏旁人" in clerk.get(f"/cases/{case}").words(".now")
    clerk.get(f"/cases/{case}/terminate", status=409)
    clerk.post(f"/cases/{case}/terminate", status=403, reason="x")
    owner.post(f"/cases/{case}/void", status=422, reason="")
    owner.post(f"/cases/{case}/void", reason="重复")
    page = clerk.get(f"/cases/{case}")
    assert "已作废" in page.words("header") and "重复" in page.words(".timeline")
    again = clerk.post(f"/cases/{case}/start_again")
    assert again.address.startswith("/start/purchase") and "打印纸" in again.text


def test_a_row_gives_its_own_step_to_somebody_else_and_only_as_it_was_seen(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    """Two steps wait at once: the second row's dialog begins with the second; what moved meanwhile is not moved again unseen."""
    both = '<bpmn:parallelGateway id="both"/>' + kit.task("a", groups="客服专员") + kit.task("b", groups="客服专员")
    chains = kit.chain("started", "both", "a", "done") + kit.chain("both", "b", "done")
    kit.deploy(database, cast.owner, kit.diagram("twice", kit.start(), both, kit.end(), chains))
    case = kit.begin(database, cast.clerk, "twice")
    tasks = {name: kit.open_task(database, case, name) for name in "ab"}
    owner, other = signed_in("owner"), signed_in("owner")
    rows = owner.get("/status/tasks?process=twice").tree.xpath("//tr[@data-row]//a[contains(@href, '/assign')]/@href")
    chosen = [owner.get(row).tree.xpath("//select[@name='task']/option[@selected]/@value") for row in rows]
    assert sorted(chosen) == sorted([f"{key}:"] for key in tasks.values()), "each row begins with its own step"
    address, step = f"/cases/{case}/assign", f"{tasks['b']}:"
    owner.post(address, task=step, person="clerk", reason="请假")
    refused = other.post(address, 409, task=step, person="clerk2", reason="忙闲不均")
    assert "此待办现在由陈办事办理" in refused.words("main") and "忙闲不均" in refused.words("main")
    seen = other.get(address).tree.xpath(f"//option[starts-with(@value, '{step}')]/@value")
    other.post(address, task=seen[0], person="clerk2", reason="忙闲不均")
    owner.post(address, 409, task=seen[0], person="outsider", reason="请假")
    kit.complete(database, cast.clerk2, case, "b")
    assert "单据已不在该环节" in owner.get(next(row for row in rows if str(tasks["b"]) in row), 409).words("main")


def test_the_api_does_the_same_with_the_same_rights(
    app: flask.Flask, purchases: Purchases, database: databases.Database
) -> None:
    case = purchases.start()
    task = purchases.claim(case, purchases.cast.clerk2)
    of_case, of_task = f"/process-instances/{case}", f"/user-tasks/{task}"
    assert api(app, "outsider", f"{of_case}/comment", {"text": "x"}) == 404
    assert api(app, "clerk", f"{of_case}/suspend", {"reason": "x"}) == 403
    assert api(app, "clerk", f"{of_case}/urge", {"text": "快"}) == 204
    assert api(app, "clerk", f"{of_case}/urge", {"text": "快"}) == 429
    assert api(app, "clerk2", f"{of_task}/transfer", {"person": "nobody", "reason": "x"}) == 400
    assert api(app, "clerk2", f"{of_task}/transfer", {"person": "outsider", "reason": "x"}) == 204
    assert api(app, "clerk2", f"{of_task}/transfer", {"person": "head", "reason": "x"}) == 409
    assert api(app, "owner", f"{of_case}/suspend", {"reason": "x"}) == 204
    assert api(app, "outsider", f"{of_task}/consult", {"people": ["head"], "text": "?"}) == 409
    deputy = {"deputy": "head", "beginsAt": "2026-03-02T08:00:00+08:00", "endsAt": "2026-03-09T08:00:00+08:00"}
    assert api(app, "outsider", "/deputies", deputy) == 200
    assert api(app, "outsider", "/deputies", {**deputy, "endsAt": "soon"}) == 400
    assert api(app, "clerk2", "/batches", {"operation": "claim", "userTaskKeys": [str(task)]}) == 200
    with database.reading() as session:
        acting = actors.load(session, "acme", "head", now=purchases.now)
        assert acting is not None and [each.username for each in acting.principals] == ["outsider"]


def test_the_api_tells_the_path_ahead_and_what_it_made(
    app: flask.Flask, database: databases.Database, purchases: Purchases
) -> None:
    case = purchases.start()

    def send(username: str, path: str, body: dict[str, object] | None, **headers: str) -> Any:
        method = "GET" if body is None else "POST"
        auth = (f"acme/{username}", PASSWORD)
        return app.test_client().open(f"/v2/extensions{path}", method=method, json=body, auth=auth, headers=headers)

    of_case = f"/process-instances/{case}"
    coming = send("clerk", f"{of_case}/path-ahead", None).json["items"]
    begun = send("clerk", "/process-definitions/purchase/path-ahead", {"variables": {}}).json["items"]
    assert [step["elementName"] for step in begun][1:] == [step["elementName"] for step in coming]
    assert all(step["who"] for step in begun)
    assert send("outsider", f"{of_case}/path-ahead", None).status_code == 404
    order = {"operation": "claim", "userTaskKeys": [str(purchases.task(case))]}
    first, again = (send("clerk2", "/batches", order, **{"Idempotency-Key": "abc"}) for _ in range(2))
    assert first.json == again.json and len(kit.rows(database, models.Batch)) == 1
    assert send("clerk2", "/batches", order | {"operation": "approve"}, **{"Idempotency-Key": "abc"}).status_code == 409
    send("owner", f"{of_case}/terminate", {"reason": "x"})
    made = send("owner", f"{of_case}/reopen", {"reason": "x"})
    assert made.status_code == 200 and kit.instance(database, int(made.json["processInstanceKey"])).state == "active"
    assert send("owner", f"{of_case}/reopen", {"reason": "x"}).status_code == 409


def test_line_23_the_initiator_s_name_shows_though_personal_data_are_masked(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    signed_in("clerk").post(f"/cases/{case}/copy_to", people="outsider")
    assert "陈办事" in signed_in("outsider").get(f"/cases/{case}").words(".under")


def test_phrases_views_and_what_a_leaver_leaves(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    clerk2 = signed_in("clerk2")
    clerk2.post("/phrases", text="情况属实")
    clerk2.post("/phrases", status=422, text="情况属实")
    assert "情况属实" in clerk2.get("/phrases").words("ol")
    clerk2.post("/views", name="急件", due="day")
    page = clerk2.get("/inbox")
    assert "急件" in page.words(".views")
    case = purchases.start()
    purchases.claim(case, cast.clerk2)
    clerk2.get("/reassignment", status=403)
    owner = signed_in("owner")
    owner.get("/reassignment")
    owner.post("/reassignment", status=422, people="clerk2", person="clerk2", reason="x")
    assert "将在 10 秒后提交" in owner.post("/reassignment", people="clerk2", person="head", reason="离职").words(".batch")


def test_what_is_saved_over_the_api_and_in_a_window_never_overwrites_the_other_silently(
    app: flask.Flask, signed_in: SignedIn, purchases: Purchases, cast: Cast
) -> None:
    key = purchases.claim(purchases.start(), cast.clerk)
    path = f"/v2/extensions/user-tasks/{key}/draft"

    def call(method: str, address: str, body: dict[str, Any] | None = None, by: str = "clerk") -> tuple[int, Any]:
        answer = app.test_client().open(address, method=method, json=body, auth=(f"acme/{by}", PASSWORD))
        return answer.status_code, answer.get_json(silent=True)

    assert call("GET", path) == (200, {"variables": {}, "opinion": "", "version": ""})
    status, saved = call("PUT", path, {"variables": {"stock_note": "接口所存"}, "opinion": "拟同意"})
    assert status == 200 and saved["version"]
    page = signed_in("clerk").get(f"/tasks/{key}")
    assert "接口所存" in page.text and call("GET", path)[1]["opinion"] == "拟同意"
    window = {name: page.tree.xpath(f"//input[@name='{name}']/@value")[0] for name in ("window", "window_saw")}
    signed_in("clerk").post(f"/tasks/{key}/draft", stock_note="窗口所存", **window)
    stale = {"variables": {"stock_note": "又存"}, "version": saved["version"]}
    assert call("PUT", path, stale)[0] == 409
    assert call("PUT", path, {"variables": {"stock_note": "又存"}})[0] == 409, "who has read nothing overwrites nothing"
    done = {"variables": {"in_stock": "7"}, "draftVersion": saved["version"]}
    assert call("POST", f"/v2/user-tasks/{key}/completion", done)[0] == 409
    now = call("GET", path)[1]
    assert now["variables"]["stock_note"] == "窗口所存"
    status, refused = call("PUT", path, {"variables": {"stock_not": "x"}, "version": now["version"]})
    assert status == 400 and "stock_note" in refused["detail"]
    assert call("PUT", path, {"variables": {"stock_note": "又存"}, "version": now["version"]})[0] == 200
    assert [
        call(method, path, {} if method == "PUT" else None, by)[0] for method in ("GET", "PUT") for by in ("outsider", "clerk2")
    ] == [404, 409, 404, 409]
    version = call("GET", path)[1]["version"]
    assert call("POST", f"/v2/user-tasks/{key}/completion", done | {"draftVersion": version})[0] == 204
    assert call("GET", path)[0] == 409


def test_files_with_a_remark_and_a_leaver_s_tasks_go_over_the_api_too_and_no_member_is_passed_over(
    app: flask.Flask, purchases: Purchases, database: databases.Database
) -> None:
    case = purchases.start()
    task = purchases.claim(case, purchases.cast.clerk2)

    def hand_in(by: str, **parts: Any) -> Any:
        return app.test_client().post("/v2/extensions/files", data=parts, auth=(f"acme/{by}", PASSWORD))

    file = hand_in("clerk", file=(io.BytesIO("盘点".encode()), "盘点表.txt")).json
    assert file["name"] == "盘点表.txt" and hand_in("clerk").status_code == 400
    of_case = f"/process-instances/{case}"
    assert api(app, "clerk2", f"{of_case}/comment", {"text": "见附件", "files": [file["key"]]}) == 400, "another's file"
    assert api(app, "clerk", f"{of_case}/comment", {"text": "见附件", "files": [file["key"]]}) == 204
    assert [each.instance_key for each in kit.rows(database, models.Attachment)] == [case]
    assert api(app, "clerk", f"{of_case}/comment", {"text": "x", "reason": "x"}) == 400
    assert api(app, "clerk2", f"/user-tasks/{task}/transfer", {"person": "head", "reason": "x", "people": ["clerk"]}) == 400
    order = {"holder": "clerk2", "person": "head", "reason": "离职"}
    assert api(app, "clerk", "/reassignments", order) == 403
    assert api(app, "owner", "/reassignments", {**order, "person": "nobody"}) == 400
    assert api(app, "owner", "/reassignments", order) == 200
    purchases.now += timedelta(seconds=11)
    Worker(database, lambda: purchases.now).run_once()
    assert purchases.row(task).assignee == "head"


def test_a_start_form_that_is_begun_is_kept_over_the_api_as_in_the_pages(
    app: flask.Flask, signed_in: SignedIn, purchases: Purchases
) -> None:
    def call(method: str, path: str, body: dict[str, Any] | None = None, by: str = "clerk") -> tuple[int, Any]:
        answer = app.test_client().open(f"/v2/extensions{path}", method=method, json=body, auth=(f"acme/{by}", PASSWORD))
        return answer.status_code, answer.get_json(silent=True)

    of_process = "/process-definitions/purchase/drafts"
    assert call("POST", of_process, {"variables": {"itm": "绿植"}})[0] == 400
    status, made = call("POST", of_process, {"variables": {"item": "绿植"}})
    address = f"/drafts/{made['key']}"
    assert status == 200 and "绿植" in signed_in("clerk").get(f"/start/purchase?draft={made['key']}").text
    assert call("PUT", address, {"variables": {"item": "盆栽"}})[0] == 409
    assert call("PUT", address, {"variables": {"item": "盆栽"}, "version": made["version"]})[0] == 200
    assert call("GET", address)[1]["variables"] == {"item": "盆栽"}
    assert [call(method, address, {}, by="clerk2")[0] for method in ("GET", "PUT", "DELETE")] == [404, 404, 404]
    assert [call("DELETE", address)[0] for _ in range(2)] == [204, 404]
