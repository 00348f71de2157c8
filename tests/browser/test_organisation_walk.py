"""An ordinary month of a company, by pages alone: thirty people come, one forgets the password, one moves, a group is renamed, one leaves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser import looks, window
from tests.browser.conftest import moved_in_on_postgres, opened
from tests.browser.office import Office, Place
from tests.browser.people import People
from tests.browser.story import Story
from tests.browser.window import Window

pytestmark = pytest.mark.browser
PASSWORD = "korrekt pferd batterie"
ADMINISTRATOR = ("miniapp", "xiao_ran")
FAMILY, GIVEN = "许韩唐冯董袁", ("静", "娜", "伟强", "芳", "敏")
HEAD = "工号,姓名,部门,岗位,直属上级,手机,候选组"


@pytest.fixture
def office(browser: Browser, furnished_on_postgres: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An office of its own: who leaves here is missed elsewhere."""
    yield from opened(moved_in_on_postgres("organisation", furnished_on_postgres, tmp_path_factory))


def thirty(path: Path, *, superior: str = "zhao_min") -> Path:
    names = [family + given for family in FAMILY for given in GIVEN]
    lines = [f"{2001 + at},{name},客户服务部,热线专员,{superior},1390000{at:04d},客服专员" for at, name in enumerate(names)]
    path.write_text("\n".join([HEAD, *lines]), encoding="utf-8-sig")
    return path


def test_people_come_move_and_leave_by_pages_alone(
    office: Office, browser: Browser, album: looks.Album, people: People, tmp_path: Path
) -> None:
    here = people(office, *ADMINISTRATOR)
    story = Story(office, people, "miniapp", "complaint_handling", "substantiated_complaint_is_remedied")
    take_in(here, tmp_path)
    story.start()
    joiner = let_in(here, Window(window.context_of(browser), office, album), "袁娜", "yuan_na")
    task = joiner.page.locator("[data-row]").filter(has_text=story.names["investigate"]).first
    joiner.follow(task.locator("a").first)
    rename(here, story)
    set_a_value(here)
    joiner.page.reload()
    joiner.follow(joiner.page.get_by_role("button", name="认领", exact=True).first)
    move(here)
    lend(here)
    leave(here, story)
    drag(here)
    joiner.page.goto(f"{office.address}/inbox")
    expect(joiner.page).to_have_url(re.compile("/sign-in"))
    successor = people(office, "miniapp", "liu_yang").go("/inbox")
    expect(successor.page.locator("[data-row]").filter(has_text=story.names["investigate"])).to_have_count(2)
    joiner.close()


def take_in(here: Window, tmp_path: Path) -> None:
    """A file with a slip is told by line; the right one is taken in."""
    here.go("/organisation").follow(here.page.get_by_role("link", name="导入与导出"))
    here.page.locator("input[type=file]").set_input_files(thirty(tmp_path / "花名册.csv", superior="不存在"))
    here.press("预览")
    expect(here.page.locator(".problems")).to_contain_text("有 30 行不正确")
    here.follow(here.page.get_by_role("link", name="换一个文件"))
    here.page.locator("input[type=file]").set_input_files(thirty(tmp_path / "花名册.csv"))
    here.press("预览")
    expect(here.page.locator(".tabs")).to_contain_text("新增30")
    here.press("全部导入")
    expect(here.page.locator(".flash")).to_contain_text("新增 30 人")
    here.go("/password/codes").press("打印领取条")
    expect(here.page.locator(".slip").filter(has_text="袁娜")).to_have_count(1)
    here.go("/organisation").page.locator("input[type=search]").fill("yn")
    here.press("搜索")
    expect(here.page.locator(".people-list")).to_contain_text("袁娜")
    here.follow(here.page.get_by_role("link", name="袁娜"))
    expect(here.page.locator("main")).to_contain_text("赵敏")


def let_in(here: Window, theirs: Window, name: str, username: str) -> Window:
    """Who has no password, or forgot it, sets one with a code that is handed out on paper."""
    here.follow(here.page.get_by_role("link", name="密码验证码"))
    here.follow(here.page.locator(f"button[name=username][value={username}]"))
    code = here.page.locator(".handed-out code").inner_text()
    theirs.go("/password/code")
    theirs.page.locator("[name=code]").fill(code)
    for field in ("new", "repeated"):
        theirs.page.locator(f"[name={field}]").fill(PASSWORD)
    theirs.follow(theirs.page.locator("main button[type=submit]").first)
    expect(theirs.page).to_have_url(re.compile("/inbox"))
    return theirs


def set_a_value(here: Window) -> None:
    """A value of the company's own: found by typing, a group offered by its initials, saved, and told in the log."""
    here.go("/organisation/values").page.get_by_role("searchbox").fill("通报")
    here.follow(here.page.get_by_role("button", name="搜索"))
    field = here.page.get_by_placeholder("添加组或人员…")
    field.fill("zgld")
    expect(here.page.locator("datalist option[value='主管领导']")).to_have_count(1)
    field.fill("主管领导")
    here.follow(here.page.get_by_role("button", name="保存"))
    expect(here.page.get_by_role("checkbox", name="主管领导")).to_be_checked()
    expect(here.page.locator("main")).to_contain_text("各部门负责人 → 各部门负责人、主管领导")


def rename(here: Window, story: Story) -> None:
    """The group has another name; its lane and settings are found, and a new case comes to its members."""
    here.go("/organisation/groups").follow(here.page.get_by_role("link", name="客服专员"))
    expect(here.page.locator("main")).to_contain_text("34 名成员")
    here.page.get_by_label("新名称").fill("客户关怀专员")
    here.press("改名")
    expect(here.page.locator("h1")).to_have_text("客户关怀专员")
    expect(here.page.locator("main")).to_contain_text("写作“客服专员”")
    story.start()
    there = story.window("liu_yang").go("/inbox")
    expect(there.page.locator("[data-row]").filter(has_text=story.names["investigate"])).to_have_count(2)


def move(here: Window) -> None:
    """Another department: the group of its people by rule has him at once."""
    here.go("/organisation/groups")
    here.page.locator("#f-name").fill("运管部全体")
    here.press("添加")
    rule = here.page.locator("select[name=rule] option", has_text="运管部及下级全体").first.get_attribute("value")
    here.page.get_by_label("新规则").select_option(str(rule))
    here.follow(here.page.locator("form[action$='/rules'] button"))
    here.go("/organisation/people/xu_na").follow(here.page.get_by_role("link", name="编辑"))
    unit = here.page.locator("select[name=department] option", has_text="一大队").first.get_attribute("value")
    here.page.get_by_label("部门", exact=True).select_option(str(unit))
    here.press("保存")
    expect(here.page.locator("main")).to_contain_text("运管部全体")
    expect(here.page.locator("main")).to_contain_text("部门：客户服务部 → 一大队")


def lend(here: Window) -> None:
    """A program of the company gets an account, calls the API with the secret that is shown once, and loses it again."""
    here.go("/organisation/machines").follow(here.page.get_by_role("link", name="新建对接账号"))
    here.page.get_by_label("名称").fill("ERP")
    here.page.get_by_label("查看流程定义和流程图").check()
    here.page.get_by_label("全部，含今后新增的流程").check()
    here.press("创建并显示密钥")
    headers = {"Authorization": f"Bearer {here.page.locator('.handed-out code').first.inner_text()}"}
    asked = f"{here.office.address}/v2/process-definitions/search"
    call = here.page.context.request
    assert call.post(asked, data={}, headers=headers).json()["page"]["totalItems"] > 3
    here.page.get_by_label("修改“ERP”").click()
    here.press("停用")
    expect(here.page.locator(".machines")).to_contain_text("停用")
    assert call.post(asked, data={}, headers=headers).status == 401


def leave(here: Window, story: Story) -> None:
    """Her place in the group and what she claimed go to a colleague; the last administrator stays."""
    here.go("/organisation/people/yuan_na").follow(here.page.get_by_role("link", name="离职…"))
    expect(here.page.locator("main")).to_contain_text(story.names["investigate"])
    field = here.page.get_by_label("全部移交给")
    field.fill("")
    field.press_sequentially("ly")
    expect(here.page.locator("datalist option").first).to_be_attached()
    field.fill("刘洋 (liu_yang)")
    here.press("立即停用并移交")
    expect(here.page.locator(".page-head")).to_contain_text("已离职")
    here.go("/organisation/people/xiao_ran/leaving")
    with here.expecting(422):
        here.press("立即停用并移交")
    expect(here.page.locator(".problems")).to_contain_text("没有系统管理员")
    here.go("/organisation/log")
    expect(here.page.locator(".timeline")).to_contain_text("停用并移交了 袁娜")


def drag(here: Window) -> None:
    """A department is dragged onto another and back; onto one that stands below it, it is refused and stays."""
    here.go("/organisation")
    for target, way in (("brigade_1", "运管部 / 一大队 / 二大队"), ("operations", "运管部 / 二大队")):
        unit(here, "brigade_2").drag_to(unit(here, target))
        expect(here.page.locator(".unit-head")).to_contain_text(way)
    with here.expecting(422):
        unit(here, "operations").drag_to(unit(here, "brigade_1"))
        expect(here.page.locator("main")).to_contain_text("部门不能置于自身或其下级之下")
    here.go("/organisation/log")
    expect(here.page.locator(".timeline")).to_contain_text("二大队")


def unit(here: Window, id: str) -> Locator:
    """A department in the tree."""
    return here.page.locator(f".tree [data-unit={id}]")
