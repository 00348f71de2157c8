"""The approval sheet: of any case, with what was said and by whom, masked, in the reader's language, chosen cases in one file."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import flask
import pypdf
import pytest
import segno

from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web import complaints
from tests.web.cases import Purchases
from tests.web.complaints import Customer
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
ROWS = [{"supplier": f"供应商{n}", "amount": n} for n in range(1, 121)]


def drawn_code(page: pypdf.PageObject) -> set[tuple[int, int]]:
    """The dark modules of the QR code on a page, by row and column: runs of lines, each through the middle of a row."""
    contents = page.get_contents()
    assert contents is not None
    runs = re.findall(r"(\d+) (\d+)\.5 m (\d+) \2\.5 l", contents.get_data().decode("latin-1"))
    return {(int(row), column) for left, row, right in runs for column in range(int(left), int(right))}


def test_the_code_on_paper_leads_to_the_case(signed_in: SignedIn, purchases: Purchases) -> None:
    cases, someone = [purchases.start(), purchases.start()], signed_in("clerk")
    sent = someone.client.post("/cases/sheets", data={"case": cases}, headers={"X-CSRFToken": someone.token()})
    for case, page in zip(cases, pypdf.PdfReader(io.BytesIO(sent.data)).pages, strict=True):
        wanted = segno.make(f"http://localhost/cases/{case}", error="m", micro=False).matrix
        dark = {(row, column) for row, line in enumerate(wanted) for column, is_dark in enumerate(line) if is_dark}
        assert drawn_code(page) == dark


def printed(someone: Browser, address: str, **wish: object) -> tuple[str, list[str]]:
    """The text of the PDF that comes, without white space, as a whole and by page."""
    answer = someone.client.post(address, data=wish, headers={"X-CSRFToken": someone.token()})
    assert answer.status_code == 200 and answer.mimetype == "application/pdf", answer.text
    pages = [
        "".join(page.extract_text().replace("\u200b", "").split()) for page in pypdf.PdfReader(io.BytesIO(answer.data)).pages
    ]
    return "".join(pages), pages


def test_a_running_case_is_printed_with_its_form_and_where_it_stands(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    text, _pages = printed(signed_in("clerk"), f"/cases/{case}/sheet")
    for told in ("样例公司审批单", "单号：", "陈办事", "核对库存（客服专员）", "打印纸", "供应商", "华东办公", "申请内容"):
        assert told in text, told
    assert f"/cases/{case}/sheet" in signed_in("clerk").get(f"/cases/{case}").text


def test_line_21_what_was_said_before_a_return_is_on_paper_only_with_the_course(
    signed_in: SignedIn, purchases: Purchases
) -> None:
    case = purchases.start()
    purchases.check(case)
    purchases.approve(case, "return", "数量写错了")
    someone = signed_in("clerk")
    plain, _pages = printed(someone, f"/cases/{case}/sheet")
    whole, _pages = printed(someone, f"/cases/{case}/sheet", history="1")
    assert "数量写错了" in plain and "办理历程" not in plain
    assert "办理历程" in whole and "发起" in whole.split("办理历程")[1]


def test_line_21_linked_cases_stand_on_paper_for_who_may_see_them(signed_in: SignedIn, purchases: Purchases) -> None:
    case, other = purchases.start(), purchases.start(item="墨盒")
    numbers = [each.number for each in kit.rows(purchases.database, models.ProcessInstance)]
    signed_in("clerk").post(f"/cases/{case}/link", number=numbers[1])
    text, _pages = printed(signed_in("clerk"), f"/cases/{other}/sheet")
    assert "关联单据" in text and numbers[0] in text


def test_a_long_table_goes_on_under_its_headings(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start(quotes=ROWS)
    _text, pages = printed(signed_in("clerk"), f"/cases/{case}/sheet")
    assert len(pages) > 2 and all(f"{n + 1}/{len(pages)}" in page for n, page in enumerate(pages))
    assert all("报价供应商报价" in page for page in pages if "供应商1" in page)  # the list's name and its columns
    assert "供应商120" in "".join(pages)


def test_chosen_cases_come_as_one_file_each_with_its_own_page_numbers(signed_in: SignedIn, purchases: Purchases) -> None:
    cases = [purchases.start(), purchases.start(item="墨盒")]
    listed = signed_in("clerk").get("/inbox/started").tree.xpath("//input[@name='case' and @form='sheets']/@value")
    assert sorted(map(int, listed)) == sorted(cases)
    _text, pages = printed(signed_in("clerk"), "/cases/sheets", case=cases)
    assert len(pages) == 2 and "打印纸" in pages[0] and "墨盒" in pages[1] and all("1/1" in page for page in pages)


def test_it_is_printed_in_the_readers_language(signed_in: SignedIn, purchases: Purchases) -> None:
    someone = signed_in("clerk")
    someone.client.post("/preferences", data={"language": "en"}, headers={"X-CSRFToken": someone.token()})
    text, _pages = printed(someone, f"/cases/{purchases.start()}/sheet")
    assert "Approvalsheet" in text and "Applicant" in text and "审批单" not in text


def test_only_the_sheet_with_a_sign_that_no_font_has_says_how_it_is_printed(signed_in: SignedIn, purchases: Purchases) -> None:
    cases, someone = [purchases.start(item="打印纸🙂"), purchases.start(item="𠮷墨盒")], signed_in("clerk")
    _text, (first, other) = printed(someone, "/cases/sheets", case=cases)
    assert "打印纸〔U+1F642〕" in first and "字库中没有的字符以〔U+编码〕印出：U+1F642。" in first
    assert "𠮷墨盒" in other and "U+" not in other
    someone.client.post("/preferences", data={"language": "en"}, headers={"X-CSRFToken": someone.token()})
    text, _pages = printed(someone, f"/cases/{cases[0]}/sheet")
    assert "Signsthatnofonthasareprintedas〔U+number〕:U+1F642." in text


def test_what_a_customer_filed_on_the_web_names_him_and_the_way_he_came_by(
    app: flask.Flask, database: databases.Database, signed_in: SignedIn, cast: Cast
) -> None:
    kit.deploy(database, cast.owner, *complaints.resources())
    Customer(app).file()
    (case,) = kit.rows(database, models.ProcessInstance)
    someone = signed_in("manager")
    text, _pages = printed(someone, f"/cases/{case.key}/sheet", history="1")
    assert "申请人王**（客户，网页）" in text
    text, _pages = printed(someone, f"/cases/{case.key}/sheet", full="1")
    assert "申请人王小明（客户，网页）" in text
    someone.client.post("/preferences", data={"language": "en"}, headers={"X-CSRFToken": someone.token()})
    text, _pages = printed(someone, f"/cases/{case.key}/sheet", full="1")
    assert "Applicant王小明(customer,网页)" in text


def test_each_part_of_the_sheet_says_where_it_comes_from(database: databases.Database, signed_in: SignedIn, cast: Cast) -> None:
    """What was asked at the start, what nobody typed, and in a called case what came with it."""
    shown = {"type": "textfield", "key": "sum", "label": "合计", "readonly": True}
    script = '<zeebe:script expression="=&quot;九十九元&quot;" resultVariable="sum"/>'
    look = kit.chain("started", "look", "done")
    called = kit.diagram("called", kit.start(form="asked"), kit.task("look", form="look"), kit.end(), look)
    steps = (kit.node("scriptTask", "add", extension=script), kit.task("look", form="look"), kit.call("call", "called"))
    way = kit.chain("started", "add", "call", "look", "done")
    process = kit.diagram("parts", kit.start(form="asked"), *steps, kit.end(), way)
    kit.deploy(database, cast.owner, kit.form("asked", kit.text_field("item")), kit.form("look", shown), called, process)
    above = kit.begin(database, cast.owner, "parts", {"item": "打印纸"})
    (below,) = kit.rows(database, models.ProcessInstance, parent_key=above)
    text, _pages = printed(signed_in("owner"), f"/cases/{above}/sheet")
    assert text.count("申请内容") == 1 and "自动取得合计九十九元" in text
    text, _pages = printed(signed_in("owner"), f"/cases/{below.key}/sheet")
    assert "申请内容" not in text and "转入时带来的内容" in text


def test_a_deputy_stands_on_paper_with_whom_he_acted_for_in_the_readers_language(
    signed_in: SignedIn, purchases: Purchases
) -> None:
    case = purchases.start()
    task = purchases.claim(case, purchases.cast.clerk2)
    away = {"begins_at": "2026-03-02T08:00", "ends_at": "2026-03-09T18:00", "covers_existing": "1"}
    signed_in("clerk2").post("/deputies", deputy="head", **away)
    signed_in("head").post(f"/tasks/{task}/complete", in_stock="0", outcome="submit")
    someone = signed_in("clerk")
    text, _pages = printed(someone, f"/cases/{case}/sheet", history="1")
    assert "何负责代程办事" in text
    someone.client.post("/preferences", data={"language": "en"}, headers={"X-CSRFToken": someone.token()})
    text, _pages = printed(someone, f"/cases/{case}/sheet", history="1")
    assert "何负责for程办事" in text and "代程办事" not in text


@pytest.mark.parametrize(("username", "company"), [("outsider", "acme"), ("stranger", "elsewhere")])
def test_who_may_not_know_of_a_case_prints_none(
    signed_in: SignedIn, purchases: Purchases, cast: Cast, username: str, company: str
) -> None:
    case, mine = purchases.start(), purchases.start()
    someone = signed_in(username, company)
    someone.post(f"/cases/{case}/sheet", status=404)
    someone.post("/cases/sheets", status=404, case=[mine, case])
    signed_in("clerk").post("/cases/sheets", status=422)
