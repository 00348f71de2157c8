"""One case in words: what decided each branch, by whom, by which rule of which version; masked; how long it usually takes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine import errors
from engine.deploying.deployment import Resource
from engine.queries.cases.words import story
from engine.queries.cases.words.branches import FIELD, OUTCOME, RULE, BranchTaken, HitRule
from tests.cast import COMPANY
from tests.engine import kit
from tests.engine.decisions import dmn
from tests.engine.kit import NOW


def number(key: str, label: str) -> dict[str, Any]:
    return {"type": "number", "key": key, "label": label}


@pytest.fixture
def branching(database: Any, cast: Any) -> None:
    """What costs more than 10000 is approved; what is refused there goes another way."""
    gateway = '<bpmn:exclusiveGateway id="{}" name="{}" default="{}"/>'
    kit.deploy(
        database,
        cast.owner,
        kit.form("request", kit.text_field("subject", required=True), number("amount", "金额")),
        kit.diagram(
            "branching",
            kit.start(form="request"),
            gateway.format("big", "超过一万", "big_done"),
            kit.task("approve", groups="部门负责人", kind="approve", outcomes="approve,reject"),
            gateway.format("agreed", "是否同意", "agreed_c"),
            kit.task("b", groups="客服专员"),
            kit.task("c", groups="客服专员"),
            kit.end(),
            kit.chain("started", "big"),
            kit.flow("big", "approve", "=amount > 10000"),
            kit.flow("big", "done"),
            kit.flow("approve", "agreed"),
            kit.flow("agreed", "b", '=outcome = "approve"'),
            kit.flow("agreed", "c"),
            kit.flow("b", "done"),
            kit.flow("c", "done"),
        ),
    )


def told(database: Any, by: Any, case: int, **more: Any) -> story.Story:
    with database.reading(COMPANY) as session:
        return story.story(session, by, case, now=NOW + timedelta(hours=1), **more)


def facts(branch: BranchTaken) -> list[tuple[Any, ...]]:
    return [(fact.kind, fact.label, fact.value, fact.who, fact.step) for fact in branch.facts]


def test_each_branch_says_which_answer_by_which_value_of_whom(database: Any, cast: Any, branching: None) -> None:
    case = kit.begin(database, cast.clerk, "branching", {"subject": "x", "amount": 18000})
    kit.complete(database, cast.head, case, "approve", outcome="approve")
    found = told(database, cast.clerk, case)
    first, second = found.branches
    assert (first.question, first.target, first.is_rest) == ("超过一万", "approve", False)
    assert facts(first) == [(FIELD, "金额", 18000, "陈办事", "")]
    assert (second.question, second.target) == ("是否同意", "b")
    assert facts(second) == [(OUTCOME, "approve", "同意", "何负责", "approve")]
    assert found.led_here is not None and found.led_here.who == "何负责"


def test_the_way_that_is_left_says_what_the_others_asked(database: Any, cast: Any, branching: None) -> None:
    case = kit.begin(database, cast.clerk, "branching", {"subject": "x", "amount": 50})
    [branch] = told(database, cast.clerk, case).branches
    assert branch.is_rest and facts(branch) == [(FIELD, "金额", 50, "陈办事", "")]


def test_the_usual_time_left_is_told_once_enough_went_before(database: Any, cast: Any, branching: None) -> None:
    start = {"subject": "x", "amount": 18000}
    for day in range(1, 6):
        at = NOW - timedelta(days=30)
        case = kit.begin(database, cast.clerk, "branching", start, now=at)
        kit.complete(database, cast.head, case, "approve", outcome="approve", now=at + timedelta(hours=1))
        assert told(database, cast.clerk, kit.begin(database, cast.clerk, "branching", start)).left == {}
        kit.complete(database, cast.clerk, case, "b", now=at + timedelta(days=day))
    [left] = told(database, cast.clerk, kit.begin(database, cast.clerk, "branching", start)).left.values()
    assert timedelta(days=2) < left.half <= timedelta(days=3) < left.most < timedelta(days=5) and not left.is_long


def test_a_stranger_hears_of_no_case(database: Any, cast: Any, branching: None) -> None:
    case = kit.begin(database, cast.clerk, "branching", {"subject": "x", "amount": 50})
    for by in (cast.outsider, cast.stranger):
        with pytest.raises(errors.NotFound), database.reading(by.company_id) as session:
            story.story(session, by, case, now=NOW)


def test_what_a_decision_gave_is_told_with_its_rule_and_version_and_personal_data_masked(database: Any, cast: Any) -> None:
    ask = '<bpmn:businessRuleTask id="ask" name="定级"><bpmn:extensionElements>'
    ask += '<zeebe:calledDecision decisionId="级别" resultVariable="level"/></bpmn:extensionElements></bpmn:businessRuleTask>'
    rules = dmn.table(["kind"], ["级别"], [['"小"', '"一般"', "小额"], ["-", '"重大"', "其余"]], "FIRST")
    phone = {**kit.text_field("phone"), "label": "电话", "properties": {"personal": True}}
    gateway = '<bpmn:exclusiveGateway id="{}" name="{}" default="{}_done"/>'
    kit.deploy(
        database,
        cast.owner,
        Resource(
            "level.dmn", dmn.model(dmn.decision("级别", rules).replace('<variable name="级别"', '<variable name="level_of"'))
        ),
        kit.form("request", kit.text_field("kind"), phone),
        kit.diagram(
            "graded",
            kit.start(form="request"),
            ask,
            gateway.format("grave", "是否重大", "grave"),
            gateway.format("local", "是否本地", "local"),
            kit.task("a", groups="客服专员"),
            kit.end(),
            kit.chain("started", "ask", "grave"),
            kit.flow("grave", "local", '=level = "重大"'),
            kit.flow("grave", "done"),
            kit.flow("local", "a", '=starts with(phone, "138")'),
            kit.flow("local", "done"),
            kit.chain("a", "done"),
        ),
    )
    case = kit.begin(database, cast.clerk, "graded", {"kind": "大", "phone": "13800001111"})
    grave, local = told(database, cast.clerk, case).branches
    assert [(fact.kind, fact.label, fact.value, fact.version, fact.rules) for fact in grave.facts] == [
        (RULE, "级别", "重大", 1, (HitRule("级别", 2, "其余"),))
    ]
    [masked] = local.facts
    assert masked.label == "电话" and masked.value != "13800001111" and "0000" not in masked.value
    [full] = told(database, cast.clerk, case, is_revealed=True).branches[1].facts
    assert full.value == "13800001111"


def test_a_decision_is_told_in_the_words_of_the_reader_and_its_texts_are_wanted_of_a_translation(
    database: Any, cast: Any
) -> None:
    ask = '<bpmn:businessRuleTask id="ask" name="定级"><bpmn:extensionElements>'
    ask += '<zeebe:calledDecision decisionId="级别" resultVariable="level"/></bpmn:extensionElements></bpmn:businessRuleTask>'
    table = dmn.table(["kind"], ["级别"], [['"小"', '"一般"', "小额"], ["-", '"重大"', "其余"]], "FIRST")
    english = {
        "级别": "Grade",
        "小额": "small sums",
        "一般": "ordinary",
        "小": "small",
        "是否重大": "Grave?",
        "定级": "Grading",
        "否": "No",
    }
    gateway = '<bpmn:exclusiveGateway id="grave" name="是否重大" default="grave_done"/>'
    steps = (kit.start(form="request"), ask, gateway, kit.task("a", groups="客服专员"), kit.end(), kit.chain("a", "done"))
    flows = (
        kit.chain("started", "ask", "grave"),
        kit.flow("grave", "a", '=level = "重大"'),
        kit.flow("grave", "done").replace("<bpmn:sequenceFlow ", '<bpmn:sequenceFlow name="否" '),
    )
    choice = {"type": "radio", "key": "kind", "label": "1", "values": [{"value": "小", "label": "小"}]}
    deployed = kit.deploy(
        database,
        cast.owner,
        Resource("level.dmn", dmn.model(dmn.decision("级别", table))),
        kit.form("request", choice),
        kit.diagram("graded", *steps, *flows, texts={"en": english}),
    )
    (told_missing,) = [str(each) for each in deployed.problems if "no translation" in str(each)]
    assert "3 texts" in told_missing  # the process's own name, 重大 and 其余
    case = kit.begin(database, cast.clerk, "graded", {"kind": "小"})
    with database.reading(COMPANY) as session:
        session.info["language"] = "en"
        [branch] = story.story(session, cast.clerk, case, now=NOW + timedelta(hours=1)).branches
    [fact] = branch.facts
    assert (branch.question, branch.answer, fact.label, fact.value) == ("Grave?", "No", "Grade", "ordinary")
    [rule] = fact.rules
    assert (rule.table, rule.words, [each.condition for each in rule.compared]) == ("Grade", "small sums", ['"small"'])
