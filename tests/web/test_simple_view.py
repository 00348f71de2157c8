"""The simple view of the designer: cards made, settled, moved and taken back by forms; a colleague's save stays."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from sqlalchemy import event

from engine.storage import database as databases
from engine.storage import keys, models
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
STEPS = (kit.start(form="request"), kit.task("a", groups="客服专员"), kit.end(), kit.chain("started", "a", "done"))


@pytest.fixture
def owned(database: databases.Database, cast: Cast) -> None:
    """A process with a form that the heads own."""
    settings = {"owners": ["部门负责人"], "managers": ["主管领导"], "may_start": ["*"]}
    kit.deploy(database, cast.owner, kit.form("request", kit.text_field("why")), kit.diagram("leave", *STEPS, **settings))


def opened(browser: Browser) -> str:
    return browser.post("/designer/processes/leave").address + "/simple"


def test_a_step_is_put_in_settled_moved_and_taken_back(signed_in: SignedIn, owned: None) -> None:
    head = signed_in("head")
    address = opened(head)
    head.post(f"{address}/cards", revision="1", spot="started_a", kind="approve")
    fields = head.get(f"{address}?open=approve").form(f"{address}/settings")
    assert fields["who"] == "lane"
    asked = {"name": "主管审批", "who": "superior", "due.number": "2", "due.unit": "wd", "property:rule": "all"}
    head.send(f"{address}/settings", {**fields, **asked})
    card = head.get(address).words("@id='card-approve'")
    assert "主管审批" in card and "直接主管" in card and "2 个工作日" in card and "全部同意" in card
    again = head.get(f"{address}?open=approve").form(f"{address}/settings")
    assert {name: again[name] for name in asked} == asked
    head.send(f"{address}/settings", again)
    assert head.get(address).form(f"{address}/cards")["revision"] == "3", "settings kept unchanged are no save"
    head.post(f"{address}/changes", revision="3", id="approve", act="down")
    shown = head.get(address).words(".simple-cards")
    assert shown.index("客服专员") < shown.index("主管审批")
    page = head.get(address).form(f"{address}/undo")
    head.send(f"{address}/undo", page)
    shown = head.get(address).words(".simple-cards")
    assert shown.index("客服专员") > shown.index("主管审批")


def test_forms_are_chosen_by_words_those_of_the_process_first(
    signed_in: SignedIn, owned: None, database: databases.Database, cast: Cast
) -> None:
    steps = (
        kit.start(),
        kit.task("看情况", groups="客服专员", form="quiet"),
        kit.end(),
        kit.chain("started", "看情况", "done"),
    )
    part = {"type": "group", "label": "基本情况", "components": [kit.text_field("how")]}
    forms = (kit.form("quiet", kit.text_field("how")), kit.form("lonely", part))
    kit.deploy(database, cast.owner, *forms, kit.diagram("other", *steps, owners=["部门负责人"]))
    head = signed_in("head")
    page = head.get(f"{opened(head)}?open=a")
    names = [each.text for each in page.tree.xpath("//select[@name='zeebe:FormDefinition:formId']/option")]
    assert names[1:] == ["started", "基本情况", "看情况 · 流程 other"]


def test_in_english_people_and_groups_are_listed_as_english_does_and_taken_again(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    who = {"owners": ["部门负责人"], "may_start": ["客服专员", "主管领导"]}
    kit.deploy(database, cast.owner, kit.form("request", kit.text_field("why")), kit.diagram("leave", *STEPS, **who))
    head = signed_in("head")
    head.client.post("/preferences", data={"language": "en"}, headers={"X-CSRFToken": head.token()})
    address = opened(head)
    page = head.get(f"{address}?open=started")
    groups = page.tree.xpath("//datalist[@id='offers-group']/option")
    assert "陈办事, 程办事" in [each.text for each in groups] and not any("、" in (each.text or "") for each in groups)
    asked = page.form(f"{address}/settings")
    assert asked["may_start"] == "客服专员, 主管领导"
    head.send(f"{address}/settings", {**asked, "name": "Begin"})
    assert head.get(f"{address}?open=started").form(f"{address}/settings")["may_start"] == "客服专员, 主管领导"


def test_a_condition_is_rows_and_a_problem_stands_on_its_card(signed_in: SignedIn, owned: None) -> None:
    head = signed_in("head")
    address = opened(head)
    head.post(f"{address}/cards", revision="1", spot="started_a", kind="conditions")
    flow = "conditions_to_conditions_end"
    assert head.get(address).words("@id='card-conditions'").startswith("条件分支")
    assert "尚未设置条件" in head.get(address).words(f"@id='card-{flow}'")
    assert head.get(address).words(".simple-problems")
    fields = head.get(f"{address}?open={flow}").form(f"{address}/settings")
    row = {"row.0.field": "why", "row.0.sign": "!=", "row.0.value": "家事", "name": "别的事"}
    head.send(f"{address}/settings", {**fields, **row})
    assert "why 不等于 家事" in head.get(address).words(f"@id='card-{flow}'")
    assert head.get(f"{address}?open={flow}").form(f"{address}/settings")["row.0.value"] == "家事"
    page = head.post(f"{address}/changes", revision="3", id=f"{flow}_2", act="delete_branch", status=422)
    assert "必须保留" in page.words("@role='alert'")
    head.post(f"{address}/changes", revision="3", id=flow, act="delete_branch")
    assert head.get(address).words(".simple-branches") == ""


def test_a_card_tells_what_the_company_has_set_and_of_a_formula_that_it_is_one(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    with database.transaction() as session:
        row = session.get_one(models.Company, COMPANY)
        row.settings, row.organisation_version = {**row.settings, "askDue": "2wd", "copies": ["主管领导"]}, keys.new()
    first = kit.task("a", groups="客服专员", due='=setting("askDue")', cc='=setting("copies")')
    second = kit.task("b", groups="客服专员", due='=if why = "急" then "1wd" else "5wd"')
    steps = (kit.start(form="request"), first, second, kit.end(), kit.chain("started", "a", "b", "done"))
    drawn = kit.diagram("leave", *steps, owners=["部门负责人"])
    kit.deploy(database, cast.owner, kit.form("request", kit.text_field("why")), drawn)
    head = signed_in("head")
    cards = head.get(opened(head)).words(".simple-cards")
    assert "时限 2 个工作日（单位设定）" in cards and "主管领导（单位设定）" in cards and "时限 按公式" in cards
    assert "setting(" not in cards and "if why" not in cards


def test_a_way_by_a_formula_says_so_without_the_formula(signed_in: SignedIn, database: databases.Database, cast: Cast) -> None:
    gate = kit.node("exclusiveGateway", "g", attributes=' default="g_c"')
    flows = (kit.flow("a", "g"), kit.flow("g", "b", '=contains(why, "急") or why = null'), kit.flow("g", "c"))
    steps = (
        kit.start(form="request"),
        *(kit.task(each, groups="客服专员") for each in "abc"),
        gate,
        kit.end(),
        kit.end("other"),
    )
    ways = (kit.flow("started", "a"), *flows, kit.flow("b", "done"), kit.flow("c", "other"))
    drawn = kit.diagram("leave", *steps, *ways, owners=["部门负责人"])
    kit.deploy(database, cast.owner, kit.form("request", kit.text_field("why")), drawn)
    head = signed_in("head")
    cards = head.get(opened(head)).words(".simple-cards")
    assert "按公式" in cards and "contains" not in cards


def test_a_deadline_that_is_none_is_refused_and_the_drawer_is_called_as_its_card(signed_in: SignedIn, owned: None) -> None:
    head = signed_in("head")
    address = opened(head)
    head.post(f"{address}/cards", revision="1", spot="started_a", kind="approve")
    page = head.get(f"{address}?open=approve")
    assert page.words("h2").startswith("审批")
    fields = page.form(f"{address}/settings")
    for given in ("-1", "abc", "1.5", "99999"):
        typed = {**fields, "name": "还没存", "who": "head", "due.number": given, "due.unit": "wd"}
        refused = head.send(f"{address}/settings", typed, status=422)
        assert "不是时限" in refused.words("@role='alert'")
        kept = refused.form(f"{address}/settings")
        asked = typed.keys() - {"csrf_token", "revision"}
        assert {name: kept[name] for name in asked} == {name: typed[name] for name in asked}
    assert "时限" not in head.get(address).words("@id='card-approve'")


def test_a_colleagues_save_stays_and_mine_can_be_done_on_top(signed_in: SignedIn, owned: None) -> None:
    head, owner = signed_in("head"), signed_in("owner")
    address = opened(head)
    head.post(f"{address}/cards", revision="1", spot="started_a", kind="handle")
    page = owner.post(f"{address}/cards", revision="1", spot="a_done", kind="approve", status=409)
    assert "何负责" in page.words(".simple-stale") and "办理" in page.words(".simple-stale")
    assert page.words("@id='card-approve'") == ""
    owner.send(f"{address}/cards", page.form(f"{address}/cards"))
    assert "审批" in owner.get(address).words("@id='card-approve'")


def test_mine_on_top_of_a_colleagues_version_changes_only_what_i_changed(signed_in: SignedIn, owned: None) -> None:
    head, owner = signed_in("head"), signed_in("owner")
    address = opened(head)
    head.post(f"{address}/cards", revision="1", spot="started_a", kind="approve")
    fields = head.get(f"{address}?open=approve").form(f"{address}/settings")
    seen = owner.get(f"{address}?open=approve").form(f"{address}/settings")
    head.send(f"{address}/settings", {**fields, "due.number": "3", "due.unit": "wd", "property:rule": "all"})
    page = owner.send(f"{address}/settings", {**seen, "name": "部门审批"}, status=409)
    owner.send(f"{address}/settings", page.form(f"{address}/settings"))
    now = owner.get(f"{address}?open=approve").form(f"{address}/settings")
    assert (now["name"], now["due.number"], now["property:rule"]) == ("部门审批", "3", "all")


def test_where_it_starts_says_who_may_start_and_other_pages_lead_back_to_the_cards(signed_in: SignedIn, owned: None) -> None:
    head = signed_in("head")
    address = opened(head)
    draft = address.removesuffix("/simple")
    assert address not in head.get(f"{draft}/settings").links()
    fields = head.get(f"{address}?open=started").form(f"{address}/settings")
    assert fields["may_start"] == "*"
    head.send(f"{address}/settings", {**fields, "may_start": "客服专员、部门负责人"})
    assert head.get(f"{address}?open=started").form(f"{address}/settings")["may_start"] == "客服专员、部门负责人"
    for page in ("settings", "release", "files", "saves"):
        assert address in head.get(f"{draft}/{page}").links(), page
    kept = head.send(f"{draft}/settings", head.get(f"{draft}/settings").form(f"{draft}/settings"))
    assert kept.address == address


def test_a_step_gets_a_way_out_and_a_condition_asks_its_outcome_in_words(signed_in: SignedIn, owned: None) -> None:
    head = signed_in("head")
    address = opened(head)
    head.post(f"{address}/cards", revision="1", spot="started_a", kind="approve")
    head.post(f"{address}/changes", revision="2", id="approve", act="exit", kind="timer")
    event = "approve_timer"
    shown = head.get(address).words(f"@id='card-{event}'")
    assert "超时" in shown and "3 个工作日" in shown and "继续办理" in shown
    fields = head.get(f"{address}?open={event}").form(f"{address}/settings")
    head.send(f"{address}/settings", {**fields, "due.number": "5", "due.unit": "h", "attribute:cancelActivity": ""})
    assert "5 小时" in head.get(address).words(f"@id='card-{event}'")
    head.post(f"{address}/changes", revision="4", id=event, act="lead", to="a")
    assert "转到" in head.get(address).words(".exit")
    head.post(f"{address}/cards", revision="5", spot="approve_to_a", kind="conditions")
    flow = "conditions_to_conditions_end"
    fields = head.get(f"{address}?open={flow}").form(f"{address}/settings")
    head.send(f"{address}/settings", {**fields, "row.0.field": "outcome", "row.0.sign": "=", "row.0.value": "同意"})
    assert "处理结果 等于 同意" in head.get(address).words(f"@id='card-{flow}'")
    assert head.get(f"{address}?open={flow}").form(f"{address}/settings")["row.0.value"] == "同意"
    head.post(f"{address}/changes", revision="7", id=event, act="delete_exit")
    assert head.get(address).words(".exit") == ""


def test_cards_are_for_who_draws_the_process(signed_in: SignedIn, owned: None) -> None:
    address = opened(signed_in("head"))
    for name, company in (("clerk", "acme"), ("stranger", "elsewhere")):
        browser = signed_in(name, company)
        browser.get(address, status=404)
        for route in ("cards", "changes", "settings", "undo"):
            given = {"spot": "started_a", "kind": "handle", "act": "delete", "id": "a", "to": "1", "top": "1"}
            browser.post(f"{address}/{route}", revision="1", status=404, **given)
    head = signed_in("head")
    head.post(f"{address}/cards", revision="1", spot="nothing", kind="handle", status=404)
    head.post(f"{address}/cards", revision="1", spot="started_a", kind="<b>", status=422)
    head.post(f"{address}/changes", revision="1", id="started", act="delete", status=422)
    head.post(f"{address}/changes", revision="1", id="a", act="explode", status=422)
    assert head.get(address).form(f"{address}/cards")["revision"] == "1"


def test_a_file_that_is_no_diagram_says_so_instead_of_failing(signed_in: SignedIn, owned: None) -> None:
    owner = signed_in("owner")
    broken = {"file": (io.BytesIO(b"<definitions>"), "broken.bpmn")}
    address = owner.send("/designer/packages", broken).address
    assert "XML" in owner.get(f"{address}/simple").words("@role='alert'")
    owner.post(f"{address}/simple/cards", revision="1", spot="x", kind="handle", status=422)


def test_sixty_cards_cost_as_many_statements_as_three(
    signed_in: SignedIn, owned: None, database: databases.Database, cast: Cast
) -> None:
    steps = [f"step_{number}" for number in range(60)]
    tasks = (kit.task(each, groups="客服专员") for each in steps)
    long = kit.diagram("long", kit.start(form="request"), *tasks, kit.end(), kit.chain("started", *steps, "done"))
    kit.deploy(database, cast.owner, long)
    owner, counts = signed_in("owner"), []
    for process in ("leave", "long"):
        address = owner.post(f"/designer/processes/{process}").address + "/simple"
        owner.get(address)
        counted: list[str] = []
        event.listen(database.engine, "before_cursor_execute", lambda *given, to=counted: to.append(given[2]))
        owner.get(address)
        counts.append(len([each for each in counted if each.startswith("SELECT")]))
    assert counts[1] <= counts[0] <= 30
    assert len(owner.get(address).tree.xpath("//*[contains(@class, 'simple-card ')]")) == 62


def drawn(browser: Browser, address: str) -> str:
    """The diagram of a draft as it is saved."""
    return str(browser.client.get(address.replace("/simple", "/files/leave.bpmn")).text)


def test_buttons_operations_and_steps_are_chosen_from_lists(signed_in: SignedIn, owned: None) -> None:
    head = signed_in("head")
    address = opened(head)
    head.post(f"{address}/cards", revision="1", spot="started_a", kind="approve")
    page = head.get(f"{address}?open=approve")
    fields = page.form(f"{address}/settings")
    assert [fields[f"out.{n}.kind"] for n in range(3)] == ["approve", "reject", ""], "what an approval offers anyway"
    assert not re.search(r"(?<![\w:-])(approve|reject|submit|incident|escalate|veto|off)(?![\w:-])", page.words("@id='drawer'"))
    asked = {"out.0.label": "同意，转下一步", "out.2.kind": "own", "out.2.label": "补材料", "out.2.opinion": "on"}
    asked |= {"op.0.name": "delegate", "op.1.name": "urge", "op.1.label": "催一下", "separate_from:initiator": "on"}
    head.send(
        f"{address}/settings", {**fields, **asked, "warn.number": "4", "warn.unit": "wh", "property:empty": "无人办理，报异常"}
    )
    again = head.get(f"{address}?open=approve").form(f"{address}/settings")
    assert again["out.0.label"] == "同意、转下一步" and again["out.2.id"] == "choice_1" and "out.2.opinion" in again
    assert (
        "separate_from:initiator" in again and again["op.1.label"] == "催一下" and again["property:empty"] == "无人办理，报异常"
    )
    xml = drawn(head, address)
    written = {
        "outcomes": "approve:同意、转下一步,reject,choice_1:补材料",
        "opinion_on": "choice_1",
        "warn": "4wh",
        "empty": "incident",
    }
    for name, value in {**written, "buttons": "delegate:off,urge:催一下", "separate_from": "initiator"}.items():
        assert f'name="{name}" value="{value}"' in xml
    gone = {key: value for key, value in again.items() if key not in ("separate_from:initiator", "out.2.opinion")}
    head.send(f"{address}/settings", {**gone, "out.0.label": "", "out.2.kind": "", "op.0.name": "", "op.1.name": ""})
    xml = drawn(head, address)
    assert all(f'name="{name}"' not in xml for name in ("opinion_on", "buttons", "separate_from"))


def test_how_a_case_ends_is_chosen_in_words(signed_in: SignedIn, owned: None) -> None:
    head = signed_in("head")
    address = opened(head)
    fields = head.get(f"{address}?open=done").form(f"{address}/settings")
    head.send(f"{address}/settings", {**fields, "outcome.kind": "reject", "outcome.words": "材料不全"})
    assert 'value="reject:材料不全"' in drawn(head, address)
    fields = head.get(f"{address}?open=done").form(f"{address}/settings")
    assert fields["outcome.words"] == "材料不全"
    head.send(f"{address}/settings", {**fields, "outcome.kind": "", "outcome.words": "材料不全"})
    assert "材料不全" not in drawn(head, address)


def test_colleagues_are_named_on_a_card_and_kept_by_their_usernames(signed_in: SignedIn, owned: None) -> None:
    head = signed_in("head")
    address = opened(head)
    fields = head.get(f"{address}?open=a").form(f"{address}/settings")
    head.send(f"{address}/settings", {**fields, "property:escalate": "何负责、客服专员"})
    assert 'name="escalate" value="head,客服专员"' in drawn(head, address)
    again = head.get(f"{address}?open=a").form(f"{address}/settings")
    assert again["property:escalate"] == "何负责，客服专员"
    head.send(f"{address}/settings", {**again, "who": "person", "who.person": "何负责"})
    assert 'assignee="head"' in drawn(head, address) and "何负责" in head.get(address).words("@id='card-a'")
