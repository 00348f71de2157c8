"""The auditor reads everything and changes nothing, by whatever route; who administers the organisation sees no case by that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import flask
import lxml.html
import pytest
from sqlalchemy import select

from engine.reporting import question, reports
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.operating import bulk
from engine.verbs.operating.choosing import Chosen
from engine.verbs.organisation import roles
from tests.cast import COMPANY, Cast
from tests.web.cases import Purchases
from tests.web.pages import Browser
from tests.web.test_security import PUBLIC_PREFIX, address, rules

SignedIn = Callable[..., Browser]
# Of his own session; that he looked at a record; that somebody asked for the health of the store.
OWN = {"sign_in", "login_failure", "record_reading", "installation"}
# Posts of pages that change nothing: a form looked at anew, sheets printed, no file, somebody’s own code for a password.
READING = {"/tasks/<int:key>/live", "/cases/<int:key>/sheet", "/cases/sheets", "/attachments", "/password/code"}
OUR_FAULT = "这是系统的问题"
PROGRAMS = ("/v2/", "/oauth/", "/scim/")  # what is malformed is told there first
HIS = ("auth.", "password.", "preferences.", "second_factor.")  # what anybody sets for himself


@pytest.fixture
def give(database: databases.Database, cast: Cast, purchase: None, now: Any) -> Callable[..., None]:
    def giving(username: str, role: str, scope: str = "") -> None:
        with database.transaction(COMPANY) as session:
            roles.grant(session, cast.owner, username, role, scope, now=now)

    return giving


def stored(database: databases.Database) -> dict[str, list[Any]]:
    with database.reading() as session:
        return {
            name: sorted(map(repr, session.execute(select(table)).all()))
            for name, table in models.metadata.tables.items()
            if name not in OWN
        }


def test_the_auditor_changes_nothing_by_any_route(
    app: flask.Flask, signed_in: SignedIn, purchases: Purchases, give: Callable[..., None], database: databases.Database
) -> None:
    case = purchases.start()
    give("outsider", "auditor")
    someone = signed_in("outsider")
    token = someone.token()
    before, answered = stored(database), set[str]()
    fields = {
        "name": "新",
        "person": "clerk",
        "username": "clerk",
        "reason": "x",
        "note": "x",
        "successor": "head",
        "when": "now",
    }
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        for rule in rules(app, method):
            if rule.endpoint.startswith(HIS) or rule.rule.startswith(PUBLIC_PREFIX):
                continue
            where = address(app, rule, purchases, case)
            data = {"json": {}} if rule.rule.startswith("/v2") else {"data": fields if method == "POST" else None}
            answer = someone.client.open(where, method=method, headers={"X-CSRFToken": token}, **data)  # type: ignore[arg-type]
            assert answer.status_code < 500, (method, rule.rule)
            assert OUR_FAULT.encode() not in answer.data, (method, rule.rule)
            if method == "POST" and answer.status_code not in (403, 404):
                answered.add(rule.rule)
    assert {each for each in answered if not each.startswith(PROGRAMS)} == READING
    assert stored(database) == before


def test_no_page_that_an_auditor_reaches_by_address_has_a_control_that_would_be_refused(
    app: flask.Flask,
    signed_in: SignedIn,
    purchases: Purchases,
    give: Callable[..., None],
    database: databases.Database,
    cast: Cast,
) -> None:
    case = purchases.start()
    with database.transaction(COMPANY) as session:
        asked = question.read({"processes": ["purchase"], "period": "all"})
        draft = reports.ReportDraft("采购", asked, reports.Sharing(("outsider",), False))
        report = reports.save(session, cast.owner, draft, now=purchases.now).key
        number = session.get_one(models.ProcessInstance, case).number
        operation = bulk.order(session, cast.owner, "suspend", Chosen(numbers=(number,)), {}, "核对", now=purchases.now).key
    give("outsider", "auditor")
    someone, routes = signed_in("outsider"), app.url_map.bind("localhost")
    pages = {
        address(app, rule, purchases, case)
        for rule in rules(app, "GET")
        if not rule.rule.startswith((*PROGRAMS, *PUBLIC_PREFIX))
    }
    pages |= {f"/status/reports/{report}", f"/status/reports/{report}/edit", f"/status/operations/{operation}"}
    pages |= {"/status/reports/new?asked=1&p=purchase", f"/status/operations/cases/{case}", f"/cases/{case}"}
    refused, led = set(), dict[str, str]()
    for page in sorted(pages):
        answer = someone.client.get(page)
        if answer.status_code != 200 or not answer.mimetype.startswith("text/html") or not answer.data:
            continue
        tree = lxml.html.fromstring(answer.text)
        here = tree.xpath("//main") or [tree]
        for form in here[0].xpath(".//form[translate(@method, 'POST', 'post')='post']"):
            rule, _values = routes.match(urlsplit(form.get("action") or page).path, method="POST", return_rule=True)
            can = form.xpath(".//button[not(@disabled) and not(@type='button')] | .//input[not(@disabled) and @type='submit']")
            if can and rule.rule not in READING and not rule.endpoint.startswith(HIS):
                refused.add((page, rule.rule))
        for link in here[0].xpath(".//a/@href[starts-with(., '/')]"):
            rule, _values = routes.match(urlsplit(link).path, return_rule=True)
            led.setdefault(rule.rule, f"{page} {link}")
    barred = {where for where in led.values() if someone.client.get(where.partition(" ")[2]).status_code == 403}
    assert (refused, barred) == (set(), set())


def test_the_auditor_reads_all_cases_and_the_organisation(
    signed_in: SignedIn, purchases: Purchases, give: Callable[..., None]
) -> None:
    case = purchases.start()
    signed_in("outsider").get(f"/cases/{case}", 404)
    give("outsider", "auditor")
    someone = signed_in("outsider")
    assert "采购" in someone.get(f"/cases/{case}").words("h1")
    assert someone.get("/organisation/people/clerk").words("h1") == "陈办事"
    calendar = someone.get("/calendar")
    assert not calendar.tree.xpath("//main//button[not(@disabled)]") and not calendar.tree.xpath("//main//input[@type='file']")
    for page in ("/inbox", "/inbox/started", "/inbox/drafts"):
        assert not someone.get(page).tree.xpath("//a[@href='/start']")  # nothing is his to start
    assert someone.get("/inbox").tree.xpath("//*[@class='empty']//a/@href") == ["/status/cases"]
    for page in ("/organisation", "/organisation/groups", "/organisation/roles", "/organisation/log", "/status/cases"):
        assert not someone.get(page).tree.xpath("//main//form[@method='post']"), page
    refused = someone.post(f"/tasks/{purchases.task(case)}/claim", 403)
    assert "审计员" in refused.words("main")


def test_an_auditor_is_nobody_s_candidate_and_may_not_become_one_while_busy(
    signed_in: SignedIn, purchases: Purchases, give: Callable[..., None], database: databases.Database
) -> None:
    owner = signed_in("owner")
    page = owner.post("/organisation/roles/auditor", 422, person="clerk")
    assert "移交" in page.words("@role='alert'")
    give("outsider", "auditor")
    page = owner.post("/organisation/groups/客服专员/members", 422, person="outsider")
    assert "没有可以办理的人员“魏旁人”" in page.words("main")
    owner.post("/organisation/roles/operator", 422, person="outsider")
    with database.reading() as session:
        assert session.execute(select(models.RoleGrant.role)).scalars().all() == ["auditor"]


def test_who_administers_the_organisation_sees_no_case_by_that(
    signed_in: SignedIn, purchases: Purchases, give: Callable[..., None]
) -> None:
    case = purchases.start()
    give("outsider", "organisation")
    someone = signed_in("outsider")
    someone.get(f"/cases/{case}", 404)
    someone.get("/records", 403)
    someone.get("/calendar", 403)
    assert "采购" not in someone.get("/status/cases").words("main")
    assert someone.get("/organisation/people/clerk/leaving")
    for role, fields in (("auditor", {"person": "outsider"}), ("administrator", {"person": "clerk"})):
        someone.post(f"/organisation/roles/{role}", 403, **fields)
    someone.post("/organisation/groups/客服专员/members", 403, person="outsider")


def test_other_roles_open_what_they_are_given_of(signed_in: SignedIn, purchases: Purchases, give: Callable[..., None]) -> None:
    case = purchases.start()
    someone = signed_in("outsider")
    for role, scope in (("manager", "works"), ("process_owner", "purchase"), ("manager", "service")):
        someone.get(f"/cases/{case}", 404) if role == "manager" and scope == "works" else None
        give("outsider", role, scope)
        status = 404 if scope == "works" else 200
        someone.get(f"/cases/{case}", status)
        if role != "manager":
            owner = signed_in("owner")
            owner.post(f"/organisation/roles/{role}/take", username="outsider", scope=scope)
            someone.get(f"/cases/{case}", 404)
    assert purchases.row(purchases.task(case)).state == "open"


def test_a_manager_of_departments_has_their_cases_in_the_overview(
    signed_in: SignedIn, purchases: Purchases, give: Callable[..., None], cast: Cast
) -> None:
    purchases.start()
    give("outsider", "manager", "works")
    someone = signed_in("outsider")
    assert "采购" not in someone.get("/status").words("main")
    give("outsider", "manager", "service")
    page = someone.get("/status")
    assert "采购" in page.words("tbody") and "1" in page.words("tbody")
    cases = next(link for link in page.links() if link.startswith("/status/cases?process=purchase"))
    assert "采购" in someone.get(cases).words("tbody")


def test_the_organisation_is_shown_to_nobody_else(signed_in: SignedIn, app: flask.Flask, purchases: Purchases) -> None:
    clerk = signed_in("clerk")
    case = purchases.start()
    assert "组织" not in clerk.get("/inbox").words("nav")
    for method in ("GET", "POST"):
        for rule in rules(app, method):
            if rule.rule.startswith("/organisation"):
                where = address(app, rule, purchases, case)
                answer = clerk.client.open(where, method=method, headers={"X-CSRFToken": clerk.token()})
                assert answer.status_code in (403, 404, 422), (method, rule.rule, answer.status_code)
                assert "毛经理" not in answer.text
