"""Starting a process: the choice, the form, drafts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.people import organisation
from engine.storage import database as databases
from engine.storage import models
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
FILLED = {"item": "打印纸", "count": "3", "quotes[0].supplier": "华东办公", "quotes[0].amount": "99.50"}


def test_only_what_one_may_start_is_offered_by_category(signed_in: SignedIn, purchase: None) -> None:
    page = signed_in("clerk").get("/start")
    assert "行政" in page.words("h2") and "采购申请" in page.words(".offers")
    assert "请找欧流程" in signed_in("outsider").get("/start").words(".empty")


def test_who_administers_reads_which_groups_may_start_what_until_he_may_himself(
    signed_in: SignedIn, purchase: None, database: databases.Database
) -> None:
    owner = signed_in("owner")
    page = owner.get("/start")
    assert "没有可发起的流程" in page.words(".empty") and "采购申请" in page.words("tbody")
    (address,) = page.tree.xpath("//tbody//td[2]/a/@href")
    group = owner.get(address).words("h1")
    assert f"{group} 2 名成员" in page.words("tbody"), page.words("tbody")


def test_starting_gives_a_number_and_shows_the_case(signed_in: SignedIn, purchase: None) -> None:
    someone = signed_in("clerk")
    page = someone.send("/start/purchase", FILLED)
    assert page.address.startswith("/cases/") and "CG-20260302-0001" in page.words(".flash")
    assert "华东办公" in page.words(".answers") and "99.50" in page.words(".answers")


def test_a_wrong_start_form_is_shown_again_with_everything_typed(signed_in: SignedIn, purchase: None) -> None:
    page = signed_in("clerk").send("/start/purchase", {**FILLED, "count": "0", "is_urgent": "on"}, status=422)
    assert page.tree.xpath("//input[@name='count']")[0].get("aria-invalid") == "true"
    assert page.tree.xpath("//textarea[@name='urgent_reason']")[0].get("aria-invalid") == "true"
    assert page.tree.xpath("//input[@name='quotes[0].supplier']")[0].get("value") == "华东办公"
    assert "数量" in page.words("@role='alert'") and "紧急的理由" in page.words("@role='alert'")


def test_fields_appear_as_the_form_is_filled_in(signed_in: SignedIn, purchase: None) -> None:
    someone = signed_in("clerk")
    hidden = someone.send("/start/purchase/live", FILLED)
    shown = someone.send("/start/purchase/live", {**FILLED, "is_urgent": "on"})
    assert "urgent_reason" not in hidden.text and "urgent_reason" in shown.text


def test_rows_are_added_without_script_too(signed_in: SignedIn, purchase: None) -> None:
    page = signed_in("clerk").send("/start/purchase", {**FILLED, "quotes#add": "1"})
    assert page.address == "/start/purchase" and page.tree.xpath("//input[@name='quotes[1].supplier']")


def test_a_draft_is_kept_taken_up_again_and_gone_once_sent(signed_in: SignedIn, purchase: None) -> None:
    someone = signed_in("clerk")
    page = someone.send("/start/purchase/draft", {"item": "半张表", "quotes[0].supplier": "华东办公"})
    assert page.address == "/inbox/drafts"
    assert "半张表" in page.words(".sub") and "华东办公" in page.words(".sub") and "supplier" not in page.words(".sub")
    again = someone.get(page.tree.xpath("//td//a/@href")[0])
    assert again.tree.xpath("//input[@name='item']")[0].get("value") == "半张表"
    draft = again.form("/start/purchase")["draft"]
    someone.send("/start/purchase", {**FILLED, "draft": draft})
    assert "没有草稿" in someone.get("/inbox/drafts").words(".empty")


def test_what_was_refused_is_a_draft_until_it_is_sent(signed_in: SignedIn, purchase: None) -> None:
    someone = signed_in("clerk")
    once = someone.get("/start/purchase").form("/start/purchase")["once"]
    for count in ("0", "-1"):
        page = someone.send("/start/purchase", {**FILLED, "count": count, "once": once}, status=422)
    (kept,) = someone.get("/inbox/drafts").tree.xpath("//td//a/@href")
    again = someone.get(kept)
    assert again.tree.xpath("//input[@name='count']/@value") == ["-1"]
    someone.send("/start/purchase", {**page.form("/start/purchase"), "count": "2"})
    assert "没有草稿" in someone.get("/inbox/drafts").words(".empty")


def test_an_empty_form_that_is_refused_leaves_no_draft(signed_in: SignedIn, purchase: None) -> None:
    someone = signed_in("clerk")
    page = someone.get("/start/purchase")
    untouched = {name: value for name, value in page.form("/start/purchase").items() if name != "csrf_token"}
    someone.send("/start/purchase", untouched, status=422)
    assert "没有草稿" in someone.get("/inbox/drafts").words(".empty")


def test_saving_by_itself_goes_on_in_the_same_draft(signed_in: SignedIn, purchase: None) -> None:
    someone = signed_in("clerk")
    headers = {"X-CSRFToken": someone.token(), "X-Autosave": "1"}
    first = someone.client.post("/start/purchase/draft", data={"item": "一"}, headers=headers).get_json()["address"]
    someone.client.post(first["save"], data={"item": "二", "draft": first["draft"]}, headers=headers)
    page = someone.get("/inbox/drafts")
    assert len(page.tree.xpath("//tbody/tr")) == 1
    someone.post(page.tree.xpath("//tbody//form/@action")[0])
    assert "没有草稿" in someone.get("/inbox/drafts").words(".empty")


def test_two_windows_with_one_draft_do_not_overwrite_each_other_silently(signed_in: SignedIn, purchase: None) -> None:
    someone = signed_in("clerk")
    address = someone.send("/start/purchase/draft", {"item": "起头"}).tree.xpath("//td//a/@href")[0]

    def window() -> dict[str, str]:
        kept = someone.get(address).form("/start/purchase")
        return {name: kept[name] for name in ("draft", "window", "window_saw")}

    one, other = window(), window()
    someone.send("/start/purchase/draft", {"item": "第一个窗口", **one})
    late = {"X-CSRFToken": someone.token(), "X-Autosave": "1"}
    assert one["window"] not in someone.get("/inbox/drafts").text
    answer = someone.client.post("/start/purchase/draft", data={"item": "第二个窗口", **other}, headers=late)
    assert answer.status_code == 409 and "其他窗口" in answer.get_json()["saved"]
    page = someone.send("/start/purchase", {**FILLED, **other}, status=409)
    assert "其他窗口" in page.words("@role='alert'") and "第一个窗口" in someone.get(address).text
    again = {name: page.form("/start/purchase")[name] for name in other}
    assert someone.send("/start/purchase", {**FILLED, **again}).address.startswith("/cases/")


def test_another_s_draft_is_not_there(signed_in: SignedIn, purchase: None) -> None:
    page = signed_in("clerk").send("/start/purchase/draft", {"item": "我的"})
    address = page.tree.xpath("//td//a/@href")[0]
    someone = signed_in("clerk2")
    someone.get(address, status=404)
    someone.post(page.tree.xpath("//tbody//form/@action")[0], status=404)


def test_a_form_whose_draft_is_gone_is_sent_all_the_same(signed_in: SignedIn, purchase: None) -> None:
    someone = signed_in("clerk")
    assert someone.send("/start/purchase", {**FILLED, "draft": "123"}).address.startswith("/cases/")


def test_a_page_sent_twice_starts_one_case_and_leads_to_it_again(signed_in: SignedIn, purchase: None) -> None:
    someone = signed_in("clerk")
    form = someone.get("/start/purchase").form("/start/purchase")
    sent = {**form, **FILLED, "csrf_token": someone.token()}
    first, second = someone.send("/start/purchase", sent), someone.send("/start/purchase", sent)
    assert first.address == second.address
    assert len(someone.get("/inbox/started").tree.xpath("//tbody/tr")) == 1


def test_a_page_that_was_sent_before_with_something_else_says_so_and_starts_another_when_sent_again(
    signed_in: SignedIn, purchase: None
) -> None:
    someone = signed_in("clerk")
    form = someone.get("/start/purchase").form("/start/purchase")
    sent = {**form, **FILLED, "csrf_token": someone.token()}
    first = someone.send("/start/purchase", sent)
    page = someone.send("/start/purchase", {**sent, "item": "绿植"}, status=409)
    assert "CG-20260302-0001" in page.words("@role='alert'") and "内容不同" in page.words("@role='alert'")
    assert page.tree.xpath("//input[@name='item']")[0].get("value") == "绿植"
    again = page.form("/start/purchase")
    second = someone.send("/start/purchase", {**sent, "item": "绿植", "once": again["once"]})
    assert second.address != first.address and "绿植" in second.words(".answers")


@pytest.mark.parametrize(("address", "status"), [("/start/purchase", 403), ("/start/no_such", 404)])
def test_who_may_not_start_is_refused(signed_in: SignedIn, purchase: None, address: str, status: int) -> None:
    someone = signed_in("outsider")
    someone.get(address, status=status)
    someone.send(address, FILLED, status=status)
    someone.send(f"{address}/draft", FILLED, status=status)
    someone.send(f"{address}/live", FILLED, status=status)


def test_a_stranger_finds_no_process_of_another_company(signed_in: SignedIn, purchases: Purchases) -> None:
    signed_in("stranger", "elsewhere").get("/start/purchase", status=404)


def test_whoever_starts_picks_in_the_form_and_sees_whom_he_picked(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    steps = (
        kit.task("check", picked_by="initiator", picked_from="客服专员,head", kind="approve"),
        kit.task("judge", users="manager", kind="approve", same_as_initiator="superior"),
    )
    flow = kit.chain("started", "check", "judge", "done")
    kit.deploy(database, cast.owner, kit.diagram("picking", kit.start(), *steps, kit.end(), flow))
    browser = signed_in("outsider")
    page = browser.get("/start/picking")
    assert "“check”由谁办理" in page.words(".form")
    assert page.words(".ahead").replace(" ", "") == "check由发起人自选judge毛经理流程规定的办理人"
    assert "请选择“check”的办理人" in browser.post("/start/picking", status=422, once="a").words()
    told = browser.post("/start/picking/path", picked_check="head")
    assert "何负责" in told.words(".ahead") and "由魏旁人自选" in told.words(".ahead")
    case = browser.post("/start/picking", once="a", picked_check="head")
    assert "毛经理" in case.words(".way")
    task = kit.rows(database, models.UserTask)[0].key
    assert "为什么是我：由魏旁人自选" in signed_in("head").get(f"/tasks/{task}").words(".reason")


def test_the_path_ahead_is_the_next_three_steps_and_conditions_are_sentences_with_a_subject(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    def named(source: str, target: str, name: str, condition: str = "") -> str:
        drawn = kit.flow(source, target, condition)
        return drawn.replace(f'id="{source}_{target}"', f'id="{source}_{target}" name="{name}"')

    steps = ("register", "visit", "compare", "judge", "reply")
    limits = {
        "register": {"due": '=setting("registerDue")'},
        "judge": {"due": "2d"},
        "reply": {"due": '=if goods = 1 then "1d" else "2d"'},
    }
    with database.transaction(COMPANY) as session:
        row = session.get_one(models.Company, COMPANY)
        row.settings = {**row.settings, "registerDue": "3wd"}
        organisation.changed(session, COMPANY)
    drawn = kit.diagram(
        "grievance",
        kit.start(form="filed"),
        *(kit.task(each, users="clerk", **limits.get(each, {})) for each in steps),
        kit.node("exclusiveGateway", "一般投诉？", attributes=' default="一般投诉？_judge"'),
        kit.node("exclusiveGateway", "untitled", attributes=' default="untitled_judge"').replace('name="untitled"', ""),
        kit.end(),
        kit.chain("started", "register", "一般投诉？"),
        named("一般投诉？", "judge", "是"),
        named("一般投诉？", "visit", "否", "=goods = 1"),
        kit.chain("visit", "untitled"),
        named("untitled", "judge", "不含"),
        named("untitled", "compare", "含", "=goods = 2"),
        kit.chain("compare", "judge", "reply", "done"),
    )
    kit.deploy(database, cast.owner, drawn, kit.form("filed", {"type": "number", "key": "goods", "label": "件数"}))
    page = signed_in("clerk").get("/start/grievance")
    shown, more = page.words("section[@id='path']/ol"), page.words(".ahead-more")
    assert [each for each in steps if each in shown] == ["register", "judge", "reply"]
    assert shown.count("限 ") == 2 and "限 3 个工作日" in shown and "限 2 天" in shown, "as far as it is known"
    assert "visit" in more and "“一般投诉”为“否”时" in more and "视情况才会经过的环节" in more
    assert "含" not in more and "仅当" not in shown + more


def test_who_comes_back_to_a_form_that_he_sent_reads_so_and_finds_it_empty(signed_in: SignedIn, purchase: None) -> None:
    someone = signed_in("clerk")
    once = someone.get("/start/purchase").form("/start/purchase")["once"]
    assert not someone.get(f"/start/purchase?sent={once}").tree.xpath("//*[@data-started]")  # not sent yet
    case = someone.send("/start/purchase", {**FILLED, "once": once}).address
    page = someone.get(f"/start/purchase?sent={once}")
    (told,) = page.tree.xpath("//*[@data-started]")
    assert "CG-20260302-0001 已发起" in told.text_content() and told.xpath(".//a/@href") == [case]
    form = page.form("/start/purchase")
    assert not form["item"] and form["once"] != once
    assert not signed_in("clerk2").get(f"/start/purchase?sent={once}").tree.xpath("//*[@data-started]")
