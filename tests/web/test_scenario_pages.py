"""Pages of scenarios: begun, filled in as steps, run, told where they fail, kept from publishing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
STEPS = (
    kit.start(form="request"),
    kit.task("ask", groups="客服专员", form="look", outcomes="yes:批准,no:驳回"),
    kit.node("exclusiveGateway", "fork"),
    kit.end(),
    kit.end("refused"),
    kit.chain("started", "ask", "fork"),
    kit.flow("fork", "done", '=outcome = "yes"'),
    kit.flow("fork", "refused", '=outcome = "no"'),
)


@pytest.fixture
def address(signed_in: SignedIn, database: databases.Database, cast: Cast) -> str:
    """The draft of a process with two forms that the heads own and that its scenarios must prove."""
    forms = (kit.form("request", kit.text_field("why", required=True)), kit.form("look", kit.text_field("note")))
    settings = {"owners": ["部门负责人"], "may_start": ["*"], "scenarios": "forbid"}
    kit.deploy(database, cast.owner, *forms, kit.diagram("asking", *STEPS, **settings))
    return signed_in("head").post("/designer/processes/asking").address


def revision(head: Browser, address: str) -> str:
    return head.get(f"{address}/scenarios").form(f"{address}/scenarios/run")["revision"]


def step(head: Browser, one: str, address: str, status: int = 200, **sent: str) -> str:
    given = {"revision": revision(head, address), "act": "keep", **sent}
    return head.post(f"{one}/step", status=status, **given).words("main")


def test_a_scenario_is_made_of_steps_run_and_demanded(signed_in: SignedIn, address: str) -> None:
    head = signed_in("head")
    assert "还没有测试场景" in head.get(f"{address}/scenarios").words("main")
    head.post(f"{address}/scenarios", title="", process_id="asking", status=422)
    first = head.post(f"{address}/scenarios", title="批准", process_id="asking").address
    one = first.partition("/step")[0]
    assert "出差" in step(head, one, address, at="0", by="clerk", why="出差")
    page = step(head, one, address, at="1", kind="task", task="ask", by="clerk", act_of="complete", outcome="yes", note="可以")
    assert "陈办事 发起" in page and "批准" in page and "可以" in page
    step(head, one, address, at="-1", state="active", expect_open="yes")
    run = head.post(f"{address}/scenarios/run", file="asking/scenarios/批准.toml", back="one").words("main")
    assert "单据已办结，不是在办中" in run and "结束时不符" in run
    head.post(f"{address}/publish", revision=revision(head, address), status=422)
    step(head, one, address, at="-1", state="completed", ended="done")
    head.post(f"{address}/scenarios/run")
    listed = head.get(f"{address}/scenarios").words("main")
    assert "与预期一致" in listed and "没有场景走过" in listed and "fork" in listed
    refused = head.post(f"{address}/publish", revision=revision(head, address), status=422).words("main")
    assert "只有测试场景" in refused
    other = head.post(f"{address}/scenarios", title="驳回", process_id="asking").address.partition("/step")[0]
    text = (
        head.get(one)
        .tree.get_element_by_id("scenario-text")
        .value.replace('"yes"', '"no"')
        .replace('"done"', '"refused"')
        .replace('"批准"', '"驳回"')
    )
    head.post(other, revision=revision(head, address), act="text", text=text)
    head.post(f"{address}/scenarios/run")
    assert "第 2 版" in head.post(f"{address}/publish", revision=revision(head, address)).words("body")


def test_steps_are_moved_removed_and_refused_and_nothing_is_lost(signed_in: SignedIn, address: str) -> None:
    head = signed_in("head")
    one = head.post(f"{address}/scenarios", title="走一遍", process_id="asking").address.partition("/step")[0]
    for number, unit in (("3", "wd"), ("2", "d")):
        step(head, one, address, at="1", kind="advance", number=number, unit=unit)
    assert head.get(one).text.index("2 天") < head.get(one).text.index("3 个工作日")
    head.post(one, revision=revision(head, address), act="up", at="2")
    assert head.get(one).text.index("3 个工作日") < head.get(one).text.index("2 天")
    head.post(one, revision=revision(head, address), act="remove", at="1")
    assert "3 个工作日" not in head.get(one).text
    wrong = head.post(one, revision=revision(head, address), act="text", text="now = ", status=422)
    assert "now = " in wrong.text
    head.post(one, revision="1", act="remove", at="1", status=422)
    assert "2 天" in head.get(one).text
    step(head, one, address, 422, at="1", kind="task", task="ask", by="")
    head.get(f"{one}/step?at=9", status=404)
    head.get(f"{address}/scenarios/asking/nothing", status=404)
    head.post(one, revision=revision(head, address), act="away")
    head.get(one, status=404)


def test_a_message_is_told_by_the_event_that_waits_for_it(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    caught = kit.node("intermediateCatchEvent", "收到撤诉", inner='<bpmn:messageEventDefinition messageRef="m"/>')
    ways = kit.chain("started", "收到撤诉", "done")
    message = kit.message("m", "withdrawn", "=instance_number")
    drawn = kit.diagram("waiting", kit.start(), caught, kit.end(), ways, beside=message, owners=["部门负责人"])
    kit.deploy(database, cast.owner, drawn)
    head = signed_in("head")
    address = head.post("/designer/processes/waiting").address
    one = head.post(f"{address}/scenarios", title="撤诉", process_id="waiting").address.partition("/step")[0]
    step(head, one, address, at="1", kind="message", message="withdrawn")
    steps = head.get(one).words(".scenario-steps")
    assert "收到撤诉" in steps and "withdrawn" not in steps


def test_a_trial_becomes_a_scenario_of_the_draft(signed_in: SignedIn, address: str) -> None:
    head = signed_in("head")
    tried = head.post(f"{address}/try", act="start", turn="start|clerk", why="出差")
    kept = head.post(f"{address}/try/scenario", state=tried.form(f"{address}/try")["state"], title="走到一半")
    assert "走到一半" in kept.words("h1") and "出差" in kept.words("main")
    assert "与预期一致" in head.post(f"{address}/scenarios/run", file="asking/scenarios/走到一半.toml").words("main")


def test_a_part_that_runs_scenarios_is_told_that_the_draft_was_published_meanwhile(signed_in: SignedIn, address: str) -> None:
    head = signed_in("head")
    head.post(f"{address}/discard")
    head.post(f"{address}/scenarios/run", status=404)
    sent = {"data": {"on": "release"}, "headers": {"HX-Request": "true", "X-CSRFToken": head.token()}}
    answer = head.client.post(f"{address}/scenarios/run", **sent)
    assert answer.status_code == 200 and "它已发布或已放弃" in answer.text and "<h1" not in answer.text


def test_scenarios_are_the_owners_alone(signed_in: SignedIn, address: str) -> None:
    one = signed_in("head").post(f"{address}/scenarios", title="x", process_id="asking").address.partition("/step")[0]
    for name, company in (("clerk", "acme"), ("stranger", "elsewhere")):
        other = signed_in(name, company)
        for page in (f"{address}/scenarios", one, f"{one}/step"):
            other.get(page, status=404)
        for page in (f"{address}/scenarios", f"{address}/scenarios/run", one, f"{one}/step", f"{one}/step/live"):
            other.post(page, revision="1", title="y", process_id="asking", status=404)


def test_steps_of_one_id_in_a_process_and_in_one_that_it_calls_say_both(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    inner = (kit.start(), kit.task("ask", groups="客服专员").replace('name="ask"', 'name="用印"'), kit.end())
    outer = (kit.start(), kit.task("ask", groups="客服专员", outcomes="yes:批准"), kit.call("seal", "inner"), kit.end())
    drawn = (kit.diagram("inner", *inner, kit.chain("started", "ask", "done")),)
    kit.deploy(database, cast.owner, *drawn, kit.diagram("outer", *outer, kit.chain("started", "ask", "seal", "done")))
    owner = signed_in("owner")
    address = owner.post("/designer/processes/outer").address
    one = owner.post(f"{address}/scenarios", title="走到底", process_id="outer").address.partition("/step")[0]
    sent = {"act": "keep", "kind": "task", "task": "ask", "by": "clerk", "act_of": "complete", "outcome": "yes"}
    page = owner.post(f"{one}/step", at="1", revision=revision(owner, address), **sent).words("main")
    assert "ask、用印" in page and "批准" in page
