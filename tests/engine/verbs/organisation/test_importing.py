"""Files of people: line by line what they would do, then all of it or nothing."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter

from engine import errors
from engine.files import sheets
from engine.people import organisation, posts
from engine.people.organisation import Organisation
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.organisation import groups, roles
from engine.verbs.organisation.people_files import importing, people_table
from engine.verbs.organisation.people_files.people_plan import PeoplePlan
from tests import cast as casting
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.engine.verbs.test_costs import counted

HEAD = "工号,姓名,用户名,部门,岗位,手机,邮箱"


def csv(*lines: str) -> bytes:
    return "\n".join(lines).encode("utf-8-sig")


def book(*rows: list[Any], formula: bool = False) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as workbook:
        sheet = workbook.add_worksheet()
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
        if formula:
            sheet.write_formula(1, 1, '=HYPERLINK("http://x","陈静")', None, "陈静")
    return made.getvalue()


def company(database: databases.Database) -> Organisation:
    with database.reading(COMPANY) as session:
        return organisation.current(session, COMPANY)


def drawn(database: databases.Database, by: Any, content: bytes) -> tuple[int, PeoplePlan]:
    with database.transaction(COMPANY) as session:
        key = importing.hand_in(session, by, "people.csv", content, now=kit.NOW)
        company = organisation.current(session, COMPANY)
        return key, importing.drawn(session, company, importing.file_of(session, by, key).rows, now=kit.NOW)


def taken(database: databases.Database, by: Any, content: bytes) -> PeoplePlan:
    key, _plan = drawn(database, by, content)
    with database.transaction(COMPANY) as session:
        return importing.take(session, by, key, now=kit.NOW)


def faults(plan: PeoplePlan) -> dict[int, list[str]]:
    return {each.line: [str(refusal) for refusal in each.faults] for each in plan.people if each.faults}


def test_an_export_of_the_personnel_office_is_taken_in(database: databases.Database, cast: Cast) -> None:
    content = csv(
        "员工编号,姓名,所属部门,职位,兼岗,直属上级,手机号码,电子邮箱,是否部门负责人,密级,籍贯",
        "1001,陈静,总经办/市场部,销售经理,,毛经理,13800000001,chenjing@example.cn,是,秘密,江城",
        "1002,周建国,总经办/市场部/渠道组,销售员,安全员、内训师,1001,13800000002,,否,,",
        "1003,陈静,工程部,,,,,,,,",
        ",魏旁人,客服部,,,,,,,,",
    )
    _key, plan = drawn(database, cast.owner, content)
    assert faults(plan) == {} and plan.ignored == (("籍贯", ""),)
    assert [(each.username, each.kind) for each in plan.people] == [
        ("chen_jing", "added"),
        ("zhou_jianguo", "added"),
        ("chen_jing2", "added"),
        ("outsider", "changed"),
    ]
    assert plan.people[3].changes == [("department", "工程部", "客服部")]
    assert [unit.name for unit in plan.new_departments] == ["市场部", "渠道组"]
    assert {each.username for each in plan.missing} == {"clerk", "clerk2", "head", "manager", "owner"}
    assert "chen_jing" not in company(database).people
    taken(database, cast.owner, content)
    now = company(database)
    zhou = now.people["zhou_jianguo"]
    assert [unit.name for unit in now.path_of(zhou.department)] == ["总经办", "市场部", "渠道组"]
    assert [now.posts[post] for post in zhou.posts] == ["销售员", "安全员", "内训师"]
    assert now.managers_of("zhou_jianguo")[:2] == ("chen_jing", "manager")
    assert now.head_of("市场部") == "chen_jing" and now.people["chen_jing"].clearance == "秘密"
    assert taken(database, cast.owner, content).of_kind("same") != [] and company(database).people == now.people


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-16-be", "big5"])
def test_a_csv_is_read_in_the_encodings_that_spreadsheet_programs_write(encoding: str) -> None:
    lines = (
        ["工号,姓名,部门", "1,陈静,客服部", "2,李娜,市场部"]
        if encoding != "big5"
        else ["工號,姓名,部門", "1,陳靜,客服部", "2,李娜,市場部"]
    )
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    rows = sheets.read(mark + "\r\n".join(lines).encode(encoding))
    assert rows == [line.split(",") for line in lines]
    assert people_table.read(rows).columns == ("employee_number", "name", "department")


def test_a_file_with_nothing_but_the_names_of_columns_is_refused() -> None:
    with pytest.raises(errors.Invalid, match="names nobody"):
        people_table.read(sheets.read(csv(HEAD)))


def test_the_preview_names_the_groups_in_use_that_would_have_nobody(database: databases.Database, cast: Cast) -> None:
    taken(database, cast.owner, csv("姓名,用户名,岗位", "毛经理,manager,经理"))
    with database.transaction(COMPANY) as session:
        post = posts.by_name(session, COMPANY, ["经理"])["经理"]
        groups.add(session, cast.owner, "主管", now=kit.NOW)
        groups.fill(session, cast.owner, "主管", (), [("post", post)], now=kit.NOW)
        groups.add(session, cast.owner, "没人用的组", now=kit.NOW)
        groups.fill(session, cast.owner, "没人用的组", ["clerk"], (), now=kit.NOW)
    steps = kit.start() + kit.task("核对", groups="客服专员") + kit.end()
    drawing = kit.diagram("p", steps, kit.chain("started", "核对", "done"), managers=["主管"], title="打印纸")
    kit.deploy(database, cast.owner, drawing)
    members = "、".join(sorted(company(database).groups["客服专员"]))
    assert members and company(database).groups["主管"] == ("manager",)
    moved = csv("姓名,用户名,岗位,候选组", *(f"{name},{name},," for name in members.split("、")), "毛经理,manager,,")
    _key, plan = drawn(database, cast.owner, moved)
    with database.reading(COMPANY) as session:
        found = importing.emptied(session, company(database), plan)
    assert {group: [each.process for each in places] for group, places in found.items()} == {
        "客服专员": ["打印纸"],
        "主管": ["打印纸"],
    }
    _key, plan = drawn(database, cast.owner, moved + "\n魏旁人,outsider,经理,客服专员".encode())
    with database.reading(COMPANY) as session:
        assert importing.emptied(session, company(database), plan) == {}, "who comes counts as who goes does"


def test_why_a_file_is_not_there_to_be_looked_at_is_told(sqlite_database: databases.Database) -> None:
    people = casting.assemble(sqlite_database)
    content = csv("姓名,用户名", "陈静,cj")
    keys = [drawn(sqlite_database, people.owner, content)[0] for _ in range(importing.KEPT_FILES + 1)]
    with sqlite_database.transaction(COMPANY) as session:
        importing.take(session, people.owner, keys[-1], now=kit.NOW)
    with sqlite_database.transaction(COMPANY) as session:
        for key, told in ((keys[0], "the newest is “people.csv” of"), (keys[-1], "was taken in by 欧流程 on")):
            with pytest.raises(errors.NotFound) as refused:
                importing.file_of(session, people.owner, key)
            assert told in str(refused.value)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((HEAD, "1,陈静,cj,甲部,,,", "2,李娜,CJ,甲部,,,"), {3: "The username CJ stands in line 2 already."}),
        ((HEAD, "1,陈静,,甲部,,,", "1,李娜,,甲部,,,"), {3: "The employee number 1 stands in line 2 already."}),
        ((HEAD, "1,陈静,陈静,甲部,,,"), {2: "A username holds only plain letters, digits, dots, hyphens, @ and _."}),
        ((HEAD, "1,,cj,甲部,,,"), {2: "There is no name."}),
        ((HEAD, "1,陈静,cj,甲部,,abc,"), {2: "This is not a valid mobile number."}),
        ((HEAD, "1,陈静,cj,甲部,,,a@b"), {2: "This is not a valid e-mail address."}),
        (
            (HEAD, "1,=cmd|' /C calc'!A0,cj,甲部,,,"),
            {2: "The column 姓名 holds a formula; please save the file with its values."},
        ),
        (("姓名,直属上级", "陈静,不存在"), {2: "There is no superior “不存在”."}),
        (("姓名,用户名,直属上级", "陈静,cj,cj"), {2: "Nobody is his own superior."}),
        (
            ("姓名,直属上级", "陈静,a", "李娜,王芳", "王芳,", "王芳,"),
            {2: "There is no superior “a”.", 3: "Several people are called “王芳”: write the username."},
        ),
        (("姓名,部门,部门负责人", "陈静,甲部,是", "李娜,甲部,是"), {3: "The department has a head already, in line 2."}),
        (("姓名,部门,部门负责人", "陈静,甲部,也许"), {2: "Whether somebody is the head is 是 or 否, not “也许”."}),
        (
            ("姓名,部门,上级部门", "陈静,甲部,乙部", "李娜,乙部,丙部", "王芳,丙部,甲部"),
            {
                2: "The department stands above itself: 甲部 → 乙部 → 丙部 → 甲部.",
                3: "The department stands above itself: 乙部 → 丙部 → 甲部 → 乙部.",
                4: "The department stands above itself: 丙部 → 甲部 → 乙部 → 丙部.",
            },
        ),
        (("姓名,部门,上级部门", "陈静,总经办,工程部"), {2: "The department stands above itself: 总经办 → 工程部 → 总经办."}),
        (("姓名,候选组", "陈静,客服专人"), {2: "There is no group “客服专人”. Did you mean “客服专员”?"}),
        (("姓名,入职日期", "陈静,下周一"), {2: "“下周一” is no day; write 2026-07-01."}),
        (("姓名,状态", "陈静,度假"), {2: "“度假” is no state of a person; write 在职 or 离职."}),
        (("姓名,密级", "陈静,最高"), {2: "There is no such level of secrecy."}),
        (("姓名,用户名", "何负责,", "何负责,head"), {3: "This is the same person as in line 2."}),
    ],
)
def test_what_is_wrong_is_told_by_line_and_nothing_is_stored(
    sqlite_database: databases.Database, lines: tuple[str, ...], told: dict[int, str]
) -> None:
    people = casting.assemble(sqlite_database)
    before = company(sqlite_database)
    key, plan = drawn(sqlite_database, people.owner, csv(*lines))
    assert {line: found[0] for line, found in faults(plan).items()} == told
    with pytest.raises(errors.Invalid), sqlite_database.transaction(COMPANY) as session:
        importing.take(session, people.owner, key, now=kit.NOW)
    assert company(sqlite_database) is before


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no column"),
        (csv("工号,手机", "1,2"), "The file has no column 姓名."),
        (csv("姓名,手机,手机号", "陈静,1,2"), "Two columns mean the same: 手机."),
        (csv(",".join(["姓名", *(f"列{n}" for n in range(9_999))]), "陈静"), "more than 100 columns"),
        (book(["姓名", *(f"列{n}" for n in range(9_999))], ["陈静"]), "more than 100 columns"),
        (csv("姓名", *["陈静"] * 20_001), "more than 20000 rows"),
        (b"PK\x03\x04 no book", "neither a CSV nor an XLSX"),
        (b"\x00\x01\x02", "neither a CSV nor an XLSX"),
        (b"%PDF-1.7\n\xff\xff", "neither a CSV nor an XLSX"),
    ],
)
def test_a_file_that_is_no_table_of_people_is_refused(sqlite_database: databases.Database, content: bytes, told: str) -> None:
    people = casting.assemble(sqlite_database)
    with pytest.raises(errors.Invalid, match=told):
        drawn(sqlite_database, people.owner, content)


def test_a_spreadsheet_is_read_as_people_see_it(sqlite_database: databases.Database) -> None:
    people = casting.assemble(sqlite_database)
    content = book(["员工花名册"], [], ["姓名", "工号", "手机", "入职日期"], ["陈静", 1001, 13800000001, "2026/7/1"])
    _key, plan = drawn(sqlite_database, people.owner, content)
    line = plan.people[0]
    assert (line.line, line.values.employee_number, line.values.mobile) == (4, "1001", "13800000001")
    assert str(line.joins) == "2026-07-01"
    _key, plan = drawn(sqlite_database, people.owner, book(["工号", "姓名"], [1, "陈静"], formula=True))
    assert "holds a formula" in faults(plan)[2][0]
    _key, plan = drawn(sqlite_database, people.owner, "姓名;手机\n陈静;13800000001".encode("gb18030"))
    assert plan.people[0].values.mobile == "13800000001"


def test_joining_and_leaving_on_a_day_are_entered_and_who_left_is_out(database: databases.Database, cast: Cast) -> None:
    content = csv(
        "姓名,用户名,入职日期,离职日期,状态",
        "陈静,cj,2026-04-01,,",
        "陈办事,clerk,,2026-05-01,在职",
        "程办事,clerk2,2019-01-01,2026-02-28,离职",
    )
    plan = taken(database, cast.owner, content)
    assert [each.kind for each in plan.people] == ["added", "changed", "changed"]
    now = company(database)
    assert [now.people[name].is_disabled for name in ("cj", "clerk", "clerk2")] == [True, False, True]
    entered = {(row.username, row.kind, str(row.day)) for row in kit.rows(database, models.PlannedChange)}
    assert entered == {("cj", "join", "2026-04-01"), ("clerk", "leave", "2026-05-01")}


def test_a_number_that_lost_its_zeros_in_a_spreadsheet_makes_nobody_a_second_time(
    sqlite_database: databases.Database,
) -> None:
    people = casting.assemble(sqlite_database)
    taken(sqlite_database, people.owner, csv(HEAD, "001002,陈静,,,,13800000001,"))
    key, plan = drawn(sqlite_database, people.owner, csv(HEAD, "1002,陈静,,,,13800000001,", "001003,李娜,,,,,"))
    assert [each.username for each in plan.people] == ["chen_jing", "li_na"]
    [(line, [fault])] = faults(plan).items()
    assert line == 2 and fault.startswith("陈静 has the employee number 001002")
    with pytest.raises(errors.Invalid), sqlite_database.transaction(COMPANY) as session:
        importing.take(session, people.owner, key, now=kit.NOW)
    _key, plan = drawn(sqlite_database, people.owner, csv(HEAD, "1002,陈静,chen_jing_b,,,,"))  # somebody else, said so
    assert (plan.people[0].username, faults(plan)) == ("chen_jing_b", {})


def test_the_last_administrator_is_not_written_out_of_the_company(database: databases.Database, cast: Cast) -> None:
    with pytest.raises(errors.Invalid):
        taken(database, cast.owner, csv("姓名,用户名,状态", "欧流程,owner,离职"))
    assert not company(database).people["owner"].is_disabled


def test_groups_of_a_file_are_those_of_its_people_and_others_stay(database: databases.Database, cast: Cast) -> None:
    taken(database, cast.owner, csv("姓名,用户名,候选组", "魏旁人,outsider,客服专员、部门负责人", "陈办事,clerk,"))
    now = company(database)
    assert set(now.members_of("客服专员")) == {"clerk2", "outsider"}
    assert set(now.members_of("部门负责人")) == {"head", "outsider"}


@pytest.mark.parametrize("column", ["部门负责人", "候选组"])
def test_no_file_gives_an_auditor_a_group_or_a_department(database: databases.Database, cast: Cast, column: str) -> None:
    with database.transaction(COMPANY) as session:
        roles.grant(session, cast.owner, "outsider", "auditor", now=kit.NOW)
    unit = company(database).departments["service"]
    value = "是" if column == "部门负责人" else "客服专员"
    with pytest.raises(errors.Invalid, match="auditor"):
        taken(database, cast.owner, csv(f"姓名,用户名,部门,{column}", f"魏旁人,outsider,{unit.name},{value}"))
    now = company(database)
    assert now.departments["service"] == unit and "outsider" not in now.groups["客服专员"]


def test_the_preview_tells_no_changes_that_are_none_and_that_nobody_would_administer(
    database: databases.Database, cast: Cast
) -> None:
    with database.transaction(COMPANY) as session:
        groups.add(session, cast.owner, "全体客服", now=kit.NOW)
        groups.add_rule(session, cast.owner, "全体客服", ("department", "service"), now=kit.NOW)
    _key, plan = drawn(
        database, cast.owner, csv("姓名,用户名,候选组", "陈办事,clerk,客服专员、全体客服", "何负责,head,部门负责人")
    )
    assert plan.groups == {}
    _key, plan = drawn(database, cast.owner, csv("姓名,用户名,状态", "欧流程,owner,离职"))
    [line] = plan.people
    assert plan.has_faults and "Nobody could administer" in str(line.faults[0])


def test_many_people_are_taken_in_by_as_many_statements_as_few(sqlite_database: databases.Database) -> None:
    people = casting.assemble(sqlite_database)
    counts = []
    for first, many in ((1000, 20), (2000, 400)):
        numbers = range(first, first + many)
        lines = (
            f"{n},人员{n},p{n},总经办/部{n % 30},岗{n % 7},1390000{n},p{n}@acme.example,客服专员,{first}" for n in numbers[1:]
        )
        head = ("工号,姓名,用户名,部门,岗位,手机,邮箱,候选组,直属上级", f"{first},人员{first},,总经办,,,,,")
        content = csv(*head, *lines)
        with counted(sqlite_database) as seen:
            taken(sqlite_database, people.owner, content)
        counts.append(len(seen))
    assert counts[1] <= counts[0] + 2 and counts[1] < 70, "5,000 lines cost a large file, not 5,000 questions"
    assert len(company(sqlite_database).members_of("客服专员")) == 2 + 19 + 399
