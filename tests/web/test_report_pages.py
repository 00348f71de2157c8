"""Reports on pages: built, saved, shared, opened by who may, saved as files, and honest about what is not there any more."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import unquote, urlencode

import pypdf
import pytest

from engine.background.worker import Worker
from engine.files import sheets
from engine.people import organisation, roles
from engine.reporting import answering
from engine.storage import database as databases
from engine.storage import models
from tests.web.cases import Purchases
from tests.web.conftest import Clock
from tests.web.pages import Browser, Page

SignedIn = Callable[..., Browser]
BUILT = {"asked": "1", "p": "purchase", "g0": "department", "m": "count", "show": "bars"}


def built(browser: Browser, **asked: str) -> Page:
    return browser.get(f"/status/reports/new?{urlencode({**BUILT, **asked})}")


def kept(browser: Browser, name: str = "采购月报", *, asked: dict[str, str] | None = None, **sent: str) -> str:
    """Saves what the builder shows; the address of the report."""
    page = built(browser, **(asked or {}))
    question = page.tree.xpath("//input[@name='question']/@value")[0]
    return browser.post("/status/reports", name=name, question=question, **sent).address


def rows(page: Page) -> list[list[str]]:
    return [[" ".join(each.text_content().split()) for each in row] for row in page.tree.xpath("//table/tbody/tr")]


@pytest.fixture
def address(signed_in: SignedIn, purchases: Purchases, clock: Clock) -> str:
    purchases.start()
    purchases.start()
    return kept(signed_in("owner"))


def test_the_builder_offers_fields_and_shows_what_it_would(signed_in: SignedIn, purchases: Purchases, clock: Clock) -> None:
    purchases.start()
    page = built(signed_in("owner"))
    assert "started/month" in page.tree.xpath("//select[@name='g0']/option/@value")
    assert rows(page) == [["客服部", "1"]]


def test_a_saved_report_shows_chart_and_table_and_the_cases_behind(signed_in: SignedIn, address: str) -> None:
    page = signed_in("owner").get(address)
    assert rows(page) == [["客服部", "2"]]
    drawn = json.loads(page.tree.xpath("//@data-chart")[0])
    assert drawn["steps"] == ["客服部"] and drawn["series"][0]["values"] == [2.0]
    behind = signed_in("owner").get(page.tree.xpath("//tbody//td/a/@href")[0])
    assert len(rows(behind)) == 2
    assert "发起部门：客服部" in behind.text


def test_of_what_there_is_nothing_no_column_of_dashes_is_shown(signed_in: SignedIn, address: str, clock: Clock) -> None:
    """Nothing to compare with is told in a sentence; nothing at all needs no table."""
    asked = {"compare": "before", "period": "this_week"}
    page = signed_in("owner").get(f"/status/reports/new?{urlencode(BUILT | asked)}&m=duration.median")
    assert rows(page) == [["客服部", "2"]] and len(page.tree.xpath("//tfoot//td")) == 1
    assert "没有数据、未列出：通常用时（中位数）" in page.text and "没有单据，未列出对比" in page.text
    clock.moment += timedelta(weeks=1)
    page = signed_in("owner").get(f"/status/reports/new?{urlencode(BUILT | asked)}&m=share")
    assert rows(page) == [["客服部", "0", "2", "-100.0%", "无", "100.0%"]]
    clock.moment += timedelta(weeks=1)
    page = signed_in("owner").get(f"/status/reports/new?{urlencode(BUILT | asked)}")
    assert "这一期间没有单据" in page.text and not page.tree.xpath("//table")


def test_another_period_of_the_same_report_is_chosen_on_its_page(signed_in: SignedIn, address: str) -> None:
    page = signed_in("owner").get(f"{address}?period=last_year")
    assert rows(page) == []


def test_it_is_saved_as_a_spreadsheet_and_as_a_paper(signed_in: SignedIn, address: str) -> None:
    file = signed_in("owner").client.get(f"{address}/export")
    assert sheets.read(file.data)[1:] == [["客服部", "2"], ["全部", "2"]]
    paper = pypdf.PdfReader(io.BytesIO(signed_in("owner").client.get(f"{address}/paper").data))
    text = "".join(paper.pages[0].extract_text().split())
    assert "客服部2" in text and "全部2" in text


def test_its_file_has_the_day_of_the_office_and_a_name_that_every_system_takes(
    signed_in: SignedIn, address: str, clock: Clock
) -> None:
    clock.moment = clock.moment.replace(hour=17)  # in the office it is past midnight
    day = clock.moment + timedelta(days=1)
    browser = signed_in("owner")
    named = kept(browser, 'A/B: "<月报>"?')
    said = unquote(browser.client.get(f"{named}/export").headers["Content-Disposition"])
    assert said.endswith(f"A_B_ __月报___-{day:%Y%m%d}.xlsx")
    assert unquote(browser.client.get(f"{named}/paper").headers["Content-Disposition"]).endswith("A_B_ __月报___.pdf")


def test_who_is_not_meant_to_see_it_finds_nothing_until_it_is_shared(
    signed_in: SignedIn, purchases: Purchases, clock: Clock
) -> None:
    mine = kept(signed_in("owner"))
    assert signed_in("manager").get(mine, 404)
    shared = kept(signed_in("owner"), "共享", people="主管领导")
    assert "共享" in signed_in("manager").get("/status/reports").text
    assert signed_in("manager").get(shared)
    assert signed_in("manager").get(f"{shared}/edit", 403)
    assert signed_in("clerk").get(shared, 404)


def test_a_reader_without_rights_over_the_cases_gets_words_and_no_figures(
    signed_in: SignedIn, purchases: Purchases, clock: Clock
) -> None:
    purchases.start()
    shared = kept(signed_in("owner"), people="outsider")
    page = signed_in("outsider").get(shared)
    assert not page.tree.xpath("//table")
    assert "没有您可以查看的单据" in page.text


def test_a_report_is_changed_copied_sent_and_removed(signed_in: SignedIn, address: str) -> None:
    browser = signed_in("owner")
    question = browser.get(f"{address}/edit").tree.xpath("//input[@name='question']/@value")[0]
    browser.post(address, name="采购年报", question=question, revision="1")
    browser.post(address, 409, name="再改", question=question, revision="1")
    again = browser.post(address, name="再改", question=question, revision="1", find="")
    assert again.tree.xpath("//input[@name='revision']/@value") == ["1"], "what somebody else changed is not overwritten unseen"
    browser.post(f"{address}/copy")
    page = browser.get(address)
    assert "没有登记邮箱" in page.text and not page.tree.xpath("//select[@name='every']")
    assert "没有登记邮箱" in browser.post(f"{address}/mail", every="week").words(".flash")
    browser.post(f"{address}/remove")
    browser.get(address, 404)
    assert "采购年报（副本）" in browser.get("/status/reports").text


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"name": ""}, "1 至 60 个字"),
        ({"people": "没有这个组"}, "没有这个组"),
    ],
)
def test_what_cannot_be_kept_is_told(
    signed_in: SignedIn, purchases: Purchases, clock: Clock, sent: dict[str, str], told: str
) -> None:
    browser = signed_in("owner")
    question = built(browser).tree.xpath("//input[@name='question']/@value")[0]
    answer = browser.send("/status/reports", {"name": "月报", "question": question, **sent}, 422)
    assert told in answer.text


def test_a_question_made_up_by_hand_is_refused_with_the_nearest_name(signed_in: SignedIn, purchases: Purchases) -> None:
    asked = json.dumps({"processes": ["purchase"], "grup": []})
    answer = signed_in("owner").post("/status/reports", 422, name="月报", question=asked)
    assert "group?" in answer.text


def test_what_reads_much_is_said_before_and_worked_out_by_the_worker(
    signed_in: SignedIn, address: str, database: databases.Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in("owner")
    monkeypatch.setattr(answering, "AT_ONCE", 1)
    page = browser.get(address)
    assert "约 2 张单据" in page.text and not page.tree.xpath("//table")
    worker = Worker(database, lambda: clock.moment)
    worker.run_once()  # what is done once a day renews the calendar, and with it the organisation
    waiting = browser.post(f"{address}/work")
    assert "正在后台统计" in waiting.text
    worker.run_once()
    assert rows(browser.get(address)) == [["客服部", "2"]]


def test_whose_right_is_asked_case_by_case_waits_no_longer_and_is_told_no_number(
    signed_in: SignedIn, purchases: Purchases, clock: Clock, database: databases.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _each in range(3):
        purchases.start()
    grant = {
        "username": "outsider",
        "role": roles.MANAGER,
        "scope": "service",
        "granted_by": "owner",
        "granted_at": clock.moment,
    }
    monkeypatch.setattr(answering, "AT_ONCE", 4)
    with database.transaction("acme") as session:
        session.add(models.RoleGrant(company_id="acme", **grant))
        organisation.changed(session, "acme")
    assert rows(built(signed_in("owner")))
    page = built(signed_in("outsider"))
    assert "后台" in page.text and not page.tree.xpath("//table")


def test_two_fields_make_a_crossed_table(signed_in: SignedIn, purchases: Purchases, clock: Clock) -> None:
    purchases.start()
    page = built(signed_in("owner"), g1="started/month", show="heat")
    assert rows(page) == [["客服部", "1"]]
    assert page.tree.xpath("//thead//th/text()")[-1] == "2026-03"


@pytest.mark.parametrize("value", ["abc", ""])
def test_a_value_that_does_not_fit_leaves_the_report_as_it_was_typed(signed_in: SignedIn, address: str, value: str) -> None:
    """The builder comes back with all of it and the field marked."""
    page = built(signed_in("owner"), f0="started", c0="from", v0=value, period="this_year", g1="state")
    [marked] = page.tree.xpath("//input[@aria-invalid]")
    assert (marked.get("name"), marked.get("value")) == ("v0", value)
    assert page.tree.xpath(f"//*[@id='{marked.get('aria-describedby')}']")[0].text_content()
    chosen = {
        each: page.tree.xpath(f"//select[@name='{each}']/option[@selected]/@value") for each in ("f0", "c0", "g1", "period")
    }
    assert chosen == {"f0": ["started"], "c0": ["from"], "g1": ["state"], "period": ["this_year"]}
    assert not page.tree.xpath("//input[@name='question']")


def test_figures_of_a_report_that_is_not_saved_lead_to_their_cases(signed_in: SignedIn, address: str) -> None:
    asked = {"g1": "state", "period": "this_year", "f0": "initiator", "c0": "not", "v0": "nobody", "show": "table"}
    owner, known = signed_in("owner"), f"{address}/edit"
    for page in (built(owner, **asked), owner.get(known)):
        links = page.tree.xpath("//table//td/a")
        assert links
        for link in links:
            assert len(rows(owner.get(link.get("href")))) == int(link.text_content()), link.get("href")
    behind = links[0].get("href")
    signed_in("outsider").get(behind, status=404)
    signed_in("stranger", company="elsewhere").get(behind, status=422)
