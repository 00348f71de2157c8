"""What stands first on a page: who sent a copy, until when a task is to be done, whom a form may not name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import flask

from engine.storage import database as databases
from engine.storage import models
from engine.verbs.approvals import deputies
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web import complaints
from tests.web.cases import Purchases
from tests.web.complaints import Customer
from tests.web.pages import Browser, Page

SignedIn = Callable[..., Browser]


def test_a_copy_says_who_sent_it_in_which_words_and_that_nothing_is_asked(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    signed_in("clerk").post(f"/cases/{case}/copy_to", people="outsider", text="请知悉")
    page = signed_in("outsider").get("/inbox/copies")
    assert page.words(".from") == "陈办事抄送给您：“请知悉”" and page.words(".reason") == "只需知悉，不用办理。"
    page = signed_in("outsider").get(f"/cases/{case}")
    assert "陈办事抄送给您：“请知悉”" in page.words(".strip") and "目前没有要您办的" in page.words(".reason")


def test_a_copy_that_the_process_sends_says_so_and_by_which_step(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    done = kit.node(
        "endEvent", "done", extension='<zeebe:properties><zeebe:property name="cc" value="head"/></zeebe:properties>'
    )
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), done, kit.chain("started", "done"), may_start=["*"]))
    case = kit.begin(database, cast.clerk, "p")
    page = signed_in("head").get("/inbox/copies")
    assert page.words(".from") == "流程自动抄送：流程规定办到“done”时抄送给您"
    assert "没有附言" not in page.text and "“done”" not in page.words(".two")
    page = signed_in("head").get(f"/cases/{case}")
    assert page.words(".strip").startswith("流程自动抄送：流程规定办到“done”时抄送给您")
    assert "只需知悉，不用办理。" in page.words(".strip")


def test_what_the_customer_was_promised_stands_quietly_below_the_limit_of_whoever_works_on_it(
    app: flask.Flask, database: databases.Database, cast: Cast, signed_in: SignedIn
) -> None:
    kit.deploy(database, cast.owner, *complaints.resources())
    Customer(app).file()
    [case] = kit.rows(database, models.ProcessInstance)
    key = kit.open_task(database, case.key, "investigate")
    for address in (f"/tasks/{key}", f"/tasks/{key}/preview"):
        page = signed_in("clerk").get(address)
        assert page.words(".also") == "答应客户的日期：2026年3月9日" and page.words(".until") == "不限时", address
        assert "答应客户的日期" not in page.words(".facts"), address
    with database.transaction() as session:
        session.get_one(models.UserTask, key).due_at = kit.NOW
    for address in (f"/tasks/{key}", f"/tasks/{key}/preview"):  # another date beside the limit would be taken for it
        page = signed_in("clerk").get(address)
        assert page.words(".also") == "" and "答应客户的日期2026年3月9日" in page.words(".facts"), address


def test_whom_the_case_keeps_away_is_marked_and_not_to_be_chosen_for_a_step(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    chosen = {"type": "select", "key": "investigator", "label": "调查人"}
    everybody = {"valuesExpression": '=person options(members of("客服专员"))'}
    naming = kit.form("naming", chosen | everybody, {"type": "select", "key": "witness", "label": "证人"} | everybody)
    steps = kit.task("name", users="head", form="naming"), kit.task("find", users="=investigator", recused="=accused")
    drawn = kit.start(form="about"), *steps, kit.end(), kit.chain("started", "name", "find", "done")
    kit.deploy(database, cast.owner, kit.form("about", kit.text_field("accused")), naming, kit.diagram("p", *drawn))
    task = kit.open_task(database, kit.begin(database, cast.owner, "p", {"accused": "clerk"}), "name")
    head = signed_in("head")

    def offered(page: Page, name: str) -> dict[str, tuple[str, bool]]:
        options = page.tree.xpath(f"//select[@name='{name}']/option[@value != '']")
        return {
            each.get("value"): (" ".join(each.text_content().split()), each.get("disabled") is not None) for each in options
        }

    for page in (head.get(f"/tasks/{task}"), head.post(f"/tasks/{task}/live", investigator="clerk2")):
        assert offered(page, "investigator")["clerk"] == ("陈办事（须回避，不能办理）", True)
        assert offered(page, "investigator")["clerk2"] == ("程办事", False)
        assert offered(page, "witness")["clerk"] == ("陈办事", False), "that field finds nobody for a step"


def test_who_is_away_is_marked_where_he_is_to_act_and_not_where_he_is_only_named(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    everybody = {"valuesExpression": '=person options(members of("客服专员"))'}
    fields = [{"type": "select", "key": key, "label": key} | everybody for key in ("investigator", "about")]
    steps = kit.task("name", users="head", form="naming"), kit.task("find", users="=investigator", form="shown")
    shown = [each | {"readonly": True} for each in fields]
    drawn = kit.start(), *steps, kit.end(), kit.chain("started", "name", "find", "done")
    forms = kit.form("naming", *fields), kit.form("shown", *shown)
    kit.deploy(database, cast.owner, *forms, kit.diagram("p", *drawn))
    with database.transaction(COMPANY) as session:
        end = kit.NOW + timedelta(days=7)
        deputies.set_up(session, cast.clerk, "clerk2", begins_at=kit.NOW, ends_at=end, now=kit.NOW)
    key = kit.begin(database, cast.owner, "p")
    page = signed_in("head").get(f"/tasks/{kit.open_task(database, key, 'name')}")
    options = {name: " ".join(page.tree.xpath(f"//select[@name='{name}']//text()")) for name in ("investigator", "about")}
    assert "陈办事（外出，程办事代理）" in options["investigator"]
    assert "陈办事" in options["about"] and "外出" not in options["about"]
    kit.complete(database, cast.head, key, "name", {"investigator": "clerk", "about": "clerk"})
    page = signed_in("clerk").get(f"/tasks/{kit.open_task(database, key, 'find')}")
    assert "陈办事" in page.words(".sheet-form") and "外出" not in page.words(".sheet-form")


def test_beside_the_limit_of_a_step_that_of_the_case_stands_by_itself_with_its_name_first(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    step = kit.task("check", users="clerk", due="1d")
    drawn = kit.diagram("p", kit.start(), step, kit.end(), kit.chain("started", "check", "done"), due="30d")
    kit.deploy(database, cast.owner, drawn)
    key = kit.begin(database, cast.owner, "p")
    page = signed_in("owner").get(f"/cases/{key}")
    assert page.words(".whole-case") == "整个单据须在 4月1日 09:00 前办结", "no light competes with that of the step"
    assert page.words(".page-head .light") == "" and "剩 1 天" in page.words(".now")
    with database.transaction(COMPANY) as session:
        session.get_one(models.ProcessInstance, key).due_at = kit.NOW - timedelta(hours=3)
    page = signed_in("owner").get(f"/cases/{key}")
    assert "整个单据 超期 3 小时" in page.words(".page-head"), "what is late stands out"


def test_what_comes_on_a_day_that_a_case_waits_for_is_told_with_whom_it_will_lie(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    day = kit.node("intermediateCatchEvent", "day", inner=kit.timer("timeDuration", "P3D"))
    flows = kit.chain("started", "day", "visit", "done")
    kit.deploy(
        database, cast.owner, kit.diagram("p", kit.start(), day, kit.task("visit", groups="部门负责人"), kit.end(), flows)
    )
    now = signed_in("owner").get(f"/cases/{kit.begin(database, cast.owner, 'p')}").words(".now")
    assert "到时自动继续到时 visit（" in now, now


def test_instructions_of_their_own_keep_the_clause_that_the_step_stands_on(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    step = kit.task("look", assignee="clerk", instructions="请先核对清单，再送出。").replace(
        "<bpmn:extensionElements>",
        "<bpmn:documentation>依据：第三条。核对清单。</bpmn:documentation><bpmn:extensionElements>",
        1,
    )
    way = kit.chain("started", "look", "done")
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), step, kit.end(), way, may_start=["*"]))
    case = kit.begin(database, cast.clerk, "p")
    page = signed_in("clerk").get(f"/tasks/{kit.open_task(database, case, 'look')}")
    first, basis = page.tree.xpath("//*[@class='ask']/p")[0], page.tree.xpath("//*[@class='basis']/p")[0]
    assert first.text_content() == "请先核对清单，再送出。" and basis.text_content() == "第三条。核对清单。"
