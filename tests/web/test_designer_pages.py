"""Pages of the designer: files from outside, release by a second person, retiring, rights of fields, comments."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import flask
import pytest

from engine.definitions import declarations
from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.web.conftest import Clock
from tests.web.pages import Browser
from web.designer.settings import settings_tables
from web.designer.wording import panel

SignedIn = Callable[..., Browser]
STEPS = (kit.start(form="request"), kit.task("a", groups="客服专员", form="look"), kit.end(), kit.chain("started", "a", "done"))
HEADS = ["部门负责人"]


@pytest.fixture
def owned(database: databases.Database, cast: Cast) -> None:
    """A process with two forms that the heads own and two people release."""
    settings = {"owners": HEADS, "managers": ["主管领导"], "may_start": ["*"], "second_release": True}
    forms = (kit.form("request", kit.text_field("why")), kit.form("look", kit.text_field("note")))
    kit.deploy(database, cast.owner, *forms, kit.diagram("leave", *STEPS, **settings))


def draft(browser: Browser) -> str:
    return browser.post("/designer/processes/leave").address


def uploaded(browser: Browser, name: str, content: bytes, status: int = 200) -> str:
    return browser.send("/designer/packages", {"file": (io.BytesIO(content), name)}, status).address


def test_what_is_published_without_a_change_says_that_no_version_was_made(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    kit.deploy(database, cast.owner, kit.diagram("alone", kit.start(), kit.end(), kit.chain("started", "done")))
    owner = signed_in("owner")
    address = owner.post("/designer/processes/alone").address
    assert "没有生成新版本" in owner.post(f"{address}/publish", revision="1").words("body")


def test_a_release_names_the_processes_that_share_what_changes(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    steps = (kit.start(form="request"), kit.task("a", groups="客服专员"), kit.end(), kit.chain("started", "a", "done"))
    proven = kit.diagram("trip", *steps, scenarios="forbid")
    kit.deploy(database, cast.owner, kit.form("request", kit.text_field("why")), kit.diagram("leave", *steps), proven)
    owner = signed_in("owner")
    address = draft(owner)
    owner.send(f"{address}/rights", {"revision": "1", "request.form/why": "required"})
    page = owner.get(f"{address}/release")
    assert "流程 trip" in page.words(".notice")
    told = owner.post(f"{address}/publish", revision="2", status=422).words("@role='alert'")
    assert "“流程 trip”" in told and "%(" not in told
    assert "第 2 版" not in owner.get("/processes/leave").words("main")


def test_a_retired_process_says_so_and_comes_back(signed_in: SignedIn, owned: None) -> None:
    head, clerk = signed_in("head"), signed_in("clerk")
    assert "停用流程" in head.get("/processes/leave").words("main")
    assert "停用流程" not in clerk.get("/processes/leave").words("main")
    clerk.post("/processes/leave/retired", reason="改用新流程", status=404)
    page = head.post("/processes/leave/retired", reason="改用新流程")
    assert "何负责" in page.words("main") and "改用新流程" in page.words("main")
    assert "流程 leave" not in clerk.get("/start").words("main")
    clerk.get("/start/leave", status=409)
    clerk.post("/processes/leave/restored", status=404)
    head.post("/processes/leave/restored")
    assert "流程 leave" in clerk.get("/start").words("main")


def test_any_file_becomes_a_draft_and_says_what_is_wrong_with_it(signed_in: SignedIn, owned: None) -> None:
    owner = signed_in("owner")
    for name, content in (("broken.bpmn", b"<definitions>"), ("other.bpmn", b"no xml at all")):
        address = uploaded(owner, name, content)
        assert owner.get(address).status == 200
        assert "XML" in owner.get(f"{address}/problems").text
    named = b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="x1" name="\xe8\xae\xbf\xe5\xae\xa2" isExecutable="true"/></definitions>'
    assert "访客" in owner.get(uploaded(owner, "named.bpmn", named)).words("h1")
    uploaded(owner, "large.bpmn", b"x" * (5 * 1024 * 1024), status=413)
    uploaded(owner, "<b>.bpmn", b"<x/>", status=422)
    uploaded(owner, "x.zip", b"PK", status=422)
    uploaded(signed_in("clerk"), "broken2.bpmn", b"<definitions>", status=403)


def test_two_who_have_one_draft_open_see_each_other_until_one_is_away(signed_in: SignedIn, owned: None, clock: Clock) -> None:
    owner, head = signed_in("owner"), signed_in("head")
    address = f"{draft(owner)}/here"
    assert address in owner.get(draft(owner)).text
    assert owner.send(address, {}).text.strip() == ""
    assert "也打开了这份草稿" in head.send(address, {}).text
    assert owner.send(address, {}).text.strip() == "何负责也打开了这份草稿"
    clock.moment += timedelta(seconds=120)
    assert owner.send(address, {}).text.strip() == ""
    for name, company in (("clerk", "acme"), ("stranger", "elsewhere")):
        signed_in(name, company).post(address, status=404)


def test_comments_and_files_are_the_owners_alone(signed_in: SignedIn, owned: None) -> None:
    head = signed_in("head")
    address = draft(head)
    assert "谁来备案" in head.post(f"{address}/comments", element="a", text="谁来备案?").text
    pages = ("", "/files", "/rights", "/release", "/comments", "/forms/request.form", "/forms/request.form/preview")
    for page in pages:
        head.get(address + page)
        for name, company in (("clerk", "acme"), ("stranger", "elsewhere")):
            signed_in(name, company).get(address + page, status=404)
    signed_in("clerk").post(f"{address}/comments", element="a", text="x", status=404)
    head.get(f"{address}/forms/nothing.form", status=404)
    head.get(f"{address}/decisions/request.form", status=404)
    head.post(f"{address}/files", kind="exe", id="x", title="x", status=422)
    head.post(f"{address}/files", kind="dmn", id="../x", title="x", status=422)


def test_a_wrong_new_process_is_told_beside_what_was_typed(signed_in: SignedIn, owned: None) -> None:
    owner = signed_in("owner")
    page = owner.post("/designer", name="请假", process_id="1 bad", template="travel", status=422)
    assert "标识" in page.words("@role='alert'")
    assert page.form("/designer")["name"] == "请假"
    page = owner.post("/designer", name="请假", process_id="leave", template="leave", status=422)
    assert "leave" in page.words("@role='alert'")


def test_a_diagram_without_a_drawing_is_laid_out_and_what_is_foreign_in_it_is_listed(signed_in: SignedIn, owned: None) -> None:
    plain = kit.diagram("trip", kit.start(), kit.task("a", groups="客服专员"), kit.end(), kit.chain("started", "a", "done"))
    foreign = plain.content.replace(
        b'id="a"', b'id="a" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" camunda:assignee="demo"'
    )
    owner = signed_in("owner")
    address = uploaded(owner, "trip.bpmn", foreign)
    assert b"BPMNShape" in owner.client.get(f"{address}/files/trip.bpmn").data
    assert "camunda" in owner.get(f"{address}/problems").text


def test_every_setting_of_a_step_and_every_word_of_it_has_a_name(app: flask.Flask) -> None:
    with app.test_request_context():
        fields = [field for each in panel.panels() for group in each.groups for field in group.fields]
    raw = {name for place in panel.DECLARED["userTask"] for name in declarations.settings_of(place)} - {"outcome"}
    assert {field.label for field in fields} & raw == set()
    assert [(field.label, value) for field in fields for value, words in field.options if value == words] == []


def test_settings_that_are_tables_are_rows_and_saving_them_unchanged_changes_nothing(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    columns = [{"label": "事由", "value": "=why", "type": "text", "total": "none"}, {"label": "天数", "value": "=1"}]
    forms = (kit.form("request", kit.text_field("why")), kit.form("look", kit.text_field("note")))
    kit.deploy(database, cast.owner, *forms, kit.diagram("leave", *STEPS, register=columns))
    owner = signed_in("owner")
    address = draft(owner)
    fields = owner.get(f"{address}/settings").form(f"{address}/settings")
    assert fields["register.0.label"] == "事由" and fields["register.2.label"] == ""
    owner.send(f"{address}/settings", fields)
    same = owner.get(f"{address}/release")
    assert (
        "没有要发布的改动" in same.words("main")
        and "检查无误" not in same.words("main")
        and not same.tree.xpath("//form//button[.='发布']")
    )
    owner.send(
        f"{address}/settings",
        {**fields, "register.1.label": "", "register.1.value": "", "summary.0.label": "事由", "summary.0.value": "=why"},
    )
    changed = owner.get(f"{address}/release").words(".changes")
    assert "台账列" in changed and "单据摘要" in changed and "名称：事由" in changed
    assert "label" not in changed and "total" not in changed
    owner.send(f"{address}/settings", {**fields, "register.0.value": "=why +"}, status=422)


def test_words_of_a_public_page_that_the_form_does_not_show_are_kept(app: flask.Flask) -> None:
    stored = {"public": {"title": "报修", "form": "request", "message": "m", "steps": {"a": "正在处理"}}}
    with app.test_request_context():
        sent = {name: value for name, _label, _hint, value in settings_tables.public(stored)}
    with app.test_request_context(method="POST", data=sent):
        assert settings_tables.given(stored) == stored
    with app.test_request_context(method="POST", data={**sent, "public.title": "", "public.form": ""}):
        assert settings_tables.given(stored) == {"public": None}


def test_a_wrong_setting_is_told_at_its_field_and_what_was_typed_stays(signed_in: SignedIn, owned: None) -> None:
    head = signed_in("head")
    address = f"{draft(head)}/settings"
    fields = {**head.get(address).form(address), "number": "没有序号", "due.number": "5 wd later", "category": "人事"}
    page = head.send(address, fields, status=422)
    kept = page.form(address)
    assert (kept["number"], kept["due.number"], kept["category"]) == ("没有序号", "5 wd later", "人事")
    (fault,) = page.tree.xpath("//*[@id='set-number-fault']")
    assert "单号" in fault.text_content() and "number" not in fault.text_content()
    assert page.tree.xpath("//*[@id='set-number']/@aria-invalid") == ["true"]
    assert "人事" not in head.get(address).form(address)["category"]


def test_settings_are_chosen_in_parts_and_the_next_number_is_shown_beforehand(signed_in: SignedIn, owned: None) -> None:
    head = signed_in("head")
    address = f"{draft(head)}/settings"
    page = head.get(address)
    assert page.words("@id='coming-number'").startswith("下一单为 ")
    fields = page.form(address)
    assert fields["secrecy"] == "内部" and fields["retention.unit"] == "y"
    chosen = {"due.number": "3", "due.unit": "wd", "retention.number": "10", "order": "7", "number": "TS-{seq:03}"}
    head.send(address, {**fields, **chosen})
    page = head.get(address)
    assert {name: page.form(address)[name] for name in chosen} == chosen
    assert page.words("@id='coming-number'") == "下一单为 TS-001。"
    settings = zipped(head, draft(head))
    assert 'due = "3wd"' in settings and 'retention = "10y"' in settings and "order = 7" in settings
    assert "secrecy" not in settings, "what is not changed stays unsaid"
    answer = head.client.get(f"{address}/number", query_string={"number": "<b>{seq}"})
    assert "&lt;b&gt;1" in answer.text and "<b>" not in answer.text
    assert "得不到单号" in head.client.get(f"{address}/number", query_string={"number": "没有"}).text
    bad = head.send(address, {**page.form(address), "due.number": "0"}, status=422)
    assert bad.tree.xpath("//*[@id='set-due-fault']")


def test_who_may_start_is_one_choice_and_nobody_is_not_the_same_as_not_decided(signed_in: SignedIn, owned: None) -> None:
    head = signed_in("head")
    address = f"{draft(head)}/settings"
    fields = head.get(address).form(address)
    assert fields["may_start.by"] == "everybody"
    for chosen, said in (("nobody", "may_start = []"), ("groups", 'may_start = ["客服专员"]')):
        head.send(address, {**fields, "may_start.by": chosen, "may_start": "客服专员"})
        fields = head.get(address).form(address)
        head.send(address, fields)
        assert said in zipped(head, draft(head)), "opened and kept again it says the same"
    page = head.send(address, {**fields, "may_start.by": "groups", "may_start": ""}, status=422)
    assert page.tree.xpath("//*[@id='set-may_start-fault']"), "no group is not everybody, nor nobody"


def test_two_who_set_at_once_keep_each_what_they_changed_and_are_told_of_the_same(signed_in: SignedIn, owned: None) -> None:
    head, owner = signed_in("head"), signed_in("owner")
    address = f"{draft(head)}/settings"
    seen = head.get(address).form(address)
    owner.send(address, {**owner.get(address).form(address), "category": "人事", "number": "QJ-{seq:03}"})
    page = head.send(address, {**seen, "due.number": "3", "due.unit": "wd", "number": "LV-{seq:03}"}, status=422)
    (fault,) = page.tree.xpath("//*[@id='set-number-fault']")
    assert "欧流程" in fault.text_content() and "QJ-{seq:03}" in fault.text_content()
    assert 'category = "人事"' in zipped(head, draft(head)) and "LV-" not in zipped(head, draft(head))
    shown = page.form(address)
    assert (shown["category"], shown["number"], shown["due.number"]) == ("人事", "LV-{seq:03}", "3")
    head.send(address, shown)
    kept = zipped(head, draft(head))
    assert all(each in kept for each in ('category = "人事"', 'number = "LV-{seq:03}"', 'due = "3wd"'))


def test_two_who_set_rights_or_translate_at_once_lose_nothing(signed_in: SignedIn, owned: None) -> None:
    head, owner = signed_in("head"), signed_in("owner")
    address = draft(head)
    seen = {each: head.get(f"{address}/{each}").form(f"{address}/{each}") for each in ("rights", "texts")}
    seen["rights"].pop("csrf_token")
    owner.send(f"{address}/rights", {**seen["rights"], "look.form/why": "read"})
    head.send(f"{address}/rights", {**seen["rights"], "look.form/note": "required"})
    shown = head.get(f"{address}/rights").form(f"{address}/rights")
    assert (shown["look.form/why"], shown["look.form/note"]) == ("read", "required")
    page = head.send(f"{address}/rights", {**seen["rights"], "look.form/why": "hidden"}, status=409)
    shown = page.form(f"{address}/rights")
    assert (shown["look.form/why"], shown["look.form/note"]) == ("hidden", "required"), "his own, on top of what is there"
    head.send(f"{address}/rights", shown)
    assert head.get(f"{address}/rights").form(f"{address}/rights")["look.form/why"] == "hidden"

    sent = {"revision": seen["texts"]["revision"], "language": "en", "text": ["流程 leave", "why"]}
    owner.send(f"{address}/texts", {**sent, "said": ["Leave", ""]})
    head.send(f"{address}/texts", {**sent, "said": ["", "Reason"]})
    page = head.send(f"{address}/texts", {**sent, "said": ["Absence", "Reason"]}, status=422)
    assert "Leave" in page.words(".field-error") and "欧流程" in page.words(".field-error")
    assert "Absence" in page.text and "Reason" in page.text


def zipped(browser: Browser, address: str) -> str:
    """The settings of a draft's package."""
    with zipfile.ZipFile(io.BytesIO(browser.client.get(f"{address}/package").data)) as package:
        return package.read(next(name for name in package.namelist() if name.endswith("workflow.toml"))).decode()


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_a_diagram_in_another_encoding_is_read(signed_in: SignedIn, owned: None, encoding: str) -> None:
    text = kit.diagram("travel", *STEPS).content.decode()
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    body = text[text.index("?>") + 2 :] if text.startswith("<?xml") else text
    owner = signed_in("owner")
    address = uploaded(owner, "travel.bpmn", (head + body).encode(encoding))
    assert "流程 travel" in owner.get(f"{address}/files/travel.bpmn").text
    uploaded(owner, "unknown.bpmn", b'<?xml version="1.0" encoding="no-such"?><x/>', status=422)


def test_a_problem_of_an_unnamed_step_stands_under_what_it_is(signed_in: SignedIn, owned: None) -> None:
    owner = signed_in("owner")
    content = kit.diagram("trip", kit.start(), '<userTask id="u1"/>', kit.end(), kit.chain("started", "u1", "done")).content
    listed = owner.get(f"{uploaded(owner, 'trip.bpmn', content)}/problems").words("ul")
    assert "未命名的用户任务" in listed and "trip.bpmn" not in listed


def test_checks_speak_of_unnamed_elements_in_words_in_the_designer_and_where_files_are_uploaded(
    signed_in: SignedIn, owned: None
) -> None:
    unnamed = kit.node("manualTask", "Activity_0x1").replace('name="Activity_0x1"', "")
    split = (kit.node("parallelGateway", "Gateway_0x1").replace('name="Gateway_0x1"', ""),)
    ways = (kit.chain("started", "Gateway_0x1", "Activity_0x1", "both", "done"), kit.flow("Gateway_0x1", "both"))
    drawn = kit.diagram("trip", kit.start(), *split, unnamed, kit.node("manualTask", "both"), kit.end(), *ways).content
    owner = signed_in("owner")
    told = [owner.get(f"{uploaded(owner, 'trip.bpmn', drawn)}/problems").words("ul")]
    data = {"csrf_token": owner.token(), "file": [(io.BytesIO(drawn), "trip.bpmn")]}
    told.append(owner._shown(owner.client.post("/processes", data=data, follow_redirects=True), 422).words(".problems"))
    for each in told:
        assert "started → 未命名的并行网关 → 未命名的线下任务" in each
        assert "0x1" not in each


def test_a_file_that_is_not_taken_leaves_one_in_the_designer_with_the_reason(signed_in: SignedIn, owned: None) -> None:
    owner = signed_in("owner")
    page = owner.send("/designer/packages", {"file": (io.BytesIO(b"no archive"), "leave.zip")}, 422)
    assert "ZIP" in page.words("@role='alert'")
    assert page.form("/designer/packages") is not None


def test_what_is_wrong_with_a_setting_is_told_by_what_the_panel_calls_it(signed_in: SignedIn, owned: None) -> None:
    task = kit.task("a", groups="客服专员", due="1天", remind="often")
    plain = kit.diagram("trip", kit.start(), task, kit.end(), kit.chain("started", "a", "done"))
    owner = signed_in("owner")
    address = uploaded(owner, "trip.bpmn", plain.content)
    told = owner.get(f"{address}/problems").text
    assert "“时限”" in told and "1天" in told
    assert "due" not in told and "remind：" not in told


def test_a_form_is_chosen_by_its_heading_and_process(
    signed_in: SignedIn, owned: None, database: databases.Database, cast: Cast
) -> None:
    heading = {"type": "text", "text": "## 出差单"}
    task = kit.task("a", groups="客服专员", form="trip_form")
    steps = (kit.start(), task, kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(database, cast.owner, kit.form("trip_form", heading), kit.diagram("trip", *steps))
    owner = signed_in("owner")
    assert "出差单 · 流程 trip" in owner.get(uploaded(owner, "other.bpmn", kit.diagram("other").content)).text


def test_what_a_save_would_take_out_of_use_is_told_first_by_each_page(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    forms = (kit.form("request", kit.text_field("why")), kit.form("look", {**kit.text_field("why"), "readonly": True}))
    settings = {"may_start": ["*"], "title_of_case": "=why", "register": [{"label": "事由", "value": "=why"}]}
    kit.deploy(database, cast.owner, *forms, kit.diagram("leave", *STEPS, **settings))
    owner = signed_in("owner")
    address = draft(owner)
    sent = {"revision": 1, "files": {"request.form": '{"id": "request", "type": "default", "components": []}'}}
    headers = {"X-CSRFToken": owner.get(f"{address}/files").form(f"{address}/files")["csrf_token"]}
    answer = owner.client.put(address, json=sent, headers=headers)
    assert answer.status_code == 422 and answer.get_json()["paths"] == ["why"]
    told = answer.get_json()["losses"]
    assert "单据标题" in told and "台账列：事由" in told and f"{address}/forms/look.form" in told
    assert owner.client.put(address, json={**sent, "despite": "why"}, headers=headers).status_code == 422
    page = owner.send(f"{address}/rights", {"revision": "1", "request.form/why": "absent", "look.form/why": "read"}, 409)
    assert "台账列：事由" in page.words("@role='alert'")
    form = page.form(f"{address}/rights")
    assert (form["request.form/why"], form["look.form/why"], form["despite"]) == ("absent", "read", "why")
    page = owner.post(f"{address}/files/request.form/away", revision=1, status=409)
    assert "started" in page.words("@role='alert'") and "台账列：事由" in page.words("@role='alert'")
    assert owner.get(f"{address}/forms/request.form").status == 200, "nothing was taken out yet"
    owner.send(f"{address}/files/request.form/away", page.form(f"{address}/files/request.form/away"))
    owner.get(f"{address}/forms/request.form", status=404)


def test_a_step_of_yesterday_is_undone_in_the_editor_of_its_form(signed_in: SignedIn, owned: None) -> None:
    head = signed_in("head")
    address = draft(head)
    editor = f"{address}/forms/look.form"
    head.send(f"{address}/rights", {"revision": "1", "look.form/note": "required"})
    page = head.get(editor)
    back = page.form(f"{address}/saves")
    assert (back["file"], back["to"]) == ("look.form", "1")
    page = head.send(f"{address}/saves", back)
    assert page.address == editor and '"required"' not in head.client.get(f"{address}/files/look.form").text
    page = head.send(f"{address}/saves", {**back, "revision": "3", "to": "2", "file": "gone.form"}, status=409)
    assert "必填" in page.words("main"), "what changes is shown first"
    page = head.send(f"{address}/saves", page.form(f"{address}/saves"))
    assert page.address == address and '"required"' in head.client.get(f"{address}/files/look.form").text


def test_what_a_condition_cannot_say_is_told_in_chinese_throughout(signed_in: SignedIn, owned: None) -> None:
    head = signed_in("head")
    steps = (*STEPS[:-1], kit.chain("started", "a"), kit.flow("a", "done", "=1 2"))
    found = uploaded(head, "other.bpmn", kit.diagram("other", *steps).content)
    told = head.client.get(f"{found}/problems").text
    assert "此处应为运算符或结尾" in told and "operator" not in told
