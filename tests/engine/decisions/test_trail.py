"""The trail tells people why: which decisions were made, and which rules matched on what."""

from __future__ import annotations

import json

from engine import decisions
from tests.engine.decisions import dmn

MODEL = decisions.parse(
    dmn.model(
        dmn.inputs("金额", "加急"),
        dmn.decision(
            "风险",
            dmn.table(
                ["金额", "加急"],
                ["y"],
                [["> 1000", "-", '"高"', "财务制度第 3 条"], ["<= 1000", "true", '"中"'], ["-", "-", '"低"']],
                "FIRST",
            ),
            "金额",
            "加急",
        ),
        dmn.decision("审批人", dmn.literal('if 风险 = "高" then "总经理" else "经理"'), "decision::风险"),
    )
)


def test_every_decision_is_told_in_order_with_what_it_saw() -> None:
    trail = decisions.evaluate(MODEL, "审批人", {"金额": 2000, "加急": False}).trail
    assert [(step["name"], step["value"]) for step in trail] == [("风险", "高"), ("审批人", "总经理")]
    assert trail[0]["inputs"] == [{"name": "金额", "value": 2000}, {"name": "加急", "value": False}]
    assert trail[1]["inputs"] == [{"name": "风险", "value": "高"}]


def test_the_rule_that_matched_is_shown_as_drawn_with_its_annotation() -> None:
    [table] = decisions.evaluate(MODEL, "风险", {"金额": 2000}).trail[0]["tables"]  # type: ignore[misc]
    assert table["policy"] == "F"
    assert table["inputs"] == [{"label": "金额", "value": 2000}, {"label": "加急", "value": None}]
    [rule] = table["rules"]
    assert (rule["number"], rule["id"]) == (1, "rule_1")
    assert rule["conditions"] == ["> 1000", "-"]
    assert rule["outputs"] == [{"name": "y", "value": "高"}]
    assert rule["annotations"] == [{"name": "依据", "text": "财务制度第 3 条"}]


def test_all_matching_rules_are_told_and_a_default_is_marked() -> None:
    table = dmn.table(["x"], ["y"], [["> 1", "1"], ["> 2", "2"]], "COLLECT", "SUM", defaults=["0"])
    model = decisions.parse(dmn.model(dmn.inputs("x"), dmn.decision("d", table, "x")))

    def told(x: int) -> tuple[list[int], bool]:
        [record] = decisions.evaluate(model, "d", {"x": x}).trail[0]["tables"]  # type: ignore[misc]
        return [rule["number"] for rule in record["rules"]], record["defaulted"]

    assert told(3) == ([1, 2], False)
    assert told(0) == ([], True)


def test_a_table_inside_a_knowledge_model_is_told_under_the_decision_that_called_it() -> None:
    rate = dmn.knowledge("费率", "g", dmn.table(["g"], ["y"], [['"高"', "0.3"], ["-", "0.1"]], "FIRST"))
    caller = dmn.decision("d", dmn.literal('for g in ["高","低"] return 费率(g)'), "knowledge::费率")
    [step] = decisions.evaluate(decisions.parse(dmn.model(rate, caller)), "d", {}).trail
    assert [table["rules"][0]["number"] for table in step["tables"]] == [1, 2]  # type: ignore[attr-defined]


def test_a_knowledge_model_called_in_a_loop_does_not_flood_the_trail() -> None:
    rate = dmn.knowledge("f", "g", dmn.table(["g"], ["y"], [["-", "1"]]))
    caller = dmn.decision("d", dmn.literal("count(for g in 1..1000 return f(g))"), "knowledge::f")
    outcome = decisions.evaluate(decisions.parse(dmn.model(rate, caller)), "d", {})
    assert outcome.value == 1000
    assert len(outcome.trail[0]["tables"]) <= 200  # type: ignore[arg-type]


def test_the_trail_can_be_stored() -> None:
    xml = dmn.model(dmn.decision("d", dmn.literal('{a: 1.10, b: date("2026-03-02"), c: function(x) x, d: [1..2]}')))
    trail = decisions.evaluate(decisions.parse(xml), "d", {}).trail
    stored = json.loads(json.dumps(trail, default=str, ensure_ascii=False))
    assert stored[0]["value"]["b"] == "2026-03-02"
