"""Why one sees a page and what is expected there: one sentence under its title, true for whoever reads it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from engine.storage import database as databases
from engine.storage import models
from engine.verbs.organisation import roles
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.conftest import Clock
from tests.web.pages import Browser, Page

SignedIn = Callable[..., Browser]
# Who: what he was given, as what he is told that he sees managers' pages.
READERS: dict[str, tuple[str, str, str]] = {
    "clerk2": ("", "", ""),
    "head": ("manager", "service", "您主管客服部："),
    "clerk": ("operator", "", "您是运行管理员："),
    "manager": ("process_owner", "purchase", "您管理“采购申请”："),
    "outsider": ("auditor", "", "您是审计员："),
    "owner": ("", "", "您是系统管理员："),
}


@pytest.fixture
def given(database: databases.Database, cast: Cast, purchases: Purchases) -> Purchases:
    """A purchase at its first step; everybody has his role."""
    purchases.start()
    with database.transaction(COMPANY) as session:
        for name, (role, scope, _told) in READERS.items():
            if role:
                roles.grant(session, cast.owner, name, role, scope, now=purchases.now)
    return purchases


def first_task(given: Purchases) -> int:
    [case] = kit.rows(given.database, models.ProcessInstance)
    return given.task(case.key)


def reason(page: Page) -> str:
    return page.words(".reason")


@pytest.mark.parametrize("reader", READERS)
def test_pages_of_managers_say_as_what_one_sees_them_and_what_one_can_do(
    signed_in: SignedIn, given: Purchases, clock: Clock, reader: str
) -> None:
    clock.moment += timedelta(days=3)  # the first step had two
    someone, as_whom = signed_in(reader), READERS[reader][2]
    for address in ("/status/today", "/status/tasks", "/status/cases"):
        page = someone.get(address)
        has_rows = bool(page.tree.xpath("//tr[@data-row]"))
        assert bool(reason(page)) == has_rows, (address, reason(page))
        if address == "/status/today":
            continue  # what is asked comes first there
        assert not has_rows or reason(page).startswith(as_whom or "您"), (address, reason(page))
        if address != "/status/cases":
            assert ("催办" in reason(page)) == ("催办" in page.words(".act")), "it promises what the rows offer"
    if said := reason(someone.get("/status/today")):
        acts = someone.page.words(".act")
        asked = "请先办理“核对库存”" if "去办理" in acts else "请先催办“核对库存”（客服专员）" if "催办" in acts else ""
        assert said.startswith("已超期 1 项") and asked in said and as_whom.removesuffix("：") in said, said


def test_today_says_how_many_of_ones_own_cases_lie_with_others_and_until_when(signed_in: SignedIn, given: Purchases) -> None:
    clerk = signed_in("clerk")
    assert clerk.get("/status/today").words(".own-waiting") == "", "it asks his own group, and so himself"
    [case] = kit.rows(given.database, models.ProcessInstance)
    given.check(case.key)
    assert clerk.get("/status/today").words(".own-waiting").startswith("您发起的 1 张单据在等他人办理")
    assert "/inbox/started?state=active" in clerk.page.links()
    assert signed_in("manager").get("/status/today").words(".own-waiting") == ""


def test_today_says_first_what_stands_still_and_that_nothing_is_asked(signed_in: SignedIn, given: Purchases) -> None:
    assert reason(signed_in("owner").get("/status/today")) == "没有超期和今天到期的，不用处理。 您是系统管理员。"


def test_rights_of_several_kinds_are_told_together(signed_in: SignedIn, given: Purchases, cast: Cast) -> None:
    with given.database.transaction(COMPANY) as session:
        roles.grant(session, cast.owner, "manager", "manager", "service", now=given.now)
    assert reason(signed_in("manager").get("/status/tasks")).startswith("您主管客服部，并管理“采购申请”：")


def test_a_list_says_what_its_rows_are_to_the_reader_and_an_empty_one_has_its_own_words(
    signed_in: SignedIn, given: Purchases
) -> None:
    someone = signed_in("clerk2")
    assert reason(someone.get("/inbox")) == "由您或您所在的组办理；标有组名的，先认领再办。"
    assert reason(someone.get("/inbox?holder=group")) == "您所在的组都可办，谁认领归谁办。"
    for empty in ("/inbox/copies", "/inbox/asked", "/inbox/drafts", "/inbox/done", "/notices"):
        assert reason(someone.get(empty)) == "", empty
    assert reason(signed_in("clerk").get("/inbox/started")).startswith("您发起的单据：现在由谁办")
    someone.post(f"/tasks/{first_task(given)}/claim")
    assert reason(someone.get("/inbox")) == "都轮到您办理。"


def test_a_task_says_beside_its_limit_why_it_came_to_whoever_reads(signed_in: SignedIn, given: Purchases) -> None:
    key = first_task(given)
    assert reason(signed_in("clerk2").get(f"/tasks/{key}")) == "为什么是我：归“客服专员”办理，您在其中"
    given.hand_on(key, "head")
    page = signed_in("head").get(f"/tasks/{key}")
    assert reason(page) == "" and "欧流程" in page.words(".strip"), "who gave it to him, and why, stands there already"


def test_every_notice_says_why_its_reader_was_told(signed_in: SignedIn, database: databases.Database, cast: Cast) -> None:
    to = {"tells": "[&quot;客服专员&quot;, &quot;部门负责人&quot;]", "names": "[&quot;head&quot;]"}
    said = '<zeebe:input source="=&quot;请知悉&quot;" target="subject"/>'
    inputs = {id: f'<zeebe:input source="={names}" target="to"/>{said}' for id, names in to.items()}
    steps = [
        kit.service(id, "notices.send", inputs=f"<zeebe:ioMapping>{each}</zeebe:ioMapping>") for id, each in inputs.items()
    ]
    way = kit.chain("started", *to, "work", "done")
    drawn = kit.diagram("news", kit.start(), *steps, kit.task("work", users="clerk2"), kit.end(), way)
    kit.deploy(database, cast.owner, drawn)
    kit.begin(database, cast.clerk, "news")
    kit.notices(database)

    def whys(name: str) -> list[str]:
        page = signed_in(name).get("/notices")
        return [" ".join(each.text_content().split()) for each in page.tree.xpath("//*[contains(@class, 'because')]")]

    assert whys("clerk2") == ["流程规定告知客服专员，您在其中"]
    assert whys("head") == ["流程规定告知您", "流程规定告知部门负责人，您在其中"]
    assert "告知您的情况" in reason(signed_in("head").get("/notices"))


def test_what_stopped_says_whose_it_is_to_mend_and_who_else_was_told(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    ways = (kit.chain("started", "gate"), kit.flow("gate", "work", "=false"), kit.chain("work", "done"))
    steps = (kit.start(), kit.node("exclusiveGateway", "gate"), kit.task("work", groups="主管领导"), kit.end(), *ways)
    kit.deploy(database, cast.owner, kit.diagram("stops", *steps, managers=["主管领导"], visible_to=["部门负责人"]))
    quiet = "您是系统管理员：您能看到的单据都没有停住，无需处理。"
    assert reason(signed_in("owner").get("/status/incidents")) == quiet
    kit.begin(database, cast.clerk, "stops")
    seen = {name: signed_in(name).get("/status/incidents") for name in ("owner", "manager", "head")}
    assert reason(seen["owner"]) == "您是系统管理员：这些单据停在半路，请您立即排除原因，然后重试。"
    assert reason(seen["manager"]) == "您管理“流程 stops”：这些单据停在半路，请您立即排除原因，然后重试。"
    assert reason(seen["head"]) == "您可查看“流程 stops”：这些停在半路，由流程管理人员处理。"
    told = {name: page.words(".title").partition("告知")[2] for name, page in seen.items()}
    assert told["owner"] == told["head"] == "：毛经理" and told["manager"] == ""
    assert reason(signed_in("owner").get("/status/incidents?state=resolved")) == quiet
    assert "停住的单据（1 件）请您立即处理。" in reason(signed_in("manager").get("/status/today"))
    assert "停住的 1 件由流程管理人员处理" in reason(signed_in("head").get("/status/today")), "not: nothing to do"
    kit.notices(database)
    page = signed_in("manager").get("/notices")
    assert "您是流程管理人员" in page.words(".because") and "已停住的，请立即处理。" in reason(page)
    signed_in("manager").post("/notices/read")
    assert "已停住的，请立即处理。" in reason(signed_in("manager").get("/notices")), "read, but not mended"


@pytest.mark.parametrize("reader", [each for each, (role, *_rest) in READERS.items() if role or each == "owner"])
def test_pages_that_are_not_lists_of_work_say_too_as_what_one_sees_them(
    signed_in: SignedIn, given: Purchases, reader: str
) -> None:
    someone, operating = signed_in(reader), reader in ("owner", "clerk", "outsider", "manager")
    pages = ["reports", "incidents"]
    pages += ["operations", "operations/causes", "operations/given-up"] if operating else []
    for address in pages:
        said = reason(someone.get(f"/status/{address}"))
        assert said.startswith(READERS[reader][2]) and said.endswith("。"), (address, said)


def test_who_is_named_by_a_field_reads_which_one_and_not_that_the_process_names_him(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    taking = kit.form(
        "named",
        {"type": "textfield", "key": "owner", "label": "责任人"},
        {"type": "taglist", "key": "units", "label": "参与调查的部门", "values": [{"label": "客服部", "value": "客服部"}]},
    )
    heads = '<zeebe:ioMapping><zeebe:input source="=[{person: head of(units[1])}]" target="asked"/></zeebe:ioMapping>'
    steps = kit.task("chosen", assignee="=owner"), kit.task("headed", users="=asked.person", inputs=heads)
    path = kit.chain("started", "chosen", "headed", "done")
    kit.deploy(database, cast.owner, taking, kit.diagram("named", kit.start(form="named"), *steps, kit.end(), path))
    case = kit.begin(database, cast.clerk, "named", {"owner": "clerk2", "units": ["客服部"]})
    page = signed_in("clerk2").get(f"/tasks/{kit.open_task(database, case, 'chosen')}")
    assert reason(page) == "为什么是我：“责任人”一栏选的是您"
    kit.complete(database, cast.clerk2, case, "chosen", {}, now=kit.NOW)
    page = signed_in("head").get(f"/tasks/{kit.open_task(database, case, 'headed')}")
    assert reason(page) == "为什么是我：您是客服部负责人，该部门在“参与调查的部门”之列"


def test_who_started_what_was_refused_reads_that_nothing_is_left_to_do_there(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    purchases.check(case)
    purchases.approve(case, "reject", "预算不足")
    told = "本单已结束，不用再办；仍需办理的，请另行发起。"
    assert told in signed_in("clerk").get(f"/cases/{case}").words(".now")
    assert told not in signed_in("manager").get(f"/cases/{case}").words(".now")
