"""Operators' pages: what stopped by cause, an act on many cases rehearsed and done, its log, what the worker does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import flask
import pytest
from sqlalchemy import update

from engine import errors
from engine.cases import failures, incident_rows
from engine.deadlines import suspending
from engine.execution import rising
from engine.storage import database as databases
from engine.storage import heartbeats, jobs, models
from engine.verbs.operating import skipping
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.operating import stuck
from tests.web.conftest import Clock
from tests.web.pages import PASSWORD, Browser
from web.frame.operations import operating_words

SignIn = Callable[..., Browser]


def test_thirty_stopped_cases_of_one_cause_are_found_rehearsed_and_tried_again(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    stuck.deploy(database, cast)
    stuck.begin(database, cast, 30)
    owner = signed_in("owner")
    page = owner.get("/status/operations/causes")
    (row,) = page.tree.xpath("//tbody/tr")
    assert [each.text_content().strip() for each in row.xpath("td[@class='number']")] == ["30", "30"]
    form = owner.get(row.xpath(".//a[contains(@href, 'operation=retry')]/@href")[0])
    cause = form.tree.xpath("//input[@name='cause']/@value")[0]
    assert "port 〈…〉 is closed" in form.words("form") and "单据 30" in form.words("form"), "which cause it is, and how many"
    owner.post("/status/operations/new", 422, operation="retry", cause=cause, reason=" ")
    assert kit.rows(database, models.Operation) == []
    owner.post("/status/operations/new", operation="retry", cause=cause, reason="端口已修好")
    (operation,) = kit.rows(database, models.Operation)
    address = f"/status/operations/{operation.key}"
    owner.post(f"{address}/carry-out", 409)
    stuck.run(database)
    assert "30 件中 30 件可执行" in owner.get(address).words()
    assert "这只是预演，还没有执行" in owner.page.words() and not owner.page.tree.xpath("//progress")
    assert {each.state for each in kit.rows(database, models.Incident)} == {"open"}
    assert "对这 30 件执行“重试”" in owner.page.words("button")
    owner.post(f"{address}/carry-out")
    stuck.run(database)
    assert "已完成 30 / 30" in owner.get(address).words()
    assert {each.state for each in kit.rows(database, models.Incident)} == {"resolved"}
    log = owner.get("/status/operations").words("table")
    assert "重试" in log and "端口已修好" in log and "30" in log


def test_a_rehearsal_says_on_top_why_some_would_not_be_done(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    stuck.deploy(database, cast)
    first, *_others = stuck.begin(database, cast, 3)
    owner = signed_in("owner")
    owner.post("/status/operations/new", operation="retry", process="opening", reason="端口已修好")
    owner.post(f"/cases/{first}/terminate", reason="不办了")
    operation = kit.rows(database, models.Operation, name="retry")[0]
    stuck.run(database)
    told = owner.get(f"/status/operations/{operation.key}").words("strong")
    assert "不可执行：" in told, told


def test_others_neither_order_nor_see_it_nor_what_the_worker_does(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    stuck.deploy(database, cast)
    stuck.begin(database, cast, 1)
    signed_in("owner").post("/status/operations/new", operation="retry", process="opening", reason="端口已修好")
    (operation,) = kit.rows(database, models.Operation)
    clerk = signed_in("clerk")
    clerk.get("/status/operations/new", 403)
    clerk.post("/status/operations/new", 403, operation="retry", process="opening", reason="x")
    clerk.get("/status/operations/worker", 404)
    clerk.get(f"/status/operations/{operation.key}", 404)
    assert "端口" not in clerk.get("/status/operations").words()
    for verb in ("carry-out", "pause", "continue", "stop"):
        clerk.post(f"/status/operations/{operation.key}/{verb}", 404)
    assert kit.rows(database, models.Operation)[0].state == "running"


def test_the_worker_says_what_it_has_done_and_what_waits(database: databases.Database, cast: Cast, signed_in: SignIn) -> None:
    stuck.deploy(database, cast)
    stuck.begin(database, cast, 2)
    stuck.run(database, name="worker-7")
    shown = signed_in("owner").get("/status/operations/worker").words()
    assert "worker-7" in shown and "opening · open" in shown and "port 1 is closed" in shown
    assert stuck.TYPE not in shown


def test_a_worker_that_was_stopped_in_order_is_no_silent_one(
    database: databases.Database, cast: Cast, signed_in: SignIn, clock: Clock
) -> None:
    with database.transaction() as session:
        for name in ("died", "stopped"):
            heartbeats.beat(session, name, now=clock() - timedelta(minutes=30))
        heartbeats.end(session, "stopped", now=clock() - timedelta(minutes=30))
    owner = signed_in("owner")
    shown = owner.get("/status/operations/worker").words()
    assert "died 无响应" in shown and "stopped 已正常停止" in shown
    clock.moment += timedelta(hours=1)
    shown = owner.get("/status/operations/worker").words()
    assert "died 无响应" in shown and "stopped" not in shown


def test_every_kind_of_our_own_work_has_words(app: flask.Flask) -> None:
    with app.test_request_context():
        unnamed = operating_words.work("?")
        assert [name for name in jobs.names() if operating_words.work(name) == unnamed] == []


def test_jobs_that_were_given_up_are_listed_by_case_and_step(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    stuck.deploy(database, cast)
    (case,) = stuck.begin(database, cast, 1)
    page = signed_in("owner").get("/status/operations/given-up")
    shown = page.words("table")
    assert kit.instance(database, case).number in shown and "open" in shown and stuck.TYPE not in shown
    assert f"/status/operations/cases/{case}" in page.links()
    signed_in("clerk").get("/status/operations/given-up", 404)


def test_what_of_no_case_stopped_by_one_cause_is_settled_with_one_note(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    with database.transaction("acme") as session:
        for each in range(3):
            incident_rows.add(session, "acme", "mail", errors.Refusal("%(detail)s", detail=f"letter {each}"), now=kit.NOW)
    owner = signed_in("owner")
    page = owner.get("/status/operations/causes?process=-")
    cause = page.tree.xpath("//input[@name='cause']/@value")[0]
    owner.post("/status/operations/causes/settle", 422, cause=cause, note=" ")
    signed_in("clerk").post("/status/operations/causes/settle", 404, cause=cause, note="已电话登记")
    owner.post("/status/operations/causes/settle", cause=cause, note="已电话登记")
    assert {(row.state, row.values["note"]) for row in kit.rows(database, models.Incident)} == {("resolved", "已电话登记")}
    (logged,) = kit.rows(database, models.Operation)
    assert (logged.name, logged.total) == ("settle", 3)
    assert "不属于任何单据" in owner.get("/status/operations").words("table")
    owner.post("/status/operations/causes/settle", 409, cause=cause, note="再一次")


def test_from_a_stopped_case_one_sees_what_it_waits_for_and_an_act_is_seen_before_it_is_done(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    stuck.deploy(database, cast)
    (case,) = stuck.begin(database, cast, 1)
    owner = signed_in("owner")
    (address,) = owner.get(f"/cases/{case}").tree.xpath("//div[contains(@class, 'stopped')]//a/@href")
    page = owner.get(address)
    assert "port 0 is closed" in page.words("table") and "已放弃" in page.words("table")
    (skip,) = page.tree.xpath("//td//a[contains(@href, '/skip')]/@href")
    act = skip.partition("?")[0]
    (token,) = owner.get(skip).tree.xpath("//select[@name='place']/option[@selected]/@value")
    owner.post(act, 422, place=token, reason=" ")
    faults = owner.post(act, 422, place=token, value='{"port": }', reason="已人工开通").words()
    assert "第 1 行" in faults and kit.instance(database, case).incidents == 1
    told = owner.post(act, 200, place=token, value='{"port": 7}', reason="已人工开通")
    assert "check" in told.words("section[@class='foreseen']") and kit.instance(database, case).incidents == 1
    seen = told.tree.xpath("//input[@name='seen']/@value")[0]
    owner.post(act, 200, place=token, value='{"port": 8}', reason="已人工开通", seen=seen)  # another value is told anew
    assert kit.instance(database, case).incidents == 1
    owner.post(act, place=token, value='{"port": 7}', reason="已人工开通", seen=seen)
    assert kit.open_elements(database, case) == ["check"]
    (logged,) = kit.rows(database, models.Operation)
    assert (logged.name, logged.reason, logged.succeeded) == ("skip", "已人工开通", 1)
    assert "已人工开通" in owner.get("/status/operations").words("table")
    clerk = signed_in("clerk")
    clerk.get(address, 404)
    clerk.post(act, 404, place="check", reason="x")


def seen_while_stopped(database: databases.Database, cast: Cast, signed_in: SignIn) -> tuple[int, Browser]:
    """A case that has stopped, and an operator who sees it only as long as it does."""
    stuck.deploy(database, cast)
    (case,) = stuck.begin(database, cast, 1)
    with database.transaction("acme") as session:
        of = {"username": "outsider", "role": "operator", "granted_by": "owner", "granted_at": kit.NOW}
        session.add(models.RoleGrant(company_id="acme", **of))
    return case, signed_in("outsider")


def test_an_operator_whose_sight_ends_with_the_incident_comes_to_the_list_and_hears_what_was_done(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    case, operator = seen_while_stopped(database, cast, signed_in)
    act = f"/status/operations/cases/{case}/retry"
    told = operator.post(act, 200, reason="端口已开")
    seen = told.tree.xpath("//input[@name='seen']/@value")[0]
    page = operator.post(act, reason="端口已开", seen=seen).words()
    assert f"{kit.instance(database, case).number}：已执行“重试" in page and "异常" in page
    operator.get(f"/status/operations/cases/{case}", 404)


def test_so_he_does_from_the_case_s_own_page_and_hears_what_stops_again(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    case, operator = seen_while_stopped(database, cast, signed_in)
    (incident,) = kit.rows(database, models.Incident)
    page = operator.post(f"/cases/{case}/incidents/{incident.key}/retry")
    assert page.address == "/status/incidents" and f"{kit.instance(database, case).number}：已执行“重试" in page.words()


def test_a_variable_is_changed_in_the_field_that_declares_it_with_the_old_value_beside(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    stuck.deploy(database, cast)
    (case,) = stuck.begin(database, cast, 1)
    owner, act = signed_in("owner"), f"/status/operations/cases/{case}/set_variable"
    chosen = owner.post(act, 200, name="amount", show="1").tree
    assert chosen.xpath("//div[@id='form-fields']//input[@name='value']") and not chosen.xpath("//select[@name='kind']")
    assert "客户0" in owner.post(act, 200, name="customer", show="1").words("dl")
    owner.post(act, 422, name="amount", editing="amount", value="很多", reason="录错")
    told = owner.post(act, 200, name="amount", editing="amount", value="12.50", reason="录错")
    assert "amount：— → 12.5" in told.words("section[@class='foreseen']")
    seen = told.tree.xpath("//input[@name='seen']/@value")[0]
    owner.post(act, name="amount", editing="amount", value="12.50", reason="录错", seen=seen)
    (event,) = kit.rows(database, models.HistoryEvent, kind="variable_changed")
    assert str(event.data["values"]["after"]) == "12.50" and event.data["values"]["before"] is None
    assert kit.rows(database, models.Operation)[0].values == {"name": "amount"}  # the value stays with the case
    assert "amount：— → 12.5" in owner.get(f"/cases/{case}").words("ol[@class='timeline']")


def test_a_variable_that_no_form_declares_is_asked_for_as_what_it_is(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    process = kit.diagram("bare", kit.start(), kit.task("a", groups="客服专员"), kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(database, cast.owner, process)
    case = kit.begin(database, cast.owner, "bare", {"amount": 5, "on": "2026-03-02"})
    owner, act = signed_in("owner"), f"/status/operations/cases/{case}/set_variable"
    for name, kind in (("amount", "数字"), ("on", "日期")):
        form = owner.post(act, 200, name=name, show="1")
        assert form.tree.xpath("//select[@name='kind']/option[@selected]/text()") == [kind]
    assert "空文本" in owner.post(act, 200, name="amount", kind="text", value="", reason="录错").words()
    told = owner.post(act, 200, name="amount", kind="number", value="7", reason="录错")
    assert "amount：5 → 7" in told.words(".foreseen") and "值的类型：数字" in told.words(".foreseen")
    told = owner.post(act, 200, name="amount", kind="text", value="7", reason="录错")
    assert "值的类型：文本" in told.words(".foreseen"), (
        "a 7 that is text looks like a number, and no condition takes it for one"
    )


def test_of_many_cases_the_fields_of_the_chosen_act_alone_are_asked(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    stuck.deploy(database, cast)
    (case,) = stuck.begin(database, cast, 1)
    owner, number = signed_in("owner"), kit.instance(database, case).number

    def asked(**sent: str) -> set[str]:
        tree = owner.post("/status/operations/new", 200, show="1", numbers=number, **sent).tree
        return set(
            tree.xpath("//div[@id='act-fields']//*[self::select or self::textarea or self::input[not(@type='hidden')]]/@name")
        )

    cases = {"process", "state", "element", "version", "numbers"}
    assert asked(operation="retry") == {*cases, "reason"}
    assert asked(operation="skip") == {*cases, "place", "reason"}
    assert asked(operation="skip", place="open") == {*cases, "place", "value", "reason"}
    assert asked(operation="set_variable", name="amount") == {*cases, "name", "value", "reason"}
    assert asked(operation="assign") >= {"place", "person_text"}
    moving = owner.post("/status/operations/new", 200, show="1", numbers=number, operation="move", process="opening").words()
    assert "移到的环节" in moving and "退回到" not in moving, "a case is moved forward, too"
    order = {"operation": "set_variable", "numbers": number, "reason": "录错", "name": "amount", "editing": "amount"}
    owner.post("/status/operations/new", 422, **order, value="很多")
    owner.post("/status/operations/new", **order, value="3")
    (operation,) = kit.rows(database, models.Operation)
    assert operation.values == {"name": "amount", "kind": "json", "value": "3"}
    assert "amount" in owner.get(f"/status/operations/{operation.key}").words("dl")


def test_a_step_is_skipped_with_its_outcome_in_words_and_its_fields_typed(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    choice = {"type": "select", "key": "kind", "label": "类别", "values": [{"label": "质量", "value": "quality"}]}
    owned = {"type": "textfield", "key": "known", "label": "已知", "readonly": True}
    amount = {"type": "number", "key": "amount", "label": "金额", "validate": {"min": 1}}
    form = kit.form("finding", kit.text_field("place", required=True), choice, amount, owned)
    step = kit.task("step", groups="客服专员", form="finding", outcomes="passed:通过,failed:不通过", result="found")
    kit.deploy(database, cast.owner, form, kit.diagram("judged", kit.start(), step, kit.end(), kit.chain("started", "step", "done")))  # fmt: skip
    case = kit.begin(database, cast.clerk, "judged", now=kit.NOW)
    owner, act = signed_in("owner"), f"/status/operations/cases/{case}/skip"
    page = owner.get(act).tree
    (place,) = page.xpath("//select[@name='place']/option/@value")
    assert page.xpath("//select[@name='outcome']/option/text()")[1:] == ["通过", "不通过"]
    fields = "//fieldset//*[self::input[not(@type='hidden')] or self::select]/@name"
    assert page.xpath(fields) == ["filled_in.place", "filled_in.kind", "filled_in.amount"]
    assert not page.xpath("//textarea[@name='value']"), "nobody writes JSON for what a form asks"
    given = {"place": place, "editing": place, "outcome": "passed", "reason": "负责人出差", "filled_in.kind": "quality"}
    faults = owner.post(act, 422, **given, **{"filled_in.amount": "0"})
    assert faults.tree.xpath("//p[@class='field-error']") and faults.tree.xpath("//option[@value='quality'][@selected]")
    missing = owner.post(act, 200, **given, **{"filled_in.amount": "12.50"})
    assert "place" in missing.words("p[@class='flash error']"), "what the step requires is missed by name before it is done"
    given["filled_in.place"] = "东门"
    told = owner.post(act, 200, **given, **{"filled_in.amount": "12.50"})
    owner.post(act, **given, **{"filled_in.amount": "12.50"}, seen=told.tree.xpath("//input[@name='seen']/@value")[0])
    (event,) = kit.rows(database, models.HistoryEvent, kind="skipped")
    assert {name: str(value) for name, value in event.data["values"].items()} == {
        "place": "东门",
        "kind": "quality",
        "amount": "12.50",
    }


def test_a_list_that_no_form_declares_is_changed_in_rows(database: databases.Database, cast: Cast, signed_in: SignIn) -> None:
    stuck.deploy(database, cast)
    (case,) = stuck.begin(database, cast, 1)
    with database.transaction("acme") as session:
        skipping.skip(session, cast.owner, case, "open", {"goods": [{"what": "钢管", "count": 12}]}, "已发货", now=kit.NOW)
    owner, act = signed_in("owner"), f"/status/operations/cases/{case}/set_variable"
    page = owner.post(act, 200, name="goods", show="1").tree
    assert page.xpath("//input[@name='value[0].what']/@value") == ["钢管"] and not page.xpath("//select[@name='kind']")
    given = {"name": "goods", "editing": "goods", "reason": "录错", "value[0].what": "钢板", "value[0].count": "3"}
    more = owner.post(act, 200, **given, **{"value#add": "1"}).tree
    assert len(more.xpath("//input[contains(@name, '.count')]")) == 2
    owner.post(act, 422, **{**given, "value[0].count": "许多"})
    told = owner.post(act, 200, **given)
    owner.post(act, **given, seen=told.tree.xpath("//input[@name='seen']/@value")[0])
    (event,) = kit.rows(database, models.HistoryEvent, kind="variable_changed")
    assert event.data["values"]["after"] == [{"what": "钢板", "count": 3}]


def test_the_background_offers_what_may_be_done_and_says_why_the_rest_may_not(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    pay = kit.task("pay", groups="客服专员", irreversible="true")
    content = (kit.start(), pay, kit.task("file", groups="客服专员"), kit.end(), kit.chain("started", "pay", "file", "done"))
    kit.deploy(database, cast.owner, kit.diagram("paying", *content))
    case = kit.begin(database, cast.clerk, "paying")
    owner, address = signed_in("owner"), f"/status/operations/cases/{case}"
    page = owner.get(address)
    assert not [each for each in page.links() if "/skip" in each] and "“pay”一经完成不可撤回" in page.words("dl")
    kit.complete(database, cast.clerk, case, "pay")
    page = owner.get(address)
    assert not [each for each in page.links() for act in ("move", "suspend", "terminate") if f"{address}/{act}" in each]
    assert "强制结束" in page.words("dl") and "不可逆" in page.words("dl")
    assert "pay" in owner.post(f"{address}/terminate", 409, reason="不付了").words("main")


def test_a_case_stopped_without_a_wait_names_its_incident_in_the_background(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    each = '<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=parts"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>'
    parts = kit.task("parts", groups="客服专员").replace("</bpmn:userTask>", each + "</bpmn:userTask>")
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), parts, kit.end(), kit.chain("started", "parts", "done")))
    case = kit.begin(database, cast.clerk, "p")
    told = signed_in("owner").get(f"/status/operations/cases/{case}").words("main")
    assert "“parts”" in told and "没有等待事项" not in told


@pytest.mark.parametrize("address", ["/status/operations/cases/{case}/suspend", "/cases/{case}/suspend"])
def test_who_suspends_twice_hears_who_did_it_when_and_why(
    database: databases.Database, cast: Cast, signed_in: SignIn, address: str
) -> None:
    stuck.deploy(database, cast)
    (case,) = stuck.begin(database, cast, 1)
    owner = signed_in("owner")
    with database.transaction("acme") as session:
        suspending.suspend(session, cast.owner, case, "等待鉴定", now=kit.NOW)
    assert "等待鉴定" in owner.post(address.format(case=case), 409, reason="再挂起").words("main")


def test_why_work_failed_is_told_in_the_readers_language(
    database: databases.Database, cast: Cast, signed_in: SignIn, app: flask.Flask
) -> None:
    stuck.deploy(database, cast)
    stuck.begin(database, cast, 1)
    for stored in (failures.kept(errors.Refusal(rising.UNCAUGHT, error_code="E_BAL", path="open")), "port 9 is closed"):
        with database.transaction("acme") as session:
            session.execute(update(models.Job).values(error=stored))
        for address in ("/status/operations/given-up", "/status/operations/worker"):
            page = signed_in("owner").get(address).words("table")
            assert "none of the processes says" not in page and ("E_BAL" in page or "port 9 is closed" in page)
    with database.transaction("acme") as session:
        session.execute(update(models.Incident).values(message=rising.UNCAUGHT, values={"error_code": "E_BAL", "path": "open"}))
    for language, is_english in ((None, False), ("en", True)):
        headers = {"Accept-Language": language} if language else {}
        answer = app.test_client().post("/v2/incidents/search", json={}, auth=("acme/owner", PASSWORD), headers=headers)
        assert ("none of the processes says" in answer.json["items"][0]["errorMessage"]) is is_english


def test_every_page_with_the_tabs_counts_the_incidents(database: databases.Database, cast: Cast, signed_in: SignIn) -> None:
    stuck.deploy(database, cast)
    stuck.begin(database, cast, 2)
    owner = signed_in("owner")
    tabs = owner.get("/status/today").tree.xpath("//nav[contains(@class, 'tabs')]//a/@href")
    assert len(tabs) > 8
    for tab in tabs:
        assert "异常2" in "".join(owner.get(tab).words("nav[contains(@class, 'tabs')]").split()), tab
