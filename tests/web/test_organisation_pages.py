"""Pages of the organisation: what an administrator does there is what holds afterwards; slips are told at their field."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime

import flask
import pytest
from sqlalchemy import select

from engine.people import organisation
from engine.people import posts as posts_of_people
from engine.people.organisation import Organisation
from engine.storage import database as databases
from engine.storage import keys, models
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    """One is enough: the verbs behind these pages are tested on both."""
    return sqlite_database


@pytest.fixture
def owner(signed_in: SignedIn) -> Browser:
    return signed_in("owner")


def company(database: databases.Database) -> Organisation:
    with database.reading(COMPANY) as session:
        return organisation.current(session, COMPANY)


def test_a_department_is_opened_moved_and_closed(owner: Browser, database: databases.Database) -> None:
    page = owner.post("/organisation/departments", name="法务部", parent="office", head="毛经理 (manager)")
    assert "法务部" in page.words(".tree") and company(database).head_of("fwb") == "manager"
    page = owner.post("/organisation/departments/office", 422, name="总经办", parent="fwb", head="")
    assert "不能置于自身" in page.words("form")
    owner.post("/organisation/departments/fwb", name="法务合规部", parent="", head="")
    assert company(database).departments["fwb"].parent is None
    owner.post("/organisation/departments/fwb/move", parent="works")
    assert company(database).departments["fwb"].parent == "works" and company(database).head_of("fwb") is None
    assert "不能置于自身" in owner.post("/organisation/departments/works/move", 422, parent="fwb").words("main")
    owner.post("/organisation/departments/fwb/move", parent="")
    page = owner.post("/organisation/departments/service/close", 409)
    assert "还有 3 人" in page.words(".problems")
    owner.post("/organisation/departments/fwb/close")
    assert "法务合规部" in owner.get("/organisation").words(".closed")
    owner.post("/organisation/departments/fwb/reopen")
    assert not company(database).departments["fwb"].is_closed


def test_people_are_found_by_name_initials_and_number(owner: Browser, database: databases.Database) -> None:
    owner.post("/organisation/people/clerk", name="陈办事", department="service", employee_number="10086", clearance="内部")
    for text in ("陈办", "cbs", "10086", "clerk"):
        assert "陈办事" in owner.get(f"/organisation?q={text}").words(".people-list"), text
    assert "没有与“zz”匹配" in owner.get("/organisation?q=zz").words(".empty")
    assert "陈办事 (clerk)" in owner.client.get("/organisation/find?superior=cbs").text
    page = owner.get("/organisation?department=service")
    assert page.words("tbody").count("办事") == 2 and "毛经理" not in page.words("tbody")


def test_somebody_is_entered_and_changed(owner: Browser, database: databases.Database) -> None:
    owner.post("/organisation/posts", name="质检员")
    (post,) = company(database).posts
    fields = {"name": "周建国", "department": "works", "superior": "何负责", "post": post, "mobile": "138 0000 0001"}
    page = owner.post("/organisation/people", 422, username="周建国", email="x", clearance="内部", **fields)
    assert "用户名只能使用" in page.words("form")
    page = owner.post("/organisation/people", 422, username="zhou", email="x", clearance="内部", **fields)
    assert "邮箱格式" in page.words("form") and page.form("/organisation/people")["name"] == "周建国"
    owner.post("/organisation/people", username="zhou", clearance="内部", joins="2026-04-01", **fields)
    shown = owner.get("/organisation/people/zhou")
    assert "待入职" in shown.words(".page-head") and "2026年4月1日入职" in shown.words(".places")
    owner.post("/organisation/people/zhou/back")
    assert company(database).manager_of("zhou") == "head"
    owner.post("/organisation/people/zhou/move", day="2026-05-01", department="service", post="", superior="")
    shown = owner.get("/organisation/people/zhou")
    assert "调岗 → 客服部" in shown.words(".places")
    (change,) = [row.key for row in kit.rows(database, models.PlannedChange) if row.kind == "move"]
    owner.post(f"/organisation/people/changes/{change}/drop")
    owner.post("/organisation/people/zhou/move", 422, day="2020-05-01", department="service", post="", superior="")


def test_who_moves_away_from_a_department_that_he_heads_is_told_of(owner: Browser) -> None:
    fields = {"name": "何负责", "clearance": "内部"}
    moved = owner.post("/organisation/people/head", department="works", **fields)
    assert "何负责 的信息已修改，仍是客服部的负责人" in moved.words(".flash")
    again = owner.post("/organisation/people/head", department="works", mobile="13800000001", **fields)
    assert "负责人" not in again.words(".flash")


def test_somebody_leaves_and_is_handed_over_by_page(
    owner: Browser, signed_in: SignedIn, purchases: Purchases, database: databases.Database
) -> None:
    claimed = [purchases.start(), purchases.start()]
    clerk = signed_in("clerk")
    for case in claimed:
        clerk.post(f"/tasks/{purchases.task(case)}/claim")
    page = owner.get("/organisation/people/clerk/leaving")
    assert (
        page.words("tbody").count("退回办理组") == 2
        and page.form("/organisation/people/clerk/leaving")["successor"] == "何负责 (head)"
    )
    assert "打印纸" not in page.words("main"), "who administers people need not know what cases are about"
    first, second = (purchases.task(case) for case in claimed)
    page = owner.send("/organisation/people/clerk/leaving", {"successor": "没有的人", "when": "now"}, 422)
    assert "没有可以办理的人员" in page.words(".problems") and not company(database).people["clerk"].is_disabled
    given = {"successor": "程办事 (clerk2)", f"task-{first}": "毛经理", f"none-task-{second}": "1", "none-group-客服专员": "1"}
    owner.send("/organisation/people/clerk/leaving", {**given, "when": "now"})
    assert [purchases.row(task).assignee for task in (first, second)] == ["manager", None]
    assert company(database).members_of("客服专员") == ("clerk2",)
    log = owner.get("/organisation/log").words("main")
    assert "移交待办 2 项" in log and "办理组：客服专员 → 无" in log and "移交人 陈办事" in log
    assert clerk.client.get("/inbox").status_code == 302
    assert "陈办事" in signed_in("manager").get(f"/cases/{claimed[0]}").words("main"), "history keeps the name"
    assert "已离职" in owner.get("/organisation/people/clerk").words(".page-head")
    owner.get("/organisation/people/clerk/leaving", 409)
    page = owner.send("/organisation/people/owner/leaving", {"successor": "manager", "when": "now"}, 422)
    assert "没有系统管理员" in page.words(".problems")


def test_a_group_is_filled_by_name_and_rule_and_renamed(
    owner: Browser, purchases: Purchases, database: databases.Database
) -> None:
    owner.post("/organisation/groups", name="采购组", note="采购")
    owner.post("/organisation/groups/采购组/members", person="魏旁人")
    owner.post("/organisation/groups/采购组/rules", rule="department:service")
    page = owner.get("/organisation/groups/采购组")
    assert "4 名成员" in page.words(".page-head") and "客服部全体" in page.words("tbody")
    owner.post("/organisation/groups/采购组/rules/strike", rule="department:service")
    log = owner.get("/organisation/log").words("main")
    assert "+ 客服部全体" in log and "− 客服部全体" in log
    owner.post("/organisation/groups/采购组/members/strike", username="outsider")
    assert company(database).members_of("采购组") == ()
    owner.post("/organisation/groups/采购组/rules", 422, rule="department:nowhere")
    owner.post("/organisation/groups/客服专员/remove", 409)
    owner.post("/organisation/groups/客服专员/rename", 422, to="采购组")
    page = owner.post("/organisation/groups/客服专员/rename", to="客户专员")
    assert "曾用名 客服专员" in page.words(".page-head") and "写作“客服专员”" in page.words("tbody")
    assert purchases.start()


def test_several_people_are_put_in_a_group_at_once_or_nobody(owner: Browser, database: databases.Database) -> None:
    page = owner.post("/organisation/groups/客服专员/members", 422, person="魏旁人、没有的人")
    assert "没有可以办理的人员“没有的人”" in page.words("form") and "outsider" not in company(database).members_of("客服专员")
    owner.post("/organisation/groups/客服专员/members", person="魏旁人 (outsider)、何负责，manager")
    assert set(company(database).members_of("客服专员")) == {"clerk", "clerk2", "outsider", "head", "manager"}


def test_the_company_gets_another_name_from_an_administrator_alone(
    owner: Browser, signed_in: SignedIn, database: databases.Database
) -> None:
    assert "样例公司" in owner.get("/organisation").words(".page-head")
    for wrong, told in (("别家公司", "已有单位使用此名称"), ("  ", "请填写名称")):
        assert told in owner.post("/organisation/company", 422, name=wrong).words("form")
    signed_in("clerk").post("/organisation/company", 403, name="我的公司")
    with database.transaction(COMPANY) as session:
        given = {"role": "organisation", "scope": "", "granted_by": "owner", "granted_at": kit.NOW}
        session.add(models.RoleGrant(company_id=COMPANY, username="clerk", **given))
    signed_in("clerk").post("/organisation/company", 403, name="我的公司")
    owner.post("/organisation/company", name="样例集团")
    assert company(database).name == "样例集团"
    assert "名称：样例公司 → 样例集团" in owner.get("/organisation/company").words("aside")


def test_a_group_of_before_is_shown_by_its_present_name_in_the_inbox(
    owner: Browser, signed_in: SignedIn, purchases: Purchases
) -> None:
    case = purchases.start()
    owner.post("/organisation/groups/客服专员/rename", to="客户专员")
    clerk = signed_in("clerk")
    for page in ("/inbox", f"/tasks/{purchases.task(case)}", f"/cases/{case}"):
        words = clerk.get(page).words("main")
        assert "客户专员" in words and "客服专员" not in words, page


def test_a_file_is_looked_at_and_taken_in(owner: Browser, app: flask.Flask, database: databases.Database, cast: Cast) -> None:
    def hand_in(text: str) -> str:
        data = {"csrf_token": owner.token(), "file": (io.BytesIO(text.encode()), "名单.csv")}
        return str(owner.client.post("/organisation/files", data=data).location)

    bad = owner.get(hand_in("姓名,用户名,直属上级\n陈静,cj,不存在\n李娜,cj,"))
    assert "有 2 行不正确" in bad.words(".problems") and "与第 2 行重复" in bad.words("tbody")
    assert "全部导入" not in bad.words("main")
    owner.post(bad.address, 422)
    place = hand_in("姓名,用户名,部门,籍贯\n陈静,cj,总经办/法务部,江城\n魏旁人,outsider,客服部,")
    look = owner.get(place)
    assert "法务部" in look.words(".facts") and "籍贯" in look.words(".facts")
    assert "工程部 → 客服部" in owner.get(f"{place}?show=changed").words("tbody")
    assert "陈办事" in owner.get(f"{place}?show=missing").words("tbody")
    assert "cj" not in company(database).people
    done = owner.post(place)
    assert "名单.csv" in done.words(".views") and "陈静" in done.words(".timeline"), "what it did is told line by line"
    assert "欧流程" in owner.get(place, 404).words("main"), "who took it in"
    fresh = owner.get(hand_in("姓名,用户名,部门,负责人,候选组\n李娜,li_na,客服部,是,客服专员")).words("tbody")
    assert "办理组：+客服专员" in fresh and "负责人：客服部 何负责 → 李娜" in fresh, fresh
    assert company(database).people["cj"].name == "陈静"
    assert "1 新增" in owner.get("/organisation/log").words(".timeline") or "名单.csv" in owner.get("/organisation/log").words(
        ".timeline"
    )
    look = owner.get(hand_in("姓名,用户名,部门,负责人,候选组\n程办事,clerk2,客服部,是,\n魏旁人,outsider,客服部,否,客服专员"))
    words = look.words("tbody")
    assert "负责人：客服部 何负责 → 程办事" in words and "办理组：+客服专员" in words, words
    owner.post("/organisation/groups", name="检修组")
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "fix",
            kit.start() + kit.task("检修", groups="检修组") + kit.end(),
            kit.chain("started", "检修", "done"),
            title="检修单",
            managers=["检修组"],
        ),
    )
    owner.post(hand_in("姓名,用户名,候选组\n魏旁人,outsider,检修组、客服专员"))
    warned = owner.get(hand_in("姓名,用户名,候选组\n魏旁人,outsider,客服专员")).words(".problems")
    assert "检修组 — 检修单 (谁来管理、环节“检修”)" in warned, warned
    many = owner.get(hand_in("姓名,部门\n" + "\n".join(f"人员{n},分部{n}" for n in range(120))))
    assert "新增120" in many.words(".tabs") and "分部19 等，共 120 个" in many.words(".facts")
    for kind in ("csv", "xlsx"):
        exported = owner.client.get(f"/organisation/files/export?as={kind}")
        data = {"csrf_token": owner.token(), "file": (io.BytesIO(exported.data), f"again.{kind}")}
        again = owner.get(str(owner.client.post("/organisation/files", data=data).location))
        assert "完全一致" in again.words("main"), again.words("main")


def test_the_log_tells_who_changed_what(owner: Browser, database: databases.Database) -> None:
    owner.post("/organisation/people/clerk", name="陈办事", department="works", clearance="内部")
    owner.post("/organisation/roles/operator", person="陈办事")
    words = owner.get("/organisation/log").words(".timeline")
    assert "欧流程 变更了 陈办事" in words and "部门：客服部 → 工程部" in words and "运行管理员" in words
    assert "已停用" not in owner.get("/organisation/log?q=陈办事").words("main")
    assert "处理异常" in owner.get("/organisation/people/clerk").words(".rights")


def test_a_line_on_somebody_s_own_page_is_a_whole_sentence(owner: Browser) -> None:
    owner.post("/organisation/roles/operator", person="outsider")
    owner.post("/password/codes", username="outsider")
    told = owner.get("/organisation/people/outsider").words(".timeline")
    assert "授予角色给 魏旁人" in told and told.count("魏旁人") == 2


def test_posts_of_old_lines_of_the_log_are_told_by_name(
    signed_in: Callable[..., Browser], database: databases.Database, cast: Cast, now: datetime
) -> None:
    with database.transaction("acme") as session:
        key = posts_of_people.by_name(session, "acme", ["质检员"])["质检员"]
        changed = {"posts": [[], [key, "252456062395875328"]], "mobile": [None, "1"]}
        values = {
            "at": now,
            "actor": "owner",
            "kind": "person_changed",
            "subject": "person:clerk",
            "data": {"changed": changed},
        }
        session.add(models.OrganisationEvent(key=keys.new(), company_id="acme", **values))
        organisation.changed(session, "acme")
    for address in ("/organisation/log", "/organisation/people/clerk"):
        words = signed_in("owner").get(address).words("main")
        assert "质检员、（已删除的岗位）" in words and key not in words and "252456062395875328" not in words


def test_a_renamed_group_is_shown_by_its_name_of_today_in_drawings_and_the_version_s_file_stays_as_it_was(
    signed_in: SignedIn, purchases: Purchases, database: databases.Database
) -> None:
    owner, case = signed_in("owner"), purchases.start()
    owner.post("/organisation/groups/主管领导/rename", to="总经理办公会")
    (definition,) = kit.rows(database, models.ProcessDefinition)
    for address in (f"/processes/diagrams/{definition.key}", f"/cases/{case}/diagram"):
        drawn = owner.client.get(address).data.decode()
        assert 'name="总经理办公会"' in drawn and 'name="主管领导"' not in drawn
    kept = owner.client.get(f"/processes/diagrams/{definition.key}/file").data
    with database.reading() as session:
        assert kept == session.execute(select(models.ProcessDefinition.xml)).scalar_one()


def test_the_last_of_a_group_that_is_named_goes_only_when_asked_again(owner: Browser, database: databases.Database) -> None:
    owner.post("/organisation/groups", name="法务", note="")
    owner.post("/organisation/groups/法务/members", person="clerk")
    task = kit.task("a", groups="法务")
    sent = kit.diagram("contract", kit.start(), task, kit.end(), kit.chain("started", "a", "done")).content
    owner.send("/designer/packages", {"file": (io.BytesIO(sent), "contract.bpmn")})
    asked = owner.post("/organisation/groups/法务/members/strike", username="clerk", status=409)
    assert "流程 contract" in asked.words("@role='alert'")
    assert company(database).members_of("法务")
    owner.send("/organisation/groups/法务/members/strike", {"username": "clerk", "sure": "yes"})
    assert not company(database).members_of("法务")
