"""Status for managers: numbers by process and step, and the list of cases behind each number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from engine.background import history_use
from engine.queries import paging
from engine.queries.status import board, open_tasks, workload
from engine.storage import database as databases
from engine.storage.models import UserTask, WorkItem
from engine.verbs.approvals import deputies
from engine.verbs.organisation import roles
from tests.benchmarks.company import Statements
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.conftest import Clock
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]


@pytest.mark.both_databases
def test_line_25_the_board_counts_running_overdue_finished_and_cancelled(
    signed_in: SignedIn, purchases: Purchases, clock: Clock
) -> None:
    finished = purchases.start()
    purchases.check(finished)
    purchases.approve(finished)
    for _ in range(3):
        purchases.start()
    cancelled = purchases.start()
    signed_in("clerk").post(f"/cases/{cancelled}/cancel", reason="重复")
    page = signed_in("owner").get("/status")
    figures = [" ".join(cell.text_content().split()) for cell in page.tree.xpath("//tbody/tr[1]/td[@class='figure']")]
    assert figures == ["3", "0", "0", "1", "1"]


def test_a_process_shows_where_its_cases_are_by_step_and_on_the_diagram(
    signed_in: SignedIn, purchases: Purchases, clock: Clock
) -> None:
    purchases.start()
    purchases.check(purchases.start())
    page = signed_in("owner").get("/status/processes/purchase")
    rows = {
        row.xpath("td")[0].text_content().strip(): row.xpath("td")[1].text_content().strip()
        for row in page.tree.xpath("//tbody/tr")
    }
    assert rows["核对库存"] == "1" and rows["审批采购"] == "1"
    browser, links = signed_in("owner"), page.tree.xpath("//main//td/a | //dl//dd/a")
    assert {link.text_content() for link in links} == {"0", "1", "2"}
    for link in links:  # each figure of the page is the length of the list that it opens
        assert len(browser.get(link.get("href")).tree.xpath("//tr[@data-row]")) == int(link.text_content()), link.get("href")
    opened = browser.get(page.tree.xpath("//tbody/tr[1]/td[2]/a/@href")[0])
    assert "待办环节：“核对库存”" in opened.words(".page-head"), "by what a list is narrowed stands above it"
    hidden = {"lies": "rests_at:approve_purchase", "initiator": "clerk", "limit": "late", "since": "2026-03-01", "version": "1"}
    narrowed = browser.get(f"/status/cases?process=purchase&{urlencode(hidden)}").words(".page-head")
    for words in ("停留在“审批采购”", "由陈办事发起", "办结时已超期", "结束于 2026年3月1日", "第 1 版"):
        assert words in narrowed
    for lies in ("called_stopped:purchase:nowhere", "called_case:purchase", "waiting", "stopped_at:check_stock"):
        assert browser.get(f"/status/cases?process=purchase&lies={lies}").words(".page-head").count("显示全部") == 1
    marks = page.tree.xpath("//*[@data-diagram]/@data-marks")[0]
    assert '"check_stock": "1"' in marks and '"approve_purchase": "1"' in marks


def test_a_figure_that_opens_a_list_ends_where_the_list_ends_its_count(
    signed_in: SignedIn, purchases: Purchases, monkeypatch: pytest.MonkeyPatch
) -> None:
    purchases.start()
    purchases.start()
    monkeypatch.setattr(open_tasks, "MOST_COUNTED", 1)
    browser = signed_in("owner")
    for page in ("/status", "/status/today", "/status/processes/purchase", "/status/workload"):
        figures = [each.text_content() for each in browser.get(page).tree.xpath("//main//td/a | //main//dl//dd/a")]
        assert "1+" in figures and "2" not in figures, page


def test_overdue_steps_are_counted_when_their_time_is_up(signed_in: SignedIn, purchases: Purchases, clock: Clock) -> None:
    purchases.start()
    clock.moment += timedelta(days=30)
    page = signed_in("owner").get("/status/processes/purchase")
    assert page.tree.xpath("//tbody/tr[1]/td[3]//*[@class='late']/text()") == ["1"]
    browser = signed_in("owner")
    assert len(browser.get(page.tree.xpath("//tbody/tr[1]/td[3]/a/@href")[0]).tree.xpath("//tr[@data-row]")) == 1


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 2), ("state=active", 2), ("state=completed", 0), ("element=check_stock", 1), ("q=nothing-like-it", 0)],
)
def test_the_list_of_cases_is_narrowed(signed_in: SignedIn, purchases: Purchases, query: str, count: int) -> None:
    purchases.start()
    purchases.check(purchases.start())
    page = signed_in("owner").get(f"/status/cases?{query}")
    assert len(page.tree.xpath("//tbody/tr")) == count


@pytest.mark.both_databases
def test_suspended_cases_are_told_apart_from_those_that_an_incident_stopped(signed_in: SignedIn, purchases: Purchases) -> None:
    held_up, going_on = purchases.start(), purchases.start()
    owner = signed_in("owner")
    owner.post(f"/cases/{held_up}/suspend", reason="等客户资料")
    found = owner.get("/status/cases?state=suspended")
    assert [link.rpartition("/")[2] for link in found.tree.xpath("//tbody//td[@class='title']/a/@href")] == [str(held_up)]
    assert "已挂起" in found.words("tbody")
    assert not owner.get("/status/cases?state=incident").tree.xpath("//tbody/tr")
    assert owner.get("/status/today").tree.xpath("//dl//a[contains(@href, 'state=suspended')]/text()") == ["1"]
    everything = owner.get("/status/cases?state=active")
    assert str(going_on) in everything.text and everything.words("tbody").count("已挂起") == 1


def test_what_is_held_up_is_neither_late_nor_to_be_done_now(
    signed_in: SignedIn, purchases: Purchases, database: databases.Database, clock: Clock
) -> None:
    case = purchases.start()
    clerk, owner = signed_in("clerk2"), signed_in("owner")
    clerk.post(f"/tasks/{purchases.task(case)}/claim")
    with database.transaction() as session:
        session.execute(update(UserTask).values(due_at=clock.moment - timedelta(days=1)))
        session.execute(update(WorkItem).values(sort_due=clock.moment - timedelta(days=1)))
    assert "超期" in clerk.get(f"/cases/{case}").words(".now") and clerk.get(f"/cases/{case}").tree.xpath("//a[.='去办理']")
    owner.post(f"/cases/{case}/suspend", reason="等客户资料")
    for page in (clerk.get(f"/cases/{case}"), clerk.get("/inbox"), owner.get("/status/cases"), owner.get("/status/tasks")):
        assert "时限暂停" in page.words("main") and "超期 1 天" not in page.words("main")
    page = clerk.get(f"/cases/{case}")
    assert (
        page.words("header").count("进行中") == 0
        and "已挂起" in page.words("header")
        and not page.tree.xpath("//a[.='去办理']")
    )
    with database.transaction() as session:
        roles.grant(session, purchases.cast.owner, "clerk2", "process_owner", "purchase", now=clock.moment)
    for address in ("/status/today", "/status/tasks"):
        assert "去办理" not in clerk.get(address).words("tbody"), "nobody does what is held up"


def test_who_manages_nothing_follows_nothing(signed_in: SignedIn, purchases: Purchases) -> None:
    purchases.start()
    outsider = signed_in("outsider")
    assert "/status/today" not in outsider.get("/inbox").links() and "/status/today" in signed_in("owner").get("/inbox").links()
    assert not outsider.get("/status").tree.xpath("//tbody/tr") and not outsider.page.tree.xpath("//nav[@class='tabs']")
    assert not outsider.get("/status/cases").tree.xpath("//tbody/tr")
    outsider.get("/status/processes/purchase", status=404)


def test_who_manages_a_process_from_now_on_is_led_to_its_cases(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    someone = signed_in("clerk2")
    assert "/status/today" not in someone.get("/inbox").links()
    kit.deploy(database, cast.owner, *kit.two_steps("managed", managers=["客服专员"]))
    assert someone.get("/status/today").tree.xpath("//nav[@class='tabs']")
    assert "/status/today" in someone.get("/inbox").links()


def test_another_company_sees_nothing(signed_in: SignedIn, purchases: Purchases) -> None:
    purchases.start()
    stranger = signed_in("stranger", company="elsewhere")
    assert not stranger.get("/status").tree.xpath("//tbody/tr")
    stranger.get("/status/processes/purchase", status=404)


@pytest.mark.both_databases
@pytest.mark.parametrize("count", [1, 50])
def test_the_list_of_cases_takes_as_many_statements_for_fifty_as_for_one(
    purchases: Purchases, database: databases.Database, cast: Cast, count: int
) -> None:
    for _ in range(count):
        purchases.start()
    with database.reading(COMPANY) as session, Statements(database) as counted:
        page = board.cases(session, cast.owner, board.CaseFilters(), paging.WantedPage(), now=purchases.now)
    assert len(page.rows) == count
    assert len(counted.texts) <= 4


def test_today_leads_from_each_figure_to_its_tasks_and_from_each_row_to_what_can_be_done(
    signed_in: SignedIn, purchases: Purchases, clock: Clock
) -> None:
    purchases.start()
    purchases.check(purchases.start())
    clock.moment += timedelta(days=30)
    owner = signed_in("owner")
    page = owner.get("/status/today")
    figures = {each.xpath("dt")[0].text_content(): each.xpath("dd")[0] for each in page.tree.xpath("//dl/div")}
    assert figures["在办任务"].text_content().strip() == "2" and figures["已超期"].text_content().strip() == "1"
    opened = owner.get(figures["已超期"].xpath("a/@href")[0])
    assert len(opened.tree.xpath("//tbody/tr")) == 1
    acts = opened.tree.xpath("//tbody/tr[1]/td[@class='act']//a")
    assert [act.text_content() for act in acts] == ["催办", "变更处理人"]
    for act in acts:
        owner.get(act.get("href"))
    assert "关注" in opened.words("tbody")
    followed = owner.post(opened.tree.xpath("//tbody/tr[1]//form/@action")[0], then="list")
    assert followed.words("h1") == "在办任务" and "取消关注" in followed.words("tbody")
    owner.get("/status/today/figures?seen=other")
    assert owner.client.get("/status/tasks/export").status_code == 200


def test_few_tasks_stand_in_one_list(signed_in: SignedIn, purchases: Purchases) -> None:
    purchases.check(purchases.start())
    purchases.start()
    page = signed_in("owner").get("/status/today")
    assert len(page.tree.xpath("//table")) == 1 and len(page.tree.xpath("//tbody/tr")) == 2


def test_work_in_hand_is_told_where_enough_was_done(signed_in: SignedIn, purchases: Purchases) -> None:
    purchases.claim(purchases.start(), purchases.cast.clerk2)
    for _ in range(4):
        purchases.check(purchases.start())
    assert "尚无足够的历史" in signed_in("owner").get("/status/workload").words("table")
    purchases.check(purchases.start())
    told = signed_in("owner").get("/status/workload").words("table")
    assert "尚无足够的历史" not in told and "0.8 周" in told


def test_workload_tells_who_has_how_much_of_which_what_is_late(signed_in: SignedIn, purchases: Purchases, clock: Clock) -> None:
    purchases.check(purchases.start())
    purchases.start()
    owner = signed_in("owner")
    page = owner.get("/status/workload")
    assert page.tree.xpath("//table")[0].getparent().getparent().get("id") == "unclaimed", (
        "nobody has anything: groups come first"
    )
    people = {row.xpath("td")[0].text_content().split()[0]: row for row in page.tree.xpath("//table/tbody/tr")}
    assert "程办事" in "".join(people) or "陈办事" in "".join(people)
    assert "全部流程" in page.words(".on-paper") and "全部部门" in page.words(".on-paper"), "the sheet says of what it is"
    for address in page.tree.xpath("//td[contains(@class, 'figure')]/a/@href"):
        assert owner.get(address).tree.xpath("//tbody/tr")
    bare = page.tree.xpath("//tbody//td[not(contains(@class, 'title')) and not(@data-label)]")
    assert not bare, "on the phone, where there are no heads, every figure says what it is"


def test_of_much_work_the_past_is_told_a_moment_later_in_the_same_rows(
    signed_in: SignedIn, purchases: Purchases, monkeypatch: pytest.MonkeyPatch
) -> None:
    purchases.check(purchases.start())
    owner = signed_in("owner")
    monkeypatch.setattr(workload, "AT_ONCE", 0)
    page = owner.get("/status/workload")
    [later] = page.tree.xpath("//*[@id='loads']/@hx-get")
    assert "近 4 周每周办结" not in page.words("@id='loads'")
    told = owner.get(later)
    assert "近 4 周每周办结" in told.words() and not told.tree.xpath("//@hx-get")
    assert "各组待认领" in told.words("h2")


def test_who_follows_nothing_finds_nothing_on_managers_pages(signed_in: SignedIn, purchases: Purchases) -> None:
    purchases.start()
    outsider = signed_in("outsider")
    for address in ("/status/today", "/status/tasks", "/status/workload"):
        page = outsider.get(address)
        assert not page.tree.xpath("//tbody/tr")
        assert not {"时限", "运维", "台账"} & set(page.words("nav[@class='tabs']").split()), "nothing ever stands there for him"
    assert {"时限", "运维"} <= set(signed_in("owner").get("/status/today").words("nav[@class='tabs']").split())


NARROWED = (
    *("/status/today", "/status/tasks", "/status/workload", "/status/deadlines", "/status/cases", "/status/incidents"),
    *("/status/operations/causes", "/status/rebalance", "/status/operations/new?operation=retry"),
    *("/status/processes/purchase/heat", "/status/processes/purchase/done"),
)
NAMED = {"process": "gone", "department": "gone", "version": "77"}  # what may have gone since the link was made


def test_a_filter_by_what_is_not_there_says_so_on_every_page_and_an_unknown_word_is_refused(
    signed_in: SignedIn, purchases: Purchases
) -> None:
    """An old link: no filter reads “all” above a list that is empty, nor is left out above one that is whole."""
    purchases.start()
    owner, tried = signed_in("owner"), 0
    for address in NARROWED:
        page = owner.get(address)
        filters = {*page.tree.xpath("//form[contains(@class, 'filters') or @class='operation']//select/@name")}
        sep = "&" if "?" in address else "?"
        filters |= {"version"} if address.endswith(("/heat", "/new?operation=retry")) else set()
        for name in filters - {"operation", "person"}:
            more = "&process=purchase" if name in ("version", "element") and "/new" in address else ""
            asked = f"{address}{sep}{name}={NAMED.get(name, 'gone')}{more}"
            if name in NAMED or "/new" in address:
                said = owner.get(asked).tree.xpath(f"//select[@name='{name}']/option[@selected]/text()")
                assert said == ["不在可选范围内"], asked
            else:
                owner.get(asked, 422)
            tried += 1
    assert tried > 25
    assert "“gone”" in owner.get("/status/tasks?state=gone", 422).words("main")


def test_tasks_are_spread_evenly_and_taken_back(signed_in: SignedIn, purchases: Purchases, clock: Clock) -> None:
    cases = [purchases.start() for _ in range(3)]
    owner = signed_in("owner")
    page = owner.get("/status/rebalance")
    picked = {each.get("name"): each.xpath("option[@selected]/@value") for each in page.tree.xpath("//tbody//select")}
    assert len(picked) == 3 and all(picked.values()), "what nobody has claimed is proposed to those who may do it"
    assert "客服专员 待认领 3 0 -3 0 0" in page.words("table"), (
        "what goes to people goes from their group: nothing gets late by it"
    )
    fields = {name: chosen[0] for name, chosen in picked.items()}
    refused = owner.post("/status/rebalance", 422, **fields)
    assert "请填写理由" in refused.words("main") or "理由" in refused.words("*[@class='field-error']")
    preview = owner.post("/status/rebalance/preview", **fields)
    assert "分派 3 项待办" in preview.words("button")
    assert len(preview.tree.xpath("//table[@id='moves']/tbody/tr")) == 3, "each is told with whom it lies and to whom it goes"
    gone = {**fields, next(iter(fields)): "gone"}  # chosen on a page that is old: he has left, or never was
    for again in (owner.post("/status/rebalance/preview", **gone), owner.post("/status/rebalance", 422, **gone)):
        assert "分派 2 项待办" in again.words("button") and "所选的人已不能办理此环节" in again.words("td")
    done = owner.post("/status/rebalance", reason="忙闲不均", **fields)
    assert "已分派 3 项待办" in done.words("main") and len(done.tree.xpath("//li[@data-row]")) == 3
    assert {purchases.row(purchases.task(case)).assignee for case in cases} <= set(fields.values())
    assert "已转出" in done.words("ul") and done.words("h1") == "已分派 3 件"
    assert done.words("ul").count("从“客服专员”转给") == 3
    signed_in("outsider").get(done.address, 404)
    assert owner.get("/status/rebalance").tree.xpath("//section[@aria-labelledby='spreads']//a/@href") == [done.address]
    undone = owner.post(done.tree.xpath("//form[contains(@action, '/undo')]/@action")[0])
    assert "3 项待办退回原处" in undone.words("main") and "已转出" not in undone.words("main")
    assert {purchases.row(purchases.task(case)).assignee for case in cases} == {None}
    signed_in("outsider").get("/status/rebalance", 403)
    assert "均衡分派" not in signed_in("outsider").get("/status/workload").words("main")


def test_who_gets_most_of_what_is_spread_is_told_why(
    signed_in: SignedIn, purchases: Purchases, database: databases.Database, cast: Cast
) -> None:
    for _ in range(2):
        purchases.start()
    away = {"begins_at": kit.NOW, "ends_at": kit.NOW + timedelta(days=7)}
    with database.transaction(COMPANY) as session:
        deputies.set_up(session, cast.clerk, "clerk2", **away, now=kit.NOW)
    page = signed_in("owner").get("/status/rebalance")
    assert "其中 2 件没有别的在岗人员可办" in page.words("table"), page.words("table")


def test_who_looks_after_the_installation_sees_how_much_history_is_kept(
    signed_in: SignedIn, purchases: Purchases, database: databases.Database, clock: Clock
) -> None:
    purchases.start()
    owner = signed_in("owner")
    assert "尚未统计" in owner.get("/status/history").words("main")
    with database.transaction() as session:
        history_use.measure(session, COMPANY, now=clock.moment)
    page = owner.get("/status/history")
    assert "采购" in page.words("tbody") and "历史占用" in page.words("nav")
    signed_in("clerk").get("/status/history", 403)
    assert "历史占用" not in signed_in("clerk").get("/status/today").words("nav")


def test_what_was_ended_while_held_up_is_over(signed_in: SignedIn, purchases: Purchases) -> None:
    case, owner = purchases.start(), signed_in("owner")
    owner.post(f"/cases/{case}/suspend", reason="等客户资料")
    owner.post(f"/cases/{case}/terminate", reason="不办了")
    for page in (owner.get(f"/cases/{case}"), owner.get(f"/cases/{case}/story"), owner.get("/status/cases")):
        assert "已强制结束" in page.words("main") and "时限暂停" not in page.words("main")
        assert not page.tree.xpath("//main//*[contains(@class, 'status')][contains(., '已挂起')]")


def test_a_link_with_a_filter_that_the_list_does_not_know_says_so(signed_in: SignedIn, purchases: Purchases) -> None:
    purchases.start()
    someone = signed_in("owner")
    assert "“due”不是本列表的筛选条件" in someone.get("/status/cases?due=overdue").words(".page-head")
    assert "筛选条件" not in someone.get("/status/cases?state=active&q=").words(".page-head")
