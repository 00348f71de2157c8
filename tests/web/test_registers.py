"""Registers, papers and personal data: who sees which lines, what is masked, and what leaves a trace."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import flask
import pypdf
import pytest
from sqlalchemy import event, select

from engine.cases import history
from engine.cases.lines import cells
from engine.definitions.settings import Column
from engine.files import documents
from engine.intake import answers
from engine.people.actors import SYSTEM
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import messages
from tests.cast import Cast
from tests.engine import kit
from tests.web import complaints
from tests.web.pages import Browser

SignIn = Callable[..., Browser]


@pytest.fixture
def complaint(database: databases.Database, cast: Cast) -> Callable[..., int]:
    """Files a complaint by message; its key."""
    kit.deploy(database, cast.owner, *complaints.resources())
    count = iter(range(1000))

    def file(**values: object) -> int:
        number = next(count)
        with database.transaction("acme") as session:
            now = kit.NOW + timedelta(days=number)
            given = {**complaints.FILED, **values}
            return messages.correlate(session, SYSTEM("acme"), "complaint_filed", "", given, now=now)

    return file


def test_the_register_shows_running_and_finished_cases_with_masked_persons_and_totals(
    complaint: Callable[..., int], database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    first, _second = complaint(), complaint(complainant="欧阳小红", contact="021-66668888")
    kit.complete(database, cast.clerk, first, "investigate", {"solution": "加派夜班", "loss": 120})
    kit.complete(database, cast.clerk, first, "ask_customer")
    page = signed_in("manager").get("/registers/complaint")
    shown = page.words("tbody")
    assert "王**" in shown and "138****1234" in shown and "夜间无人值守" in shown
    assert "王小明" not in page.text and "13812341234" not in page.text and "欧阳小红" not in page.text
    assert "120" in page.words("tfoot")
    assert "2026年3月2日 09:00" in shown and "2026-03-0" not in shown


@pytest.mark.both_databases
def test_filters_by_state_period_and_text(complaint: Callable[..., int], signed_in: SignIn) -> None:
    for name in ("甲", "乙", "丙"):
        complaint(content=f"{name}的事", complainant=name)
    manager = signed_in("manager")
    assert len(manager.get("/registers/complaint?since=2026-03-03&until=2026-03-03").tree.xpath("//tbody/tr")) == 1
    assert not manager.get("/registers/complaint?state=completed").tree.xpath("//tbody/tr")
    assert len(manager.get("/registers/complaint?q=TS-20260304").tree.xpath("//tbody/tr")) == 1
    manager.get("/registers/complaint?since=yesterday", 422)


def test_a_long_register_is_paged_both_ways(complaint: Callable[..., int], signed_in: SignIn) -> None:
    for number in range(53):
        complaint(content=f"第{number}件")
    manager = signed_in("manager")
    first = manager.get("/registers/complaint")
    assert len(first.tree.xpath("//tbody/tr")) == 50
    following = next(href for href in first.links() if "after=" in href)
    page = manager.get(following)
    assert len(page.tree.xpath("//tbody/tr")) == 3
    back = next(href for href in page.links() if "before=" in href)
    assert len(manager.get(back).tree.xpath("//tbody/tr")) == 50


def test_the_register_costs_as_many_statements_with_one_line_as_with_fifty(
    complaint: Callable[..., int], database: databases.Database, signed_in: SignIn
) -> None:
    manager, counts = signed_in("manager"), []
    for more in (1, 49):
        for _ in range(more):
            complaint()
        counted: list[str] = []
        event.listen(database.engine, "before_cursor_execute", lambda *given, to=counted: to.append(given[2]))
        manager.get("/registers/complaint")
        counts.append(len([each for each in counted if each.startswith("SELECT")]))
    assert counts[1] <= counts[0]


def column(label: str) -> str:
    """What a column is called in addresses."""
    (found,) = [each for each in complaints.REGISTER if each["label"] == label]
    return cells.column_id(Column(**found))


def test_a_column_filter_is_set_shown_and_removed(complaint: Callable[..., int], signed_in: SignIn) -> None:
    for content in ("噪音", "噪音", "漏水"):
        complaint(content=content)
    manager, noise = signed_in("manager"), column("内容")
    page = manager.get(f"/registers/complaint?pick={noise}")
    assert "噪音 (2)" in page.words("select") and "漏水 (1)" in page.words("select")
    page = manager.get(f"/registers/complaint?is.{noise}=噪音&q=王")
    assert len(page.tree.xpath("//tbody/tr")) == 2 and page.form("/registers/complaint")[f"is.{noise}"] == "噪音"
    assert "内容：噪音" in page.words(".chip") and "“王”" in page.words(".chip")
    (without,) = [each.get("href") for each in page.tree.xpath("//a[@class='chip']") if "内容" in each.text_content()]
    assert len(manager.get(without).tree.xpath("//tbody/tr")) == 3 and "q=" in without


@pytest.mark.both_databases
def test_heads_sort_and_the_export_is_in_the_same_order_and_narrowed_alike(
    complaint: Callable[..., int], database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    for content, loss in (("甲", 5), ("乙", 300), ("丙", 20)):
        kit.complete(database, cast.clerk, complaint(content=content), "investigate", {"solution": "好", "loss": loss})
    manager, loss = signed_in("manager"), column("损失")
    (head,) = [each.get("href") for each in manager.get("/registers/complaint").tree.xpath("//thead//a") if each.text == "损失"]
    page = manager.get(head + f"&from.{loss}=10")
    assert [row.xpath("td[4]")[0].text_content() for row in page.tree.xpath("//tbody/tr")] == ["乙", "丙"]
    assert page.tree.xpath("//th[@aria-sort='descending']") and "320" in page.words("tfoot")
    (export,) = [href for href in page.links() if "/export" in href]
    with zipfile.ZipFile(io.BytesIO(manager.client.get(export).data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.index("<v>300</v>") < sheet.index("<v>20</v>") and "<v>5</v>" not in sheet


@pytest.mark.parametrize(("given", "value"), [("from", "viel"), ("to", "viel"), ("from", "12,5"), ("to", "1.234,56")])
def test_a_bound_that_is_no_number_is_told(given: str, value: str, complaint: Callable[..., int], signed_in: SignIn) -> None:
    complaint()
    page = signed_in("manager").get(f"/registers/complaint?{given}.{column('损失')}={value}", 422)
    assert value in page.text


def test_the_stars_that_the_customer_gives_at_the_end_are_in_the_register(
    app: flask.Flask, complaint: Callable[..., int], database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    customer = complaints.Customer(app)
    customer.follow(*complaints.number_and_secret(customer.file()))
    (case,) = kit.rows(database, models.ProcessInstance)
    kit.complete(database, cast.clerk, case.key, "investigate", {"solution": "加派夜班"})
    kit.complete(database, cast.clerk, case.key, "ask_customer")
    customer.post("/p/acme/follow/rating", stars="4", comment="处理及时")
    manager, stars = signed_in("manager"), column("评分")
    assert len(manager.get(f"/registers/complaint?from.{stars}=4").tree.xpath("//tbody/tr")) == 1
    assert not manager.get(f"/registers/complaint?from.{stars}=5").tree.xpath("//tbody/tr")


def test_the_stars_that_come_with_an_answer_are_in_the_register_at_once(
    complaint: Callable[..., int], database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    key = complaint(customer_question={"text": "满意吗？", "yes": "满意", "no": "不满意", "rating": True})
    kit.complete(database, cast.clerk, key, "investigate", {"solution": "加派夜班"})
    with database.transaction("acme") as session:
        filed = {
            "source": "page",
            "outside_id": "receipt-1",
            "process_id": "complaint",
            "instance_key": key,
            "filed_at": kit.NOW,
        }
        filing = models.Filing(company_id="acme", **filed)
        session.add(filing)
        session.flush()
        case = session.get_one(models.ProcessInstance, key)
        public = answers.opened(session, "acme", filing.key)[2]
        (question,) = answers.questions(session, case, public, now=kit.NOW)
        answers.answer(session, "acme", filing.key, question.key, {"accepted": "yes", "rating": "5"}, now=kit.NOW)
    page = signed_in("manager").get(f"/registers/complaint?from.{column('评分')}=5")
    assert len(page.tree.xpath("//tbody/tr")) == 1 and kit.instance(database, key).state == "completed"


def test_strangers_and_outsiders_see_no_register(complaint: Callable[..., int], signed_in: SignIn) -> None:
    complaint()
    for browser in (signed_in("outsider"), signed_in("stranger", "elsewhere")):
        browser.get("/registers/complaint", 404)
        browser.get("/registers/complaint/export", 404)


def test_the_export_is_a_spreadsheet_without_formulas(complaint: Callable[..., int], signed_in: SignIn) -> None:
    complaint(content='=HYPERLINK("http://evil.example","点我")')
    complaint(content="http://evil.example", complainant="@SUM(1)")
    answer = signed_in("manager").client.get("/registers/complaint/export")
    assert answer.status_code == 200 and "xlsx" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "HYPERLINK" in sheet and "<f>" not in sheet and "<hyperlink" not in sheet
        assert "13812341234" not in sheet and sheet.count("<row") == 3


def test_the_case_page_masks_personal_data_until_somebody_looks_and_notes_it(
    complaint: Callable[..., int], database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    key = complaint()
    kit.complete(database, cast.clerk, key, "investigate", {"solution": "加派夜班"})
    manager = signed_in("manager")
    page = manager.get(f"/cases/{key}")
    assert "王小明" not in page.text and "13812341234" not in page.text
    assert [each.kind for each in kit.rows(database, models.HistoryEvent) if each.kind == "unmasked"] == []
    shown = manager.post(f"/cases/{key}/unmask")
    assert shown.status == 200
    (noted,) = [each for each in kit.rows(database, models.HistoryEvent) if each.kind == "unmasked"]
    assert noted.actor == "manager"
    with database.reading() as session:
        assert not history.verify(session, key)
    signed_in("outsider").post(f"/cases/{key}/unmask", 404)


def test_titles_in_lists_are_masked(complaint: Callable[..., int], database: databases.Database, signed_in: SignIn) -> None:
    key = complaint()
    assert kit.instance(database, key).title == "投诉:王**"
    assert "王小明" not in signed_in("clerk").get("/inbox").text


@pytest.mark.parametrize("template", ["complaint_record", "complaint_acceptance", "large_customer_complaint"])
def test_the_papers_that_the_process_lists_are_printed_masked_and_in_full_only_with_a_note(
    template: str, database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    *forms, diagram = complaints.resources()
    settings = {**(diagram.settings or {}), "paper": [{"template": template, "title": "客户投诉单"}]}
    kit.deploy(database, cast.owner, *forms, kit.Resource(diagram.name, diagram.content, settings))
    with database.transaction("acme") as session:
        key = messages.correlate(session, SYSTEM("acme"), "complaint_filed", "", complaints.FILED, now=kit.NOW)
    manager = signed_in("manager")
    manager.get(f"/cases/{key}")
    answer = manager.client.post(f"/cases/{key}/print/{template}", data={"csrf_token": manager.token()})
    assert answer.status_code == 200 and answer.data.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", answer.data)) in (0, 1)
    masked = pypdf.PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    assert "王小明" not in masked and "13812341234" not in masked and "138****1234" in masked
    assert [each for each in kit.rows(database, models.HistoryEvent) if each.kind == "unmasked"] == []
    sent = {"csrf_token": manager.token(), "full": "1"}
    answer = manager.client.post(f"/cases/{key}/print/{template}", data=sent)
    assert "13812341234" in pypdf.PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    assert [each.actor for each in kit.rows(database, models.HistoryEvent) if each.kind == "unmasked"] == ["manager"]
    manager.post(f"/cases/{key}/print/destruction_certificate", 404)
    signed_in("outsider").post(f"/cases/{key}/print/{template}", 404)


@pytest.mark.both_databases
def test_others_can_write_while_a_paper_is_set(
    database: databases.Database, cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    *forms, diagram = complaints.resources()
    settings = {**(diagram.settings or {}), "paper": [{"template": "complaint_record", "title": "客户投诉单"}]}
    kit.deploy(database, cast.owner, *forms, kit.Resource(diagram.name, diagram.content, settings))
    with database.transaction("acme") as session:
        key = messages.correlate(session, SYSTEM("acme"), "complaint_filed", "", complaints.FILED, now=kit.NOW)

    def set_(template: str, order: bytes) -> bytes:
        mine = select(models.ProcessInstance).where(models.ProcessInstance.key == key).with_for_update(nowait=True)
        with database.transaction("acme") as session:
            session.execute(mine).scalar_one().priority = 60
        return b"%PDF-1.7"

    monkeypatch.setattr(documents, "_set", set_)
    manager = signed_in("manager")
    manager.get(f"/cases/{key}")
    sent = {"csrf_token": manager.token(), "full": "1"}
    assert manager.client.post(f"/cases/{key}/print/complaint_record", data=sent).data == b"%PDF-1.7"
    assert kit.instance(database, key or 0).priority == 60
    assert [each.actor for each in kit.rows(database, models.HistoryEvent) if each.kind == "unmasked"] == ["manager"]


def test_a_register_says_what_its_columns_yield_in_the_readers_language_and_is_filtered_by_what_is_stored(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    column = {"label": "结果", "value": '=if content = "夜间" then "属实" else "不属实"', "type": "textfield"}
    texts = {"结果": "Result", "属实": "Well-founded", "不属实": "Unfounded"}
    given = [
        replace(each, settings={**each.settings, "register": [column], "texts": {"en": texts}}) if each.settings else each
        for each in complaints.resources()
    ]
    kit.deploy(database, cast.owner, *given)
    with database.transaction("acme") as session:
        for content in ("夜间", "白天"):
            sent = {**complaints.FILED, "content": content}
            messages.correlate(session, SYSTEM("acme"), "complaint_filed", "", sent, now=kit.NOW)
    manager = signed_in("manager")
    manager.client.post("/preferences", data={"language": "en"}, headers={"X-CSRFToken": manager.token()})
    name = cells.column_id(Column("", column["value"], "textfield"))
    page = manager.get(f"/registers/complaint?pick={name}&is.{name}=属实")
    assert "Well-founded" in page.words("tbody") and "Unfounded" not in page.words("tbody")
    options = page.tree.xpath(f"//select[@name='is.{name}']/option")
    assert {(each.get("value"), each.text_content()) for each in options[1:]} == {
        ("属实", "Well-founded (1)"),
        ("不属实", "Unfounded (1)"),
    }
    assert "Result: Well-founded" in page.text and "属实 (" not in page.text
