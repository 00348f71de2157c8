"""A step that comes back: to whoever did it before, with who sent it back and why."""

from __future__ import annotations

from typing import Any

import pytest

from engine.execution import comebacks
from engine.queries import paging
from engine.queries.inbox import inbox
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.running import messages
from tests.cast import COMPANY, Cast
from tests.engine import kit

WORDS = "金额依据不足，请附上当次处罚的条款。"


def checked(**draft: str) -> list[Any]:
    """start → draft (clerks) → check (head) → verdict → send (clerks) → end, with ways back to the draft."""
    return [
        kit.form("request", kit.text_field("subject")),
        kit.form("counted", {"type": "number", "key": "count", "label": "到货数量"}),
        kit.diagram(
            "checked",
            kit.start(form="request"),
            kit.task("draft", **{"groups": "客服专员", "form": "request", **draft}),
            kit.task("check", groups="部门负责人", outcomes="approve,return,redo:请重拟", result="verdict"),
            kit.node("exclusiveGateway", "verdict", attributes=' default="verdict_count"'),
            kit.task("count", groups="客服专员", form="counted"),
            kit.node("exclusiveGateway", "complete", attributes=' default="complete_done"'),
            kit.end(),
            kit.chain("started", "draft", "check", "verdict"),
            kit.flow("verdict", "draft", '=verdict != "approve"'),
            kit.chain("verdict", "count", "complete", "done"),
            kit.flow("complete", "check", "=count < 3").replace('sourceRef="complete"', 'name="没到齐" sourceRef="complete"'),
        ),
    ]


@pytest.fixture
def case(database: databases.Database, cast: Cast) -> int:
    kit.deploy(database, cast.owner, *checked())
    key = kit.begin(database, cast.clerk, "checked", {"subject": "x"})
    kit.complete(database, cast.clerk, key, "draft", {"subject": "x"})
    return key


def open_task(database: databases.Database, case: int) -> models.UserTask:
    return next(iter(kit.rows(database, models.UserTask, instance_key=case, state="open")))


def waiting(database: databases.Database, by: Any) -> list[str]:
    with database.reading(COMPANY) as session:
        found = inbox.open_tasks(session, by, inbox.InboxFilters(), paging.WantedPage(), now=kit.NOW).rows
    return [line.task_name for line in found]


@pytest.mark.parametrize(("outcome", "label"), [("return", "退回修改"), ("redo", "请重拟")])
def test_it_goes_back_by_name_to_whoever_did_it_with_who_sent_it_and_why(
    database: databases.Database, cast: Cast, case: int, outcome: str, label: str
) -> None:
    kit.complete(database, cast.head, case, "check", outcome=outcome, opinion=WORDS)
    task = open_task(database, case)
    assert task.assignee == "clerk" and task.returned is not None
    told = {name: task.returned[name] for name in ("kind", "by", "from", "label", "reason", "round")}
    assert told == {"kind": "drawn", "by": "head", "from": "check", "label": label, "reason": WORDS, "round": 2}
    assert waiting(database, cast.clerk) == ["draft"] and waiting(database, cast.clerk2) == []
    (notice,) = kit.notices(database, username="clerk")
    assert "draft" in notice.subject and "何负责" in notice.body and WORDS in notice.body and notice.instance_key == case


@pytest.mark.parametrize(("outcome", "is_anew"), [("return", False), ("redo", True)])
def test_who_only_corrects_keeps_his_moments_and_who_does_it_anew_begins_with_those_of_now(
    database: databases.Database, cast: Cast, case: int, outcome: str, is_anew: bool
) -> None:
    assert not comebacks.is_done_anew(open_task(database, case)), "the first round"
    kit.complete(database, cast.head, case, "check", outcome=outcome, opinion=WORDS)
    assert comebacks.is_done_anew(open_task(database, case)) is is_anew
    kit.complete(database, cast.clerk, case, "draft", {"subject": "x"})
    assert comebacks.is_done_anew(open_task(database, case)), "who checks it once more checks it now"


def test_who_gives_it_back_leaves_it_to_the_others(database: databases.Database, cast: Cast, case: int) -> None:
    kit.complete(database, cast.head, case, "check", outcome="return", opinion=WORDS)
    with database.transaction(COMPANY) as session:
        user_tasks.unclaim(session, cast.clerk, open_task(database, case).key, now=kit.NOW)
    assert waiting(database, cast.clerk2) == ["draft"]


def test_the_steps_that_follow_again_have_not_come_back(database: databases.Database, cast: Cast, case: int) -> None:
    kit.complete(database, cast.head, case, "check", outcome="return", opinion=WORDS)
    kit.complete(database, cast.clerk, case, "draft", {"subject": "y"})
    task = open_task(database, case)
    assert (task.element_id, task.round, task.returned, task.assignee) == ("check", 2, None, None)


def test_values_that_lead_back_say_what_was_decided(database: databases.Database, cast: Cast, case: int) -> None:
    kit.complete(database, cast.head, case, "check", outcome="approve")
    kit.complete(database, cast.clerk2, case, "count", {"count": 2})
    task = open_task(database, case)
    assert task.returned is not None and task.assignee == "head"
    assert {name: task.returned[name] for name in ("kind", "asked", "answered")} == {
        "kind": "automatic",
        "asked": "complete",
        "answered": "没到齐",
    }
    (notice,) = kit.notices(database, username="head")
    assert "没到齐" in notice.body


def test_the_reason_is_the_answer_and_not_how_often_it_was_given(database: databases.Database, cast: Cast) -> None:
    """The last gateway on the way back asks whether it is enough of that: its no says nothing to whoever has to do it again."""
    answered = '<bpmn:messageEventDefinition messageRef="m_answered"/>'
    ways = (
        kit.flow("accepted", "done", "=accepted = true"),
        kit.flow("accepted", "too_often").replace("<bpmn:sequenceFlow", '<bpmn:sequenceFlow name="否"'),
        kit.flow("too_often", "settle", "=get or else(asked, 0) > 1"),
        kit.flow("too_often", "propose").replace("<bpmn:sequenceFlow", '<bpmn:sequenceFlow name="不到"'),
    )
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "proposals",
            kit.start(),
            kit.task("propose", groups="客服专员"),
            kit.task("tell", groups="客服专员"),
            kit.boundary("answered", "tell", answered),
            kit.node("exclusiveGateway", "accepted", attributes=' default="accepted_too_often"'),
            kit.node("exclusiveGateway", "too_often", attributes=' default="too_often_propose"'),
            kit.task("settle", groups="部门负责人"),
            kit.end(),
            kit.chain("started", "propose", "tell", "done"),
            kit.chain("settle", "done"),
            kit.flow("answered", "accepted"),
            *ways,
            beside=kit.message("m_answered", "answered", "=instance_number"),
        ),
    )
    key = kit.begin(database, cast.clerk, "proposals")
    kit.complete(database, cast.clerk, key, "propose")
    with database.transaction(COMPANY) as session:
        number = kit.instance(database, key).number
        given = {"accepted": False, "comment": "赔偿不够"}
        messages.correlate(session, cast.owner, "answered", number, given, now=kit.NOW)
    task = open_task(database, key)
    assert task.returned is not None
    assert comebacks.because(task.returned) == "accepted：否；赔偿不够"


def test_what_a_message_begins_beside_the_work_was_sent_back_by_nobody(database: databases.Database, cast: Cast) -> None:
    rated = '<bpmn:messageEventDefinition messageRef="m_rated"/>'
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "visits",
            kit.start(),
            kit.task("visit", groups="客服专员"),
            kit.task("track", groups="部门负责人"),
            kit.boundary("answered", "track", rated, interrupting=False),
            kit.node("exclusiveGateway", "again", attributes=' default="again_noted"'),
            kit.end(),
            kit.end("noted"),
            kit.chain("started", "visit", "track", "done"),
            kit.chain("answered", "again", "noted"),
            kit.flow("again", "visit", "=rating < 3").replace('sourceRef="again"', 'name="是" sourceRef="again"'),
            beside=kit.message("m_rated", "rated", "=instance_number"),
        ),
    )
    key = kit.begin(database, cast.clerk, "visits")
    kit.complete(database, cast.clerk, key, "visit")
    with database.transaction(COMPANY) as session:
        messages.correlate(session, cast.owner, "rated", kit.instance(database, key).number, {"rating": 2}, now=kit.NOW)
    [visit] = [each for each in kit.rows(database, models.UserTask, state="open") if each.element_id == "visit"]
    assert (visit.round, visit.returned) == (2, None)


def test_who_may_not_act_any_more_does_not_get_it(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *checked(separate_from="draft"))
    key = kit.begin(database, cast.clerk, "checked", {"subject": "x"})
    kit.complete(database, cast.clerk, key, "draft", {"subject": "x"})
    kit.complete(database, cast.head, key, "check", outcome="return", opinion=WORDS)
    assert open_task(database, key).assignee is None and waiting(database, cast.clerk2) == ["draft"]


def test_a_correction_that_asks_for_the_start_form_again_goes_to_the_initiator(
    database: databases.Database, cast: Cast
) -> None:
    correct, check = (
        kit.task("correct", groups="客服专员", form="request"),
        kit.task("check", groups="部门负责人", outcomes="approve,return", result="v"),
    )
    parts = [
        kit.start(form="request"),
        check,
        kit.node("exclusiveGateway", "g", attributes=' default="g_done"'),
        correct,
        kit.end(),
    ]
    flows = [
        kit.chain("started", "check", "g", "done"),
        kit.flow("g", "correct", '=v = "return"'),
        kit.flow("correct", "check"),
    ]
    kit.deploy(database, cast.owner, kit.form("request", kit.text_field("subject")), kit.diagram("asked", *parts, *flows))
    key = kit.begin(database, cast.clerk, "asked", {"subject": "x"})
    kit.complete(database, cast.head, key, "check", outcome="return", opinion=WORDS)
    task = open_task(database, key)
    assert task.assignee == "clerk" and task.returned is not None and task.returned["reason"] == WORDS


def test_a_step_of_its_own_for_corrections_is_returned_and_what_it_hands_in_is_not(
    database: databases.Database, cast: Cast
) -> None:
    revise = kit.task("revise", groups="客服专员", outcomes="resubmit:重新呈报,abandon:撤回", result="r")
    check = kit.task("check", groups="部门负责人", outcomes="approve,return", result="v")
    gate = [kit.node("exclusiveGateway", "g", attributes=' default="g_done"'), kit.flow("g", "revise", '=v = "return"')]
    parts = [
        kit.start(),
        check,
        *gate,
        revise,
        kit.end(),
        kit.chain("started", "check", "g", "done"),
        kit.flow("revise", "check"),
    ]
    kit.deploy(database, cast.owner, kit.diagram("revised", *parts))
    key = kit.begin(database, cast.clerk, "revised")
    kit.complete(database, cast.head, key, "check", outcome="return", opinion=WORDS)
    first = open_task(database, key)
    kit.complete(database, cast.clerk, key, "revise", outcome="resubmit")
    second = open_task(database, key)
    assert first.returned is not None and second.returned is not None and second.assignee == "head"
    assert (first.returned["kind"], first.round, second.returned["kind"], second.round) == ("drawn", 1, "again", 2)


@pytest.mark.parametrize(
    ("asked", "answered", "told"),
    [
        ("库存充足？", "否", "库存充足？否；只有两箱"),
        ("客户接受？", "不接受", "客户不接受；只有两箱"),
        ("Customer’s view?", "No", "Customer’s view? – No; 只有两箱"),
    ],
)
def test_why_it_came_back_by_itself_is_set_as_its_language_is(asked: str, answered: str, told: str) -> None:
    returned = {"kind": comebacks.AUTOMATIC, "asked": asked, "answered": answered, "reason": "只有两箱"}
    assert comebacks.because(returned) == told


def named(flow: str, answer: str) -> str:
    return flow.replace("<bpmn:sequenceFlow", f'<bpmn:sequenceFlow name="{answer}"')


def served(kept: str) -> list[Any]:
    """start → classed → large? → plan → ask (or the customer, online) → content?, and who is not content is classed again.

    What the customer says is kept as the variable `kept`, whichever way he says it.
    """
    mapped = f'<zeebe:ioMapping><zeebe:output source="=said" target="{kept}"/></zeebe:ioMapping>'
    answer = '<bpmn:messageEventDefinition id="m" messageRef="answered"/>'
    return [
        kit.form("told", kit.text_field("said")),
        kit.diagram(
            "served",
            kit.start(),
            kit.node("manualTask", "classed"),
            kit.node("exclusiveGateway", "large", attributes=' default="large_plan"'),
            kit.task("plan", groups="部门负责人"),
            kit.task("ask", groups="客服专员", form="told", inputs=mapped),
            kit.node(
                "boundaryEvent",
                "online",
                inner=answer,
                attributes=' attachedToRef="ask" cancelActivity="true"',
                extension=mapped.replace("=said", "=comment"),
            ),
            kit.node("exclusiveGateway", "met"),
            kit.node("exclusiveGateway", "content", attributes=' default="content_classed"'),
            kit.end(),
            kit.chain("started", "classed", "large"),
            named(kit.flow("large", "plan"), "否"),
            named(kit.flow("large", "done", "=false"), "是"),
            kit.chain("plan", "ask", "met", "content"),
            kit.flow("online", "met"),
            named(kit.flow("content", "done", "=accepted = true"), "是"),
            named(kit.flow("content", "classed"), "否"),
            beside=kit.message("answered", "customer_answer", "=instance_number"),
        ),
    ]


@pytest.mark.parametrize("kept", ["comment", "customerComment"])
@pytest.mark.parametrize("is_online", [False, True])
def test_the_decision_that_turned_it_back_is_told_and_not_one_on_the_way_after_it(
    database: databases.Database, cast: Cast, is_online: bool, kept: str
) -> None:
    kit.deploy(database, cast.owner, *served(kept))
    case = kit.begin(database, cast.clerk, "served")
    kit.complete(database, cast.head, case, "plan")
    if is_online:
        number = kit.instance(database, case).number
        with database.transaction(COMPANY) as session:
            messages.correlate(session, cast.owner, "customer_answer", number, {"comment": "还是漏水"}, now=kit.NOW)
    else:
        kit.complete(database, cast.clerk, case, "ask", {"said": "还是漏水"})
    (notice,) = kit.notices(database, username="head", kind="returned")
    assert "content：否；还是漏水" in notice.body and "large" not in notice.body


def offered() -> list[Any]:
    """start → plan → known? (past ask) → ask → accepted? (else often?) → carry → solved? (else plan) → end."""
    counted = '<zeebe:ioMapping><zeebe:output source="=(if turn = null then 0 else turn) + 1" target="turn"/></zeebe:ioMapping>'
    answered = (
        '<zeebe:ioMapping><zeebe:output source="=answer" target="yes"/>'
        '<zeebe:output source="=said" target="comment"/></zeebe:ioMapping>'
    )
    return [
        kit.form("told", kit.text_field("answer"), kit.text_field("said")),
        kit.diagram(
            "offered",
            kit.start(),
            kit.node("exclusiveGateway", "known", attributes=' default="known_ask"'),
            kit.task("plan", groups="部门负责人", inputs=counted),
            kit.task("ask", groups="客服专员", form="told", inputs=answered),
            kit.node("exclusiveGateway", "accepted", attributes=' default="accepted_often"'),
            kit.node("exclusiveGateway", "often", attributes=' default="often_plan"'),
            kit.task("settle", groups="部门负责人"),
            kit.task("carry", groups="部门负责人"),
            kit.task("visit", groups="客服专员", form="told", inputs=answered),
            kit.node("exclusiveGateway", "solved", attributes=' default="solved_plan"'),
            kit.end(),
            kit.chain("started", "plan", "known", "ask", "accepted"),
            named(kit.flow("known", "carry", "=false"), "是"),
            named(kit.flow("accepted", "carry", '="好" = yes'), "是"),
            named(kit.flow("accepted", "often"), "否"),
            named(kit.flow("often", "plan"), "否"),
            named(kit.flow("often", "settle", "=turn > 2"), "是"),
            kit.chain("settle", "carry", "visit", "solved"),
            named(kit.flow("solved", "done", '=yes = "好"'), "是"),
            named(kit.flow("solved", "plan"), "否"),
        ),
    ]


def test_what_is_reached_as_somebody_accepted_is_not_sent_back_and_why_it_was_is_what_he_said(
    database: databases.Database, cast: Cast
) -> None:
    kit.deploy(database, cast.owner, *offered())
    case = kit.begin(database, cast.clerk, "offered")
    for step, answer in (("ask", "不好"), ("ask", "好"), ("visit", "不好"), ("ask", "好")):
        by_head = {"ask": "plan", "visit": "carry"}[step]
        kit.complete(database, cast.head, case, by_head)
        kit.complete(database, cast.clerk, case, step, {"answer": answer, "said": "只退了五千"})
    again = open_task(database, case)
    assert (again.element_id, again.round, again.returned) == ("carry", 2, None)
    told = [notice.body for notice in kit.notices(database, username="head", kind="returned")]
    assert sorted(told) == ["“ask”之后自动退回：accepted：否；只退了五千", "“visit”之后自动退回：solved：否；只退了五千"]
