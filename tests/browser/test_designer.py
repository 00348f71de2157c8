"""A process owner draws, is told what is wrong, mends it, publishes; a colleague's save is not overwritten."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import diagrams_of_all_kinds as kinds
from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.window import Window

pytestmark = pytest.mark.browser
OWNER = ("miniapp", "xiao_ran")


def shape(here: Window, id: str) -> Locator:
    return here.page.locator(f".djs-element[data-element-id={id}] .djs-hit").first


def set_field(here: Window, place: str, value: str) -> None:
    field = here.page.locator(f"[data-panel] [data-place='{place}']")
    if field.evaluate("field => field.tagName") == "SELECT":
        field.select_option(value)
    else:
        field.fill(value)
        field.blur()


def saved(here: Window) -> None:
    """Waits until the draft was sent for the first time since the page was opened."""
    expect(here.page.locator("[data-saved]")).to_have_attribute("data-times", "1")


def begun(people: People, office: Place, id: str) -> Window:
    here = people(office, *OWNER).go("/designer")
    here.page.locator("input[name=template][value=leave]").check()
    here.page.locator("#new-name").fill(f"请假申请 {id}")  # each has a name of its own
    here.page.locator("#new-id").fill(id)
    here.press("开始设计")
    expect(here.page.locator("[data-ready=true]")).to_be_visible()
    return here


def test_an_owner_draws_mends_and_publishes_a_leave_request(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "leave_request")
    shape(here, "record_leave").click()
    set_field(here, "name", "客服备案")
    set_field(here, "zeebe:AssignmentDefinition:candidateGroups", "客服专圆")
    problems = here.page.locator("[data-problem-list]")
    expect(problems).to_contain_text("客服专员")  # the nearest that there is
    set_field(here, "zeebe:AssignmentDefinition:candidateGroups", "客服专员")
    expect(problems).to_contain_text("检查无误")
    here.page.get_by_role("button", name="撤销这一步").click()
    expect(problems).to_contain_text("客服专圆")
    here.page.get_by_role("button", name="重做").click()
    expect(problems).to_contain_text("检查无误")
    shape(here, "approve_by_superior_agreed_yes_label").click()
    expect(here.page.locator("[data-panel] [data-place='condition:outcome']")).to_have_value("approve")
    rows = here.page.locator("[data-panel] [data-row]:not([hidden])")
    expect(rows.locator("input").first).to_have_value("处理结果")
    expect(rows.locator("input").nth(1)).to_have_value("同意")
    here.page.get_by_role("button", name="再加一个条件…").click()
    for place, value in ((0, "days"), (1, "3")):
        rows.nth(1).locator("input").nth(place).fill(value)
    rows.nth(1).locator("select").select_option("<=")
    expect(rows.nth(1).locator("input").first).to_have_value("天数")
    set_field(here, "documentation", "主管同意，且不超过三天")
    expect(here.page.locator("[data-panel] [data-place='condition']")).to_have_value('=outcome = "approve" and days <= 3')
    shape(here, "approve_by_superior").click()
    buttons = here.page.locator("[data-panel] [data-parts=buttons]")
    buttons.get_by_role("button", name="添加一个按钮").click()
    buttons.get_by_label("按钮文字").nth(2).fill("补材料")
    buttons.get_by_label("按钮文字").nth(2).blur()
    steps = here.page.locator("[data-panel] [data-parts=steps]")
    steps.get_by_label("客服备案").check()
    shape(here, "approve_by_superior_agreed_yes_label").click()
    expect(here.page.locator("[data-panel] [data-place='condition:outcome']")).to_contain_text("补材料")
    shape(here, "approve_by_superior").click()
    expect(steps.get_by_label("客服备案")).to_be_checked()
    buttons.get_by_role("button", name="去掉这一行").nth(2).click()
    expect(buttons.locator("[data-part]:not([hidden])")).to_have_count(2)
    steps.get_by_label("客服备案").uncheck()
    assert here.page.evaluate("[...window.untranslated]") == []
    here.press("发布…")
    here.press("发布")
    expect(here.page).to_have_url(re.compile("/processes/leave_request$"))
    expect(here.page.locator("body")).to_contain_text("第 1 版")
    here.go("/start")
    expect(here.page.locator("body")).to_contain_text("请假申请")


def test_what_was_drawn_meanwhile_in_another_window_is_not_overwritten(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "shared_draft")
    other = here.context.new_page()
    other.goto(here.page.url)
    expect(other.locator("[data-ready=true]")).to_be_visible()
    shape(here, "record_leave").click()
    set_field(here, "name", "先存的")
    saved(here)
    other.locator(".djs-element[data-element-id=record_leave] .djs-hit").first.click()
    field = other.locator("[data-panel] [data-place=name]")
    field.fill("后存的")
    field.blur()
    expect(other.locator("[data-saved]")).to_contain_text("肖然 已先保存")
    expect(other.locator("#stale")).to_contain_text("先存的")
    expect(other.locator("#stale")).to_contain_text("后存的")
    other.close()
    here.page.reload()
    expect(here.page.locator("[data-canvas]")).to_contain_text("先存的")


def test_undo_goes_on_through_the_saves_after_the_page_is_opened_again(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "undone_draft")
    for name in ("先画的", "后画的"):
        shape(here, "record_leave").click()
        set_field(here, "name", name)
        saved(here)
        here.page.reload()
        expect(here.page.locator("[data-ready=true]")).to_be_visible()
    canvas = here.page.locator("[data-canvas]")
    here.page.locator("[data-undo]").click()
    expect(canvas).to_contain_text("先画的")
    here.page.locator("[data-undo]").click()
    expect(canvas).not_to_contain_text("先画的")
    expect(here.page.locator("[data-undo]")).to_be_disabled()
    here.page.locator("[data-redo]").click()
    expect(canvas).to_contain_text("先画的")


def unsound(id: str) -> str:
    """Two branches that meet in a task without a join."""
    nodes = {
        "begin": ("startEvent", 100, 182, 36),
        "fork": ("parallelGateway", 200, 175, 50),
        "one": ("manualTask", 320, 60, 100),
        "two": ("manualTask", 320, 240, 100),
        "both": ("manualTask", 500, 160, 100),
        "done": ("endEvent", 680, 182, 36),
    }
    flows = [("begin", "fork"), ("fork", "one"), ("fork", "two"), ("one", "both"), ("two", "both"), ("both", "done")]
    drawn = "".join(f'<bpmn:{kind} id="{key}" name="{key}"/>' for key, (kind, *_place) in nodes.items())
    drawn += "".join(f'<bpmn:sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in flows)
    places = "".join(
        f'<di:BPMNShape id="{key}_di" bpmnElement="{key}"><dc:Bounds x="{x}" y="{y}" width="{wide}" height="{min(wide, 80)}"/></di:BPMNShape>'
        for key, (_kind, x, y, wide) in nodes.items()
    )
    for a, b in flows:
        (_a, ax, ay, aw), (_b, bx, by, bw) = nodes[a], nodes[b]
        points = ((ax + aw, ay + min(aw, 80) // 2), (bx, by + min(bw, 80) // 2))
        ends = "".join(f'<wp:waypoint x="{x}" y="{y}"/>' for x, y in points)
        places += f'<di:BPMNEdge id="{a}_{b}_di" bpmnElement="{a}_{b}">{ends}</di:BPMNEdge>'
    return (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"'
        ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:wp="http://www.omg.org/spec/DD/20100524/DI" id="d" targetNamespace="t">'
        f'<bpmn:process id="{id}" name="会签" isExecutable="true">{drawn}</bpmn:process>'
        f'<di:BPMNDiagram id="dia"><di:BPMNPlane id="pl" bpmnElement="{id}">{places}</di:BPMNPlane></di:BPMNDiagram></bpmn:definitions>'
    )


def test_how_a_fault_comes_about_is_played_and_its_cure_is_one_click(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "meeting_branches")
    assert here.page.evaluate(kinds.PUT, unsound("meeting_branches")) == 200
    here.page.reload()
    problems = here.page.locator("[data-problem-list]")
    expect(problems).to_contain_text("这里可能重复执行")
    expect(problems).to_contain_text("建议：在“both”之前用并行网关汇聚各分支。")
    problems.get_by_role("button", name="演示问题如何发生").click()
    lit = here.page.locator(".djs-element.is-played")
    expect(lit.and_(here.page.locator("[data-element-id=two_both]"))).to_have_count(1)
    problems.get_by_role("button", name="照此修改").click()
    expect(lit).to_have_count(0)
    expect(problems).not_to_contain_text("这里可能重复执行")
    here.page.get_by_role("button", name="撤销这一步").click()
    expect(problems).to_contain_text("这里可能重复执行")
    other = unsound("meeting_branches").replace('parallelGateway id="fork"', 'exclusiveGateway id="fork"')
    other = other.replace('manualTask id="both"', 'parallelGateway id="both"').replace('"true"', '"false"')
    here.page.reload()
    assert here.page.evaluate(kinds.PUT, other) == 200
    here.page.reload()
    mends = problems.get_by_role("button", name="照此修改")
    expect(mends).to_have_count(2)
    for left in (1, 0):  # to run at all, and a gateway of the other kind
        mends.first.click()
        expect(mends).to_have_count(left)
    assert here.page.evaluate("[...window.untranslated]") == []


def test_an_expression_completes_names_by_keyboard_and_tells_its_faults(sqlite_office: Place, people: People) -> None:
    here = begun(people, sqlite_office, "leave_expressions")
    shape(here, "record_leave").click()
    field = here.page.locator("[data-panel] [data-place='zeebe:AssignmentDefinition:candidateUsers']")
    names = here.page.get_by_role("listbox", name="可以写的内容")
    field.press_sequentially("=mem")
    expect(names.get_by_role("option", name="members of(group)")).to_contain_text("组或部门的人员")
    field.press("ArrowDown")
    expect(names.locator("[aria-selected=true]")).to_have_count(1)
    field.press("Enter")
    expect(field).to_have_value("=members of()")
    field.press_sequentially('"客服专员"')  # between the brackets
    expect(field).to_have_value('=members of("客服专员")')
    field.press("End")
    field.press_sequentially(" +")
    expect(here.page.locator("[data-panel] .field-error")).to_be_visible()
    field.press("Backspace")
    field.press("Backspace")
    expect(here.page.locator("[data-panel] .field-error")).to_have_count(0)
    field.press("Control+Space")
    expect(names).to_be_visible()
    here.look()
    field.press("Escape")
    expect(names).to_have_count(0)
    saved(here)
