"""退回, 取回, 加签, 委派, 会签 and 流程干预 through the pages and over the API, as the same person with the same right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
import pytest

from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web.pages import PASSWORD, Browser

SignedIn = Callable[..., Browser]


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    return sqlite_database


@pytest.fixture
def case(database: databases.Database, cast: Cast) -> int:
    """start(form) → fill (clerks) → judge (manager and head, all) → end; at judge."""
    content = (
        kit.start(form="request"),
        kit.task("fill", groups="客服专员", form="request"),
        kit.task("judge", users="manager,head", kind="approve", rule="all", resume="choose", form="request"),
        kit.end(),
        kit.chain("started", "fill", "judge", "done"),
    )
    request = kit.form("request", kit.text_field("subject", required=True))
    kit.deploy(database, cast.owner, request, kit.diagram("approvals", *content, managers=["流程管理员"]))
    key = kit.begin(database, cast.outsider, "approvals", {"subject": "采购"})
    kit.complete(database, cast.clerk, key, "fill", {"subject": "采购"})
    return key


def api(app: flask.Flask, username: str, path: str, body: dict[str, Any], status: int) -> Any:
    answer = app.test_client().post(f"/v2{path}", json=body, auth=(f"acme/{username}", PASSWORD))
    assert answer.status_code == status, answer.text
    return answer.get_json(silent=True)


def test_a_case_is_sent_back_by_its_page(signed_in: SignedIn, database: databases.Database, case: int) -> None:
    task = kit.open_task(database, case, "judge")
    manager, clerk = signed_in("manager"), signed_in("clerk")
    assert "退回修改" in manager.get(f"/tasks/{task}").words(".row")
    page = manager.get(f"/tasks/{task}/return")
    assert "fill · 陈办事；改完逐级重办" in page.words("select") and "发起人 · 魏旁人" in page.words("select")
    page = manager.post(f"/tasks/{task}/return", status=422, target="fill|direct", reason=" ")
    assert "理由" in page.words(".field-error")
    manager.post(f"/tasks/{task}/return", target="fill|direct", reason="缺少报价单")
    [again] = [key for key in (kit.open_task(database, case, "fill"),) if key]
    assert kit.notices(database, kind="returned")
    assert f"/tasks/{again}" in clerk.get("/notices").links(), "it leads to what is to be done"
    page = clerk.get(f"/tasks/{again}")
    assert "缺少报价单" in page.words(".strip")
    told = manager.get(f"/cases/{case}").words(".timeline")
    assert "退回至fill" in told and "退回前" in told
    assert "fill提交 · 后来被退回" in clerk.get("/inbox/done").words("tbody")
    assert "judge退回修改" in manager.get("/inbox/done").words("tbody")
    clerk.post(f"/tasks/{again}/complete", subject="采购")
    assert kit.open_elements(database, case) == ["judge"]


def test_votes_signers_and_those_not_needed_are_shown(signed_in: SignedIn, database: databases.Database, case: int) -> None:
    task = kit.open_task(database, case, "judge")
    manager, head, clerk2 = signed_in("manager"), signed_in("head"), signed_in("clerk2")
    page = manager.post(f"/tasks/{task}/add_before", status=422, people="head", reason="请先审")
    assert "已在这项待办中" in page.words(".field-error")
    manager.post(f"/tasks/{task}/add_before", people="clerk2", reason="请先审")
    waiting = manager.get(f"/cases/{case}")
    assert "现在不用办：程办事签完后由您办理“judge”。" in waiting.words("main")
    shown = waiting.words(".parts")
    assert "程办事应毛经理要求前加签" in shown and "尚未轮到" in shown
    page = clerk2.get(f"/tasks/{task}")
    assert "毛经理请您先会签（前加签） 今天 09:00 毛经理留言：请先审" in page.words(".strip")
    assert page.tree.xpath("//form[@id='task-form']//input[@type='text'][not(@readonly or @disabled)]") == []
    assert "写下您的意见，再点“同意”或“不同意并结束”" in page.words(".ask"), "a signer is asked what he may do, by its buttons"
    assert page.tree.xpath("//textarea[@id='opinion']/@placeholder") == ["意见（选不同意并结束时必填）"]
    clerk2.post(f"/tasks/{task}/complete", outcome="approve", opinion="可行")
    head.post(f"/tasks/{task}/complete", outcome="reject", opinion="预算不足", subject="采购")
    shown = manager.get(f"/cases/{case}").words(".parts")
    assert "预算不足" in shown and "不再需要" in shown


def test_what_a_delegate_is_against_is_told_in_red_before_it_is_decided_and_is_called_a_delegation(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    step = kit.task("judge", users="manager", kind="approve")
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), step, kit.end(), kit.chain("started", "judge", "done")))
    task = kit.open_task(database, kit.begin(database, cast.outsider, "p"), "judge")
    manager, head = signed_in("manager"), signed_in("head")
    manager.post(f"/tasks/{task}/delegate", person="head", reason="请代为审核")
    told = manager.get(f"/cases/{kit.rows(database, models.UserTask)[0].instance_key}").words(".reason")
    assert told == "现在不用办：何负责代您办理“judge”，交回后由您办理。"
    for someone in (manager.get(f"/cases/{kit.rows(database, models.UserTask)[0].instance_key}"), head.get(f"/tasks/{task}")):
        assert "委派：由受委派人代办，交回后由委派人决定" in someone.words(".decision") and "或签" not in someone.text
        assert "待交回" in someone.words(".decision") and "尚未轮到" not in someone.words(".decision")
    given_back = head.post(f"/tasks/{task}/complete", outcome="reject", opinion="价格偏高")
    assert "交回毛经理" in given_back.words(".flash")
    row = manager.get("/inbox")
    assert "受委派的何负责不同意" in row.words("@class='status reject'") and "价格偏高" in row.words(".one")
    for address in (f"/tasks/{task}", f"/tasks/{task}/preview"):
        strip = manager.get(address).words("@class='strip returned'")
        assert "受委派的何负责不同意" in strip and "价格偏高" in strip


def test_whose_step_it_is_and_who_does_it_for_whom_stand_in_a_sentence_on_the_page_of_another_case(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    step = kit.task("judge", users="manager", kind="approve")
    below = kit.diagram("below", kit.start(), step, kit.end(), kit.chain("started", "judge", "done"))
    above = kit.diagram("above", kit.start(), kit.call("c", "below"), kit.end(), kit.chain("started", "c", "done"))
    kit.deploy(database, cast.owner, below, above)
    case = kit.begin(database, cast.owner, "above")
    called = next(each for each in kit.rows(database, models.ProcessInstance) if each.key != case)
    task = kit.open_task(database, called.key, "judge")
    manager, owner = signed_in("manager"), signed_in("owner")
    manager.post(f"/tasks/{task}/delegate", person="head", reason="请代为审核")
    shown = owner.get(f"/cases/{case}")
    assert "何负责受毛经理委派办理" in shown.words(".parts")
    assert f"属于 {called.process_name} {called.number}" in shown.words(".decision") and "属于" in shown.words(".now")
    shown = owner.get(f"/cases/{called.key}")
    assert "何负责受毛经理委派办理" in shown.words(".parts") and "属于" not in shown.words(".work")
    owner.post("/preferences", language="en")
    assert "何负责 does it for 毛经理" in owner.get(f"/cases/{case}").words(".parts")
    assert f"belongs to {called.process_name} {called.number}" in owner.page.words(".decision")


def test_what_was_typed_before_it_is_sent_back_goes_along_as_the_reason(
    signed_in: SignedIn, database: databases.Database, case: int
) -> None:
    task, manager = kit.open_task(database, case, "judge"), signed_in("manager")
    manager.post(f"/tasks/{task}/draft", subject="采购", opinion="缺少报价单")
    assert manager.get(f"/tasks/{task}/return").tree.xpath("string(//textarea[@name='reason'])").strip() == "缺少报价单"
    assert manager.get(f"/tasks/{task}/transfer").tree.xpath("string(//textarea[@name='reason'])").strip() == ""


def test_a_signer_is_taken_off_by_the_case_page(signed_in: SignedIn, database: databases.Database, case: int) -> None:
    task = kit.open_task(database, case, "judge")
    manager, clerk = signed_in("manager"), signed_in("clerk")
    manager.post(f"/tasks/{task}/add_before", people="clerk2", reason="请先审")
    assert "减签" in manager.get(f"/cases/{case}").words("details") and "减签" not in clerk.get(f"/cases/{case}").words(
        "details"
    )
    page = manager.get(f"/cases/{case}/remove_signer")
    [item] = [each.key for each in kit.rows(database, models.WorkItem, user_task_key=task) if each.username == "clerk2"]
    assert "程办事" in page.words("select")
    clerk.post(f"/cases/{case}/remove_signer", status=403, target=str(item), reason="不需要")
    manager.post(f"/cases/{case}/remove_signer", target=str(item), reason="不需要")
    manager.get(f"/tasks/{task}")


def test_what_was_handed_on_is_taken_back_by_the_case_page(
    signed_in: SignedIn, database: databases.Database, case: int
) -> None:
    clerk, clerk2 = signed_in("clerk"), signed_in("clerk2")
    assert "取回" in clerk.get(f"/cases/{case}").words("details")
    clerk2.post(f"/cases/{case}/withdraw", status=403)
    clerk.post(f"/cases/{case}/withdraw", reason="写错了")
    assert kit.open_elements(database, case) == ["fill"]
    assert "取回" not in clerk.get(f"/cases/{case}").words("details")


def test_a_move_by_hand_shows_first_what_it_does(signed_in: SignedIn, database: databases.Database, case: int) -> None:
    owner, manager = signed_in("owner"), signed_in("manager")
    manager.get(f"/cases/{case}/jump", status=409)
    page = owner.get(f"/cases/{case}/jump")
    [value] = [option.get("value") for option in page.tree.xpath("//option") if "从“judge”到“fill”" in option.text_content()]
    page = owner.post(f"/cases/{case}/jump", target=value, reason="走错了")
    assert "judge" in page.words(".foreseen") and kit.open_elements(database, case) == ["judge"]
    owner.post(f"/cases/{case}/jump", target=value, seen=value, reason="走错了")
    assert kit.open_elements(database, case) == ["fill"]


def test_completing_over_the_api_is_the_voters_vote(
    app: flask.Flask, signed_in: SignedIn, database: databases.Database, case: int
) -> None:
    signed_in("manager"), signed_in("head"), signed_in("clerk")
    task = kit.open_task(database, case, "judge")
    done = {"variables": {"subject": "x"}, "action": "approve"}
    api(app, "clerk", f"/user-tasks/{task}/completion", done, 403)
    api(app, "manager", f"/user-tasks/{task}/completion", done, 204)
    [found] = api(app, "head", "/user-tasks/search", {"filter": {"elementId": "judge"}}, 200)["items"]
    assert found["state"] == "CREATED"
    api(app, "manager", f"/user-tasks/{task}/completion", done, 409)
    api(app, "manager", f"/extensions/user-tasks/{task}/return", {"target": "fill", "reason": "x"}, 409)
    api(app, "clerk", f"/extensions/user-tasks/{task}/return", {"target": "fill", "reason": "x"}, 403)
    api(app, "head", f"/extensions/user-tasks/{task}/return", {"target": "done", "reason": "x"}, 409)
    api(app, "head", f"/extensions/user-tasks/{task}/return", {"target": "fill", "reason": "x"}, 204)
    assert kit.open_elements(database, case) == ["fill"]


def test_whom_a_task_cannot_be_delegated_to_is_told_by_name(
    signed_in: SignedIn, database: databases.Database, case: int
) -> None:
    """Whatever refuses him, and whichever field the refusal names."""
    task, manager = kit.open_task(database, case, "judge"), signed_in("manager")
    for person, told in (("head", "已在这项待办中"), ("outsider", "魏旁人")):
        page = manager.post(f"/tasks/{task}/delegate", status=422, person=person, reason="请代办")
        assert told in page.words(".field-error"), person


def test_signers_and_delegates_over_the_api(
    app: flask.Flask, signed_in: SignedIn, database: databases.Database, case: int
) -> None:
    for name in ("manager", "head", "clerk", "clerk2", "owner"):
        signed_in(name)
    task = kit.open_task(database, case, "judge")
    api(app, "manager", f"/extensions/user-tasks/{task}/add-beside", {"people": ["clerk"], "reason": "x"}, 204)
    api(app, "manager", f"/extensions/user-tasks/{task}/delegate", {"person": "clerk2", "reason": "x"}, 204)
    [item] = [each.key for each in kit.rows(database, models.WorkItem, user_task_key=task) if each.username == "clerk"]
    path = f"/extensions/process-instances/{case}"
    api(app, "manager", f"{path}/remove-signer", {"target": str(item), "reason": "x"}, 204)
    api(app, "clerk", f"{path}/withdraw", {}, 204)
    api(app, "owner", f"{path}/jump", {"task": "fill", "target": "judge", "reason": "x"}, 204)
    api(app, "manager", f"{path}/jump", {"task": "judge", "target": "fill", "reason": "x"}, 403)


def test_the_api_tells_with_whom_a_task_lies_after_each_vote(
    app: flask.Flask, database: databases.Database, cast: Cast
) -> None:
    """Whoever alone holds it is its assignee, also after one who was added has said his part."""
    steps = kit.start() + kit.task("judge", assignee="manager", kind="approve", rule="all") + kit.end()
    kit.deploy(database, cast.owner, kit.diagram("voted", steps, kit.chain("started", "judge", "done")))
    case = kit.begin(database, cast.outsider, "voted", {})
    task = kit.open_task(database, case, "judge")

    def told() -> Any:
        [found] = api(app, "owner", "/user-tasks/search", {"filter": {"userTaskKey": str(task)}}, 200)["items"]
        return found["state"], found["assignee"]

    def of(username: str) -> list[str]:
        asked = {"filter": {"assignee": username, "state": "CREATED"}}
        return [each["userTaskKey"] for each in api(app, username, "/user-tasks/search", asked, 200)["items"]]

    assert told() == ("CREATED", "manager") and of("manager") == [str(task)]
    added = {"people": ["head"], "reason": "请一起看"}
    api(app, "manager", f"/extensions/user-tasks/{task}/add-beside", added, 204)
    api(app, "manager", f"/user-tasks/{task}/completion", {"action": "approve"}, 204)
    assert told() == ("CREATED", "head") and of("head") == [str(task)] and of("manager") == []
    api(app, "head", f"/user-tasks/{task}/completion", {"action": "approve"}, 204)
    assert told()[0] == "COMPLETED" and of("head") == []


def test_a_kept_signature_a_readers_note_and_a_link_are_there_over_the_api_too(
    app: flask.Flask, database: databases.Database, cast: Cast, case: int
) -> None:
    def call(method: str, path: str, body: dict[str, Any] | None = None, by: str = "clerk") -> tuple[int, Any]:
        client, auth = app.test_client(), (f"acme/{by}", PASSWORD)
        answer = client.open(f"/v2/extensions{path}", method=method, json=body, auth=auth)
        return answer.status_code, answer.get_json(silent=True)

    drawn = [[[0, 0], [40, 40], [80, 0]], [[10, 60], [90, 60]]]
    assert call("GET", "/signature")[0] == 204
    assert call("PUT", "/signature", {"strokes": "no"})[0] == 400 and call("PUT", "/signature", {"strokes": []})[0] == 400
    assert call("PUT", "/signature", {"strokes": drawn})[0] == 204
    assert call("GET", "/signature")[1]["strokes"] == drawn and call("GET", "/signature", by="manager")[0] == 204
    assert call("DELETE", "/signature")[0] == 204 and call("GET", "/signature")[0] == 204
    of_case = f"/process-instances/{case}"
    assert call("POST", f"{of_case}/copy-to", {"people": ["clerk2"]})[0] == 204
    assert call("POST", f"{of_case}/remark", {"text": "已阅"}, by="clerk2")[0] == 204
    assert call("POST", f"{of_case}/remark", {"text": "已阅"}, by="owner")[0] in (403, 404)
    other = kit.begin(database, cast.clerk, "approvals", {"subject": "另一件"})
    number = kit.instance(database, other).number
    assert call("POST", f"{of_case}/link", {"number": number})[0] == 204
    assert call("DELETE", f"{of_case}/links/{other}")[0] == 204
    assert kit.rows(database, models.CaseLink) == []


def test_an_outcome_that_wants_an_opinion_is_not_given_without_one_by_page_or_api(
    app: flask.Flask, signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    step = kit.task("judge", users="manager", kind="approve", opinion="optional", opinion_on="approve")
    kit.deploy(database, cast.owner, kit.diagram("asked", kit.start(), step, kit.end(), kit.chain("started", "judge", "done")))
    case = kit.begin(database, cast.clerk, "asked")
    task, manager = kit.open_task(database, case, "judge"), signed_in("manager")
    buttons = {each.get("value"): each for each in manager.get(f"/tasks/{task}").tree.xpath("//button[@name='outcome']")}
    assert buttons["approve"].get("data-demand") and not buttons["reject"].get("data-demand")
    page = manager.post(f"/tasks/{task}/complete", status=422, outcome="approve", opinion=" ")
    assert "意见" in page.words(".field-error")
    api(app, "manager", f"/user-tasks/{task}/completion", {"action": "approve"}, 400)
    assert kit.open_elements(database, case) == ["judge"]
    manager.post(f"/tasks/{task}/complete", outcome="approve", opinion="按合同办理")
    assert kit.instance(database, case).state == "completed"


@pytest.mark.parametrize(
    ("operation", "told"), [("delegate", "您已委派程办事代办，办完交回您"), ("add_before", "您已请程办事先会签")]
)
def test_who_has_asked_somebody_first_reads_whom_and_what_follows(
    signed_in: SignedIn, database: databases.Database, case: int, operation: str, told: str
) -> None:
    task, manager = kit.open_task(database, case, "judge"), signed_in("manager")
    who = "person" if operation == "delegate" else "people"
    manager.post(f"/tasks/{task}/{operation}", reason="看看", text="看看", **{who: "clerk2"})
    page = manager.get(f"/tasks/{task}")
    assert told in page.words(".flash") and "须由" not in page.words(".flash")


def test_whose_turn_comes_later_reads_who_comes_first(signed_in: SignedIn, database: databases.Database, cast: Cast) -> None:
    step = kit.task("look", users="manager,head", kind="approve", rule="sequential")
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), step, kit.end(), kit.chain("started", "look", "done")))
    task = kit.open_task(database, kit.begin(database, cast.outsider, "p"), "look")
    assert "还没轮到您：须由毛经理先办" in signed_in("head").get(f"/tasks/{task}").words(".flash")


def test_where_everybody_does_his_part_nobody_is_told_to_agree(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    step = kit.task("look", users="manager,head", kind="handle", rule="all")
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), step, kit.end(), kit.chain("started", "look", "done")))
    case = kit.begin(database, cast.outsider, "p")
    for is_begun in (False, True):  # before the first has done his part, and after
        told = signed_in("owner").get(f"/cases/{case}").words(".decision")
        assert "每人都要办" in told and "同意" not in told
        if not is_begun:
            signed_in("head").post(f"/tasks/{kit.open_task(database, case, 'look')}/complete", outcome="submit")
