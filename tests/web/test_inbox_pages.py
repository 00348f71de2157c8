"""The lists: what waits, what I have done, what I have started, my drafts."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta

import flask
import pytest
from werkzeug.test import TestResponse

from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.pages import Browser, Page
from web.frame import navigation

SignedIn = Callable[..., Browser]
LISTED = {  # by what the address asks for
    "q=绿植": ["采购 绿植"],
    "q=0002": ["采购 打印纸"],
    "q=%25": [],
    "q=cbs": ["采购 绿植", "采购 打印纸"],  # 陈办事
    "process=purchase": ["采购 绿植", "采购 打印纸"],
    "process=other": [],
    "initiator=clerk": ["采购 绿植", "采购 打印纸"],
    "initiator=clerk2": [],
    "due=day": [],
    "due=week": ["采购 绿植", "采购 打印纸"],
    "due=overdue": [],
    "due=none": [],
    "holder=me": [],
    "holder=group": ["采购 绿植", "采购 打印纸"],
    "sort=arrival": ["采购 打印纸", "采购 绿植"],
}


def titles(page: Page) -> list[str]:
    shown = page.tree.xpath("//td[contains(@class, 'title')]/a | //li[contains(@class, 'item')]//b")
    return [" ".join(title.text_content().split()) for title in shown]


def test_a_line_leads_with_the_step_then_tells_the_case_without_labels_and_until_when(
    signed_in: SignedIn, purchases: Purchases
) -> None:
    purchases.start()
    someone = signed_in("clerk2")
    page = someone.get("/inbox")
    assert page.words(".step") == "核对库存" and page.words(".limit") == "剩 2 天 3月4日 09:00"
    line = page.words(".two")
    for told in ("采购 打印纸 · 数量 3", "陈办事 客服部", "客服专员", "认领"):
        assert told in line
    assert "CG-20260302-0001" not in line and "物品" not in line


def test_a_line_knows_why_its_task_is_not_approved_together_with_others(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    steps = {"free": "", "asking": "asking", "filled": "filled"}
    asking = kit.form("asking", kit.text_field("reason", required=True))
    tasks = [kit.task(id, users="head", kind="approve", form=form) for id, form in steps.items()]
    drawn = [
        kit.diagram(f"p_{task_id}", kit.start(), task, kit.end(), kit.chain("started", task_id, "done"))
        for task_id, task in zip(steps, tasks, strict=True)
    ]
    kit.deploy(database, cast.owner, asking, kit.form("filled", kit.text_field("note")), *drawn)
    for each in steps:
        kit.begin(database, cast.owner, f"p_{each}")
    page = signed_in("head").get("/inbox")
    rows = page.tree.xpath("//li[contains(@class, 'item')]")
    assert json.loads(page.tree.xpath("//form/@data-reasons")[0]) == ["该环节有必填内容，请打开后办理。"]
    alone = {
        row.xpath(".//a[@class='step']")[0].text: word
        for row, word in zip(rows, page.tree.xpath("//form/@data-rows")[0].split(), strict=True)
    }
    assert {step: word[:2] for step, word in alone.items()} == {"free": "-o", "filled": "-o", "asking": "0o"}
    assert len({word[2:] for word in alone.values()}) == 3  # each of another process


def test_only_a_number_tells_cases_of_the_same_title_apart(signed_in: SignedIn, purchases: Purchases) -> None:
    purchases.start()
    purchases.start()
    assert "CG-20260302-0001" in signed_in("clerk2").get("/inbox").words(".items")


def test_a_returned_task_says_so_in_the_list_and_on_top_of_its_page(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    purchases.check(case)
    purchases.approve(case, "return", "数量写错了，请按部门人数重算")
    someone = signed_in("clerk2")
    row = someone.get("/inbox").words(".one")
    assert "被退回" in row and "数量写错了，请按部门人数重算" in row
    key = purchases.task(case)
    for address in (f"/tasks/{key}", f"/tasks/{key}/preview"):
        strip = someone.get(address).words(".strip")
        assert "毛经理 退回" in strip and "审批采购" in strip and "数量写错了" in strip and "第 2 轮" in strip
    assert titles(signed_in("clerk").get("/inbox")) == []  # it went back to whoever did it
    kit.notices(purchases.database)
    assert "被退回：核对库存" in someone.get("/notices").words(".notices")


def test_a_step_that_a_button_of_its_own_led_back_to_tells_which(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    purchases.check(case)
    purchases.approve(case, "return", "数量写错了")
    with purchases.database.transaction("acme") as session:
        task = session.get_one(models.UserTask, purchases.task(case))
        task.returned = {**task.returned, "label": "换货", "reason": ""}
    someone = signed_in("clerk2")
    assert "被退回 换货" in " ".join(someone.get("/inbox").words(".one").split())
    strip = someone.get(f"/tasks/{purchases.task(case)}").words(".strip")
    assert "毛经理 选择“换货”" in strip and "没有写明原因" not in strip


def test_a_begun_form_is_marked_in_the_list(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    key = purchases.claim(purchases.start(), cast.clerk2)
    someone = signed_in("clerk2")
    assert "有草稿" not in someone.get("/inbox").words(".items")
    someone.post(f"/tasks/{key}/draft", stock_note="找了一半")
    assert "有草稿" in someone.get("/inbox").words(".items")


def test_claiming_in_the_list_opens_the_task_and_takes_it_from_the_others(signed_in: SignedIn, purchases: Purchases) -> None:
    key = purchases.task(purchases.start())
    assert signed_in("clerk2").post(f"/tasks/{key}/claim").address == f"/tasks/{key}"
    assert titles(signed_in("clerk").get("/inbox")) == []
    page = signed_in("clerk2").get("/inbox")
    assert titles(page) == ["采购 打印纸"] and "认领" not in page.words(".items")


def test_who_has_acted_on_another_part_is_not_offered_the_approval(
    signed_in: SignedIn, purchases: Purchases, cast: Cast
) -> None:
    purchases.check(purchases.start())
    assert titles(signed_in("clerk").get("/inbox")) == []
    assert titles(signed_in("manager").get("/inbox")) == ["采购 打印纸"]


@pytest.mark.both_databases
def test_search_filters_and_sort_narrow_the_list(signed_in: SignedIn, purchases: Purchases) -> None:
    purchases.start(item="绿植")
    purchases.start(after=timedelta(minutes=1))
    someone = signed_in("clerk2")
    assert {query: titles(someone.get(f"/inbox?{query}")) for query in LISTED} == LISTED


def test_what_nobody_has_claimed_is_a_list_of_its_own_for_who_is_in_a_group(
    signed_in: SignedIn, purchases: Purchases, cast: Cast
) -> None:
    purchases.claim(purchases.start(item="绿植"), cast.clerk2)
    purchases.start(item="打印纸")
    someone = signed_in("clerk2")
    page = someone.get("/inbox?holder=group")
    assert titles(page) == ["采购 打印纸"] and "其中待认领1" in page.words(".tabs").split()
    assert page.tree.xpath("//nav[@class='tabs']/a[@aria-current]")[0].get("href") == "/inbox?holder=group"
    stranger = signed_in("outsider")
    assert "没有待认领的任务" in stranger.get("/inbox?holder=group").words(".empty") and "其中待认领" not in stranger.get(
        "/inbox"
    ).words(".tabs")


@pytest.mark.parametrize("name", ["", "/done", "/started", "/copies", "/asked", "/followed", "/drafts"])
def test_every_list_is_exported_also_when_it_is_empty(signed_in: SignedIn, purchases: Purchases, name: str) -> None:
    someone = signed_in("outsider")
    address = next(link for link in someone.get(f"/inbox{name}").links() if "export" in link)
    assert "标题" in written(someone.client.get(address)) or name == "/drafts"


def test_an_empty_list_says_what_to_do_next(signed_in: SignedIn, purchases: Purchases) -> None:
    someone = signed_in("clerk")
    assert "/start" in someone.get("/inbox").links() and "待办已清空" in someone.get("/inbox").words(".empty")
    assert "没有符合条件的内容" in someone.get("/inbox?q=nothing").words(".empty")


@pytest.mark.both_databases
def test_a_long_list_is_paged_both_ways_and_to_its_end(signed_in: SignedIn, purchases: Purchases) -> None:
    for number in range(52):
        purchases.start(item=f"第{number:02}件", after=timedelta(seconds=number))
    someone = signed_in("clerk2")
    first = someone.get("/inbox")
    following = someone.get(next_of(first, "next"))
    assert len(titles(first)) == 50 and titles(following) == ["采购 第50件", "采购 第51件"]
    assert titles(someone.get(next_of(following, "prev"))) == titles(first)
    last = someone.get("/inbox?last=1")
    assert titles(last)[-1] == "采购 第51件" and len(titles(last)) == 50
    assert titles(someone.get(next_of(last, "prev"))) == ["采购 第00件", "采购 第01件"]


def next_of(page: Page, rel: str) -> str:
    return str(page.tree.xpath(f"//a[@rel='{rel}']/@href")[0])


@pytest.mark.parametrize("cursor", ["after=x", "before=eyJ9", "after=WzEsMl0", "after=WyJ4IiwxXQ", "before=bnVsbA"])
def test_a_damaged_page_address_is_refused_in_words(signed_in: SignedIn, purchases: Purchases, cursor: str) -> None:
    purchases.start()
    assert "重新打开列表" in signed_in("clerk2").get(f"/inbox?{cursor}", status=422).words("main")


def test_what_i_have_done_tells_where_it_is_now(signed_in: SignedIn, purchases: Purchases) -> None:
    purchases.check(purchases.start())
    page = signed_in("clerk2").get("/inbox/done")
    assert titles(page) == ["采购 打印纸"]
    assert "核对库存提交" in page.words("tbody") and "审批采购 主管领导" in page.words("tbody")


def test_what_i_have_started_tells_who_holds_it_until_it_is_over(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    someone = signed_in("clerk")
    assert "核对库存 客服专员" in someone.get("/inbox/started").words("tbody")
    purchases.check(case)
    purchases.approve(case)
    page = someone.get("/inbox/started?state=completed")
    assert titles(page) == ["采购 打印纸"] and "已办结" in page.words("tbody")
    assert titles(someone.get("/inbox/started?state=active")) == []


def test_the_number_on_the_rail_counts_what_i_may_do(signed_in: SignedIn, purchases: Purchases) -> None:
    purchases.start()
    purchases.start()
    assert signed_in("clerk2").client.get("/inbox/count").text == "2"
    assert signed_in("outsider").client.get("/inbox/count").text == ""
    assert badges(signed_in("clerk2"))[0] == "2" and badges(signed_in("outsider")) == ["", ""]


def badges(someone: Browser) -> list[str]:
    """The numbers on the rail as a page is sent, before anything asks for them."""
    return re.findall(r'<span class="count"[^>]*>(\d*\+?)</span>', someone.client.get("/inbox").text)


def test_the_number_is_silent_for_somebody_whose_session_has_ended(signed_in: SignedIn, purchases: Purchases) -> None:
    someone = signed_in("clerk")
    someone.post("/sign-out")
    for address in ("/inbox/count", "/notices/count"):
        answer = someone.client.get(address, headers={"HX-Request": "true"})
        assert answer.status_code == 204 and "HX-Redirect" not in answer.headers


def written(answer: TestResponse) -> str:
    """The cells of the spreadsheet that was sent."""
    assert answer.mimetype.endswith("spreadsheetml.sheet")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


def test_a_list_is_exported_as_it_is_filtered_and_holds_no_formulas(signed_in: SignedIn, purchases: Purchases) -> None:
    purchases.start(item="绿植")
    purchases.start(item="打印纸")
    someone = signed_in("clerk2")
    address = next(link for link in someone.get("/inbox?q=绿植").links() if "export" in link)
    sheet = written(someone.client.get(address))
    assert "采购 绿植" in sheet and "打印纸" not in sheet
    purchases.start(item="=1+1")
    sheet = written(someone.client.get("/inbox/export"))
    assert "采购 =1+1" in sheet and "<f>" not in sheet


@pytest.mark.parametrize(("path", "username"), [("/inbox/started", "clerk"), ("/inbox/done", "clerk2")])
def test_what_i_started_and_did_is_exported_too(signed_in: SignedIn, purchases: Purchases, path: str, username: str) -> None:
    purchases.check(purchases.start())
    someone = signed_in(username)
    address = next(link for link in someone.get(path).links() if "export" in link)
    assert "采购 打印纸" in written(someone.client.get(address))


@pytest.mark.parametrize("query", ["_method=DELETE", "_scheme=javascript&_external=1", "_anchor=x", "process_id=other"])
def test_a_query_cannot_turn_the_links_of_a_list_elsewhere(signed_in: SignedIn, purchases: Purchases, query: str) -> None:
    purchases.start()
    for address in ("/inbox", "/inbox/done", "/inbox/started", "/status/cases"):
        page = signed_in("owner").get(f"{address}?{query}&q=x")
        assert not [link for link in page.tree.xpath("//a/@href") if "javascript:" in link or "_method" in link or "#x" in link]


def test_the_filters_offer_the_processes_of_the_list_by_their_titles(signed_in: SignedIn, purchases: Purchases) -> None:
    someone = signed_in("clerk2")
    assert not someone.get("/inbox").tree.xpath("//select[@name='process']")
    purchases.check(purchases.start())
    purchases.start()
    for address in ("/inbox", "/inbox/done"):
        assert "采购申请" in someone.get(address).words("select")
    assert not someone.get("/inbox/started").tree.xpath("//select[@name='process']")


def test_a_task_or_a_case_lights_the_list_it_was_opened_from_and_leads_back_to_it(
    signed_in: SignedIn, purchases: Purchases
) -> None:
    case = purchases.start()
    someone = signed_in("owner")
    someone.get("/status/cases?q=打印纸")
    page = someone.get(f"/cases/{case}")
    assert page.words("@aria-current='page'") == "监控"
    assert [link for link in page.links() if link.startswith("/status/cases?q=")]
    someone.get("/inbox")
    assert someone.get(f"/cases/{case}").words("@aria-current='page'") == "待办"


OWN = {
    "own",
    "deputies",
    "notices",
    "notice_choices",
    "password",
    "second_factor",
    "choosing",
    "preferences",
}  # of the reader himself
OUTSIDE = {"auth", "outside", "set_up", "public", "following", "hooks", "health"}  # of nobody who is signed in
FILES = {"bundle", "attachments", "inbox_exports", "papers", "report_papers", "expressions", "draft_comments", "process_life"}


def test_every_area_of_pages_lights_its_entry_of_the_rail(app: flask.Flask) -> None:
    rooms = {name for name, each in app.blueprints.items() if not each.import_name.startswith("web.api") and name != "static"}
    lit = {area for entry in navigation.ENTRIES for area in entry.areas} | set(navigation.OPENED_FROM_LISTS)
    assert rooms - lit - OWN - OUTSIDE - FILES == set()
    assert lit - rooms == set()


@pytest.mark.parametrize("place", ["/inbox/done", "/inbox/started"])
def test_a_search_that_finds_nothing_does_not_say_that_there_never_was_anything(signed_in: SignedIn, place: str) -> None:
    someone = signed_in("clerk2")
    assert "没有符合条件" in someone.get(f"{place}?q=没有的").words("main") and "没有符合条件" not in someone.get(place).words(
        "main"
    )
