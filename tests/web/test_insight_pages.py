"""Where it sticks: each figure leads to as many tasks or cases as it says; two spans, versions or departments stand side by side."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from engine.background.insight import summing
from engine.storage import database as databases
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.conftest import Clock
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
HEAT = "/status/processes/purchase/heat"


@pytest.fixture
def past(database: databases.Database, purchases: Purchases, clock: Clock) -> None:
    """One purchase approved, one refused, one waits for its approval and one for its check; a month has gone by."""
    for outcome in ("approve", "reject"):
        case = purchases.start()
        purchases.check(case)
        purchases.approve(case, outcome, "不必")
    purchases.check(purchases.start())
    purchases.start()
    clock.moment += timedelta(days=20)
    with database.transaction() as session:
        summing.catch_up(session, COMPANY, now=clock.moment)


def rows(page: object) -> int:
    return len(page.tree.xpath("//tr[@data-row]"))  # type: ignore[attr-defined]


def test_every_figure_opens_as_many_as_it_says(signed_in: SignedIn, past: None) -> None:
    owner = signed_in("owner")
    page = owner.get(HEAT)
    links = page.tree.xpath("//main//dl//a | //main//table//a")
    assert len(links) >= 11
    for link in links:
        assert rows(owner.get(link.get("href"))) == int(link.text_content()), link.get("href")


def test_limits_of_cases_and_of_steps_are_told_apart(signed_in: SignedIn, past: None) -> None:
    told = signed_in("owner").get(HEAT).words(".tally")
    assert "已办结单据按时率100% 共 2 件有时限 已办环节按时率100% 共 3 件有时限" in told


@pytest.mark.parametrize("measure", ["open", "waiting", "median", "p90", "overdue", "late", "returns"])
def test_the_diagram_is_coloured_by_what_one_chooses(signed_in: SignedIn, past: None, measure: str) -> None:
    page = signed_in("owner").get(f"{HEAT}?measure={measure}")
    marks = page.tree.xpath("//*[@data-diagram]/@data-marks")[0]
    assert ('"heat-5"' in marks) is (measure not in ("returns", "late"))
    assert page.tree.xpath("//nav//a[@aria-current='true']")


@pytest.mark.parametrize("against", ["before", "department:service", "version:1"])
def test_two_stand_side_by_side(signed_in: SignedIn, past: None, against: str) -> None:
    page = signed_in("owner").get(f"{HEAT}?days=28&against={against}")
    assert len(page.tree.xpath("//dl[@class='tally']")) == 3  # what runs now, and the two
    assert page.tree.xpath("//tr[contains(@class, 'beside')]")
    assert "—" not in page.words("main"), "what there is not is said in a word"


@pytest.mark.parametrize("query", ["days=3", "against=nobody", "version=x", "measure=warmth"])
def test_what_cannot_be_chosen_is_refused(signed_in: SignedIn, past: None, query: str) -> None:
    signed_in("owner").get(f"{HEAT}?{query}", status=422)


def test_whole_figures_are_for_who_follows_the_process(signed_in: SignedIn, past: None) -> None:
    for who in ("outsider", "head"):
        signed_in(who).get(HEAT, status=404)
        signed_in(who).get("/status/processes/purchase/done", status=404)
    signed_in("stranger", company="elsewhere").get(HEAT, status=404)


def test_the_tasks_done_are_narrowed_and_exported(signed_in: SignedIn, past: None, clock: Clock) -> None:
    owner = signed_in("owner")
    done = "/status/processes/purchase/done"
    found = {
        query: rows(owner.get(f"{done}?{query}")) for query in ("", "element=check_stock", "kind=again", "department=service")
    }
    assert found == {"": 5, "element=check_stock": 3, "kind=again": 0, "department=service": 3}
    tomorrow = f"{clock.moment + timedelta(days=2):%Y-%m-%d}"
    assert rows(owner.get(f"{done}?since={tomorrow}")) == 0
    assert owner.client.get(f"{done}/export").status_code == 200
    for wrong in ("kind=odd", "since=yesterday", "version=0"):
        owner.get(f"{done}?{wrong}", status=422)
    assert re.search("打印纸|PUR|P-", owner.get(done).tree.text_content())


def test_deadlines_lead_to_the_tasks_behind_them(signed_in: SignedIn, past: None) -> None:
    owner = signed_in("owner")
    page = owner.get("/status/deadlines?process=purchase")
    told = page.words("main")
    assert page.words("h1") == "时限：按时与超期"
    assert "已办任务是否按时 最常超期：" in told or "件任务都按时办完" in told, "what is known leads"
    assert told.index("已办任务是否按时") < told.index("照此下去将会超期的任务：")
    links = [each for each in page.tree.xpath("//main//table//a") if each.text_content().isdigit()]
    assert links
    for link in links:
        assert rows(owner.get(link.get("href"))) == int(link.text_content()), link.get("href")
    assert not signed_in("outsider").get("/status/deadlines").tree.xpath("//table")
    assert not signed_in("outsider").get("/status/deadlines?process=purchase").tree.xpath("//main//table")
    owner.get("/status/deadlines?days=2", status=422)


def test_cases_held_up_without_a_task_are_told_by_step_with_their_lists(
    signed_in: SignedIn, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    inner = kit.diagram(
        "inner", kit.start(), kit.task("look", groups="客服专员"), kit.end(), kit.chain("started", "look", "done")
    )
    steps = kit.call("sub", "inner") + kit.call("fail", "=&quot;missing&quot;")
    flows = kit.chain("started", "sub", "done") + kit.chain("started", "fail", "done")
    kit.deploy(database, cast.owner, inner, kit.diagram("outer", kit.start(), steps, kit.end(), flows))
    kit.begin(database, cast.owner, "outer", now=clock.moment)
    owner = signed_in("owner")
    page = owner.get("/status/processes/outer/heat")
    figures = [each for each in page.tree.xpath("//main//dl//a | //main//table//a") if "lies=" in each.get("href")]
    assert len(figures) == 3 and {each.text_content() for each in figures} == {"1"}
    for link in figures:
        assert rows(owner.get(link.get("href"))) == 1
    marks = page.tree.xpath("//*[@data-diagram]/@data-marks")[0]
    assert '"stopped": ["fail"]' in marks and "异常 1" in marks.encode().decode("unicode_escape")
    look = (kit.task("look", groups="客服专员"), kit.end(), kit.chain("started", "look", "done"))
    kit.deploy(database, cast.owner, kit.diagram("inner", kit.start(), *look, title="到场查看"))
    assert "“到场查看”" in owner.get("/status/processes/outer/heat").words("main"), (
        "as it is called today, and in one's language"
    )


@pytest.mark.parametrize("address", ["/status/today", "/status/deadlines", HEAT])
def test_a_sheet_says_of_what_it_is(signed_in: SignedIn, past: None, address: str) -> None:
    told = signed_in("owner").get(f"{address}?department=service").words(".on-paper")
    assert "截至" in told and "客服部" in told and ("采购" in told if "heat" in address else "全部流程" in told)
    assert not re.search(r"\d{4}-\d\d", told), "days in words"
