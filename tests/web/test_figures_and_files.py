"""For each reader: a figure of managers' pages, the list that it opens, and the file of that list hold the same."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy import delete

from engine.people import organisation, roles
from engine.reporting import question, reports
from engine.reporting.reports import ReportDraft
from engine.storage import database as databases
from engine.storage.models import RoleGrant
from engine.verbs.organisation import roles as granting
from tests.cast import COMPANY, Cast
from tests.web.cases import Purchases
from tests.web.conftest import Clock
from tests.web.pages import Browser
from web.frame.files import exports

SignedIn = Callable[..., Browser]
LISTS = "//main//dl//a[@href] | //td[contains(@class, 'figure')]/a[@href]"
ROW = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}row"


@pytest.fixture
def report(database: databases.Database, cast: Cast, purchases: Purchases, clock: Clock, now: datetime) -> int:
    """A month ago purchases of two departments were begun, checked, approved; a shared report over them. Its key."""
    purchases.claim(purchases.start(), cast.clerk2)
    purchases.check(purchases.start())
    case = purchases.start()
    purchases.check(case)
    purchases.approve(case)
    with database.transaction(COMPANY) as session:
        for name, role, scope in (("head", "manager", "service"), ("outsider", "auditor", "")):
            granting.grant(session, cast.owner, name, role, scope, now=now)
        asked = question.read({"processes": ["purchase"], "period": "all", "group": ["state"]})
        key = reports.save(session, cast.owner, ReportDraft("采购", asked, reports.Sharing(("head",), True)), now=now).key
    clock.moment += timedelta(days=5)
    return key


def lines(browser: Browser, address: str) -> list[list[str]]:
    """The lines of the file, its head first, as texts."""
    answer = browser.client.get(address)
    assert answer.status_code == 200, address
    sheet = zipfile.ZipFile(io.BytesIO(answer.data)).read("xl/worksheets/sheet1.xml")
    return [["".join(cell.itertext()) for cell in row] for row in etree.fromstring(sheet).iter(ROW)]


def held(browser: Browser, address: str) -> int:
    """How many lines the file has under its head."""
    return len(lines(browser, address)) - 1


@pytest.mark.parametrize(("reader", "least"), [("owner", 8), ("head", 4), ("outsider", 8), ("clerk2", 0)])
def test_a_figure_its_list_and_its_file_hold_the_same(signed_in: SignedIn, report: int, reader: str, least: int) -> None:
    browser = signed_in(reader)
    figures = 0
    for page in ("/status/today", "/status/workload", "/status"):
        for link in browser.get(page).tree.xpath(LISTS):
            address = urlsplit(link.get("href"))
            if address.path not in ("/status/tasks", "/status/cases"):
                continue
            figures += 1
            count = int(link.text_content())
            assert len(browser.get(link.get("href")).tree.xpath("//tbody/tr[@data-row]")) == count, link.get("href")
            assert held(browser, f"{address.path}/export?{address.query}") == count, link.get("href")
    assert figures >= least and (least or not figures)


GIVEN = [
    (roles.MANAGER, "service"),
    (roles.MANAGER, "office"),
    (roles.OPERATOR, ""),
    (roles.OWNER, "purchase"),
    (roles.AUDITOR, ""),
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8, deadline=None)
@given(
    given=st.frozensets(st.sampled_from(GIVEN), max_size=2),
    narrowed=st.sampled_from(["", "?department=service", "?process=purchase"]),
)
def test_a_file_holds_the_rows_of_its_list_and_no_other_whatever_the_rights(
    database: databases.Database, signed_in: SignedIn, report: int, given: frozenset[tuple[str, str]], narrowed: str
) -> None:
    with database.transaction() as session:
        session.execute(delete(RoleGrant).where(RoleGrant.username == "outsider"))
        for role, scope in given:
            granted = {"granted_by": "owner", "granted_at": datetime(2026, 3, 2, tzinfo=UTC)}
            session.add(RoleGrant(company_id=COMPANY, username="outsider", role=role, scope=scope, **granted))
        organisation.changed(session, COMPANY)
    browser = signed_in("outsider")
    for address in ("/status/tasks", "/status/cases"):
        shown = [row.text_content() for row in browser.get(address + narrowed).tree.xpath("//tbody/tr[@data-row]")]
        head, *file = lines(browser, f"{address}/export{narrowed}")
        numbers = [line[head.index("单号")] for line in file]
        assert len(numbers) == len(shown), (given, address)
        assert all(number in row for number, row in zip(numbers, shown, strict=True)), (given, address)


@pytest.mark.parametrize("reader", ["owner", "head", "outsider"])
def test_the_files_of_workload_and_report_hold_what_their_pages_show(signed_in: SignedIn, report: int, reader: str) -> None:
    browser = signed_in(reader)
    load = browser.get("/status/workload")
    assert held(browser, load.tree.xpath("//a[contains(@class, 'export')]/@href")[0]) == len(load.tree.xpath("//tr[@data-row]"))
    shown = browser.get(f"/status/reports/{report}").tree.xpath("//main//table//tbody/tr")
    assert shown and held(browser, f"/status/reports/{report}/export") >= len(shown)


def test_a_file_that_does_not_hold_all_says_so(signed_in: SignedIn, report: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS", 1)
    data = signed_in("owner").client.get("/status/tasks/export").data
    assert "请缩小筛选范围" in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()
    assert held(signed_in("owner"), "/status/tasks/export") == 2
