"""A leave request drawn anew by its owner: lanes, form, condition, deadline, tried, mended, published, changed while a case runs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.test_designer import OWNER, set_field, shape
from tests.browser.window import Window

pytestmark = pytest.mark.browser
ID = "leave_drawn_anew"
HEAD = ("miniapp", "zhao_min")


def test_an_owner_draws_tries_mends_publishes_and_changes_a_process_while_a_case_runs(
    sqlite_office: Place, people: People
) -> None:
    here = people(sqlite_office, *OWNER).go("/designer")
    here.page.locator("input[name=template][value=empty]").check()
    here.page.locator("#new-name").fill("新画的请假")
    here.page.locator("#new-id").fill(ID)
    here.press("开始设计")
    _ready(here)
    draft = here.page.url
    draw_lanes(here, "各部门负贵人", "客服专员")
    _approval(here)
    _mend(here)
    _ways(here)
    _form(here, draft)
    _settings(here, draft)
    _try(here)
    here.page.goto(f"{draft}/release")
    expect(here.page.locator("#standing form")).to_have_count(0)  # its scenarios are run
    here.press("发布")
    expect(here.page.locator("body")).to_contain_text("第 1 版")
    number = _start(here)
    case = here.page.url
    _change(here)
    _decide(people(sqlite_office, *HEAD), number)
    here.page.goto(case)
    here.until("h1 + .status", "已办结")
    here.page.goto(f"{case}/story")
    expect(here.page.locator(".page-head .under")).to_contain_text("第 1 版")


def _ready(here: Window) -> None:
    expect(here.page.locator("[data-ready=true]").first).to_be_attached()


def pad(here: Window, action: str) -> Locator:
    return here.page.locator(f".djs-context-pad.open .entry[data-action='{action}']")


def _new(here: Window, before: set[str]) -> str:
    """The id of the node that has come since."""
    (found,) = {id for id in _ids(here) - before if not id.endswith("_label") and not id.startswith("Flow_")}
    return found


def _ids(here: Window) -> set[str]:
    return set(here.page.locator(".djs-element").evaluate_all("all => all.map(each => each.dataset.elementId)"))


def draw_lanes(here: Window, above: str, below: str, at: str = "handle") -> None:
    """A pool around everything, with two lanes that bear the names of groups (empty: none); `at` is where there is room."""
    here.page.locator(".djs-palette .entry[data-action='create.participant-expanded']").click()
    box = shape(here, at).bounding_box()
    assert box is not None
    here.page.mouse.move(box["x"] + 40, box["y"] + 30)
    here.page.mouse.click(box["x"] + 42, box["y"] + 40)
    lanes = here.page.locator(".djs-element[data-element-id^=Lane_]")
    while lanes.count() < 2:  # a click right after placing something counts as its end
        pad(here, "lane-insert-below").click()
    here.page.locator("[data-zoom=fit]").click()  # nothing lies under the tools
    for lane, name in enumerate(filter(None, (above, below))):
        _name_lane(here, lane, name)


def _name_lane(here: Window, lane: int, name: str) -> None:
    found = here.page.locator(".djs-element[data-element-id^=Lane_] .djs-hit-all").nth(lane)
    found.click()
    while here.page.locator("[data-panel] h2").inner_text() != "泳道":
        found.click()
    set_field(here, "name", name)


def _approval(here: Window) -> None:
    shape(here, "concluded").click()
    pad(here, "delete").click()
    shape(here, "handle").click()
    for place, value in (("name", "部门审批"), ("property:kind", "approve")):
        set_field(here, place, value)
    due = _parts(here, "due")
    due.get_by_label("单位").select_option("wd")
    due.locator("input").fill("1")
    due.locator("input").blur()


def _parts(here: Window, setting: str) -> Locator:
    """The fields of a setting that the panel asks for in parts."""
    return here.page.locator(f"[data-panel] [data-of='property:{setting}']")


def _ways(here: Window) -> None:
    """Behind the approval: agreed ends, refused ends so, more than three days are noted in the other lane."""
    shape(here, "handle").click()
    gateway = _append(here, "append.gateway", "同意？")
    _append(here, "append.end-event", "办结")
    shape(here, gateway).click()
    _append(here, "append.end-event", "不同意")
    _parts(here, "outcome").locator("select").select_option("reject")
    shape(here, gateway).click()
    _append(here, "append", "考勤备案", "append-user-task")
    _append(here, "append.end-event", "已备案")
    _condition(here, "办结", '=outcome = "approve" and days <= 3')
    _condition(here, "考勤备案", '=outcome = "approve" and days > 3')
    _condition(here, "不同意", '=outcome = "reject"')
    expect(here.page.locator("[data-problem-list]")).to_contain_text("检查无误")


def _condition(here: Window, target: str, condition: str) -> None:
    """The check leads to the flow that has none yet."""
    here.page.locator("[data-problem-list]").get_by_role("button", name=f"与“{target}”之间").first.click()
    set_field(here, "condition", condition)


def _append(here: Window, action: str, name: str, kind: str = "") -> str:
    """Adds what comes next by the pad beside what is selected, of a kind of the menu; gives its id."""
    before = _ids(here)
    pad(here, action).click()
    if kind:
        here.page.locator(f".djs-popup [data-id={kind}]").click()
    set_field(here, "name", name)
    return _new(here, before)


def _mend(here: Window) -> None:
    """No group is called as the upper lane is: the check names the nearest, and is content with it."""
    problems = here.page.locator("[data-problem-list]")
    expect(problems).to_contain_text("各部门负责人")
    _name_lane(here, 0, "各部门负责人")
    expect(problems).to_contain_text("检查无误")


def _form(here: Window, draft: str) -> None:
    """A number is added to the form of the start."""
    here.page.locator("[data-zoom=fit]").click()  # the list of problems has taken some of the paper
    shape(here, "started").click()
    with here.page.expect_navigation():
        here.page.locator("[data-panel] [data-opens=form]").click()
    _ready(here)
    here.page.locator(".fjs-palette-field[data-field-type=number]").focus()
    here.page.keyboard.press("Enter")
    here.page.locator("[data-canvas] .fjs-form-field-number").click()
    here.page.locator(".bio-properties-panel-group-header", has_text="基本").click()
    for name, value in (("key", "days"), ("label", "天数")):
        field = here.page.locator(f"#bio-properties-panel-{name}")
        field.fill(value)
        field.blur()
    expect(here.page.locator("[data-preview]")).to_contain_text("天数")
    here.page.goto(draft)
    _ready(here)
    expect(here.page.locator("[data-problem-list]")).to_contain_text("检查无误")


def _settings(here: Window, draft: str) -> None:
    here.page.goto(f"{draft}/settings")
    here.page.locator("[name='may_start.by'][value=everybody]").check()
    here.press("存入草稿")


def _filled(here: Window) -> None:
    here.page.locator(".task-form textarea").first.fill("回家探亲")
    here.page.locator(".task-form input[inputmode=decimal]").fill("2")


def _try(here: Window) -> None:
    _ready(here)
    here.follow(here.page.get_by_role("link", name="试运行"))
    _filled(here)
    here.press("提交")
    expect(here.page.locator("#turn option:checked")).to_contain_text("部门审批")
    here.page.locator(".trial-work .task-form .actions button.primary").click()
    expect(here.page.locator("main")).to_contain_text("已办结")


def _start(here: Window) -> str:
    here.go(f"/start/{ID}")
    _filled(here)
    here.press("提交")
    expect(here.page).to_have_url(re.compile(r"/cases/\d+$"))
    return here.page.locator(".page-head .under > span").first.inner_text()


def _change(here: Window) -> None:
    here.go(f"/processes/{ID}")
    here.press("在设计器中修改")
    _ready(here)
    shape(here, "handle").click()
    set_field(here, "name", "部门会签")
    here.press("发布…")
    expect(here.page.locator("#standing form")).to_have_count(0)
    here.press("发布")
    expect(here.page.locator("body")).to_contain_text("第 2 版")


def _decide(here: Window, number: str) -> None:
    """The task of the running case is as it was when the case began."""
    here.go(f"/inbox?q={number}")
    here.follow(here.page.locator("[data-row] a").first)
    expect(here.page.locator("h1")).to_contain_text("部门审批")
    claim = here.page.locator(".outcomes button[formaction$='/claim']")
    if claim.count():
        here.follow(claim)
    here.follow(here.page.locator('button[name="outcome"][value="approve"]'))
