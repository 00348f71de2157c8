"""Decision tables: each hit policy, aggregation and default gives what clause 8 says."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import decisions
from tests.engine.decisions import dmn

APPROVERS = [
    ["< 1000", '"组长"'],
    ["[500..5000]", '"部门经理"'],
    ["> 3000", '"总经理"'],
]
RANKED = '"总经理", "部门经理", "组长"'


def approver(amount: object, policy: str, **more: object) -> object:
    table = dmn.table(["金额"], ["审批人"], APPROVERS, policy, **more)  # type: ignore[arg-type]
    xml = dmn.model(dmn.inputs("金额"), dmn.decision("审批", table, "金额"))
    return decisions.evaluate(decisions.parse(xml), "审批", {"金额": amount}).value


def test_unique_gives_the_one_rule_that_matches() -> None:
    assert approver(100, "UNIQUE") == "组长"
    assert approver(2000, "UNIQUE") == "部门经理"


def test_unique_with_two_matches_is_an_error_that_names_the_rules() -> None:
    with pytest.raises(decisions.RuleConflict) as caught:
        approver(4000, "UNIQUE")
    assert caught.value.values["rules"] == "2, 3"
    assert "审批" in str(caught.value)


def test_first_gives_the_first_in_the_order_drawn() -> None:
    assert approver(600, "FIRST") == "组长"


def test_any_gives_the_common_answer_and_refuses_different_ones() -> None:
    with pytest.raises(decisions.RuleConflict) as caught:
        approver(600, "ANY")
    assert caught.value.values["rules"] == "1, 2"
    same = dmn.table(["x"], ["y"], [["> 1", '"是"'], ["> 2", '"是"']], "ANY")
    model = decisions.parse(dmn.model(dmn.inputs("x"), dmn.decision("d", same, "x")))
    assert decisions.evaluate(model, "d", {"x": 3}).value == "是"


def test_priority_gives_the_best_of_the_listed_outputs() -> None:
    assert approver(4000, "PRIORITY", values=[RANKED]) == "总经理"


def test_output_order_and_rule_order_give_all_matches() -> None:
    assert approver(4000, "RULE ORDER") == ["部门经理", "总经理"]
    assert approver(4000, "OUTPUT ORDER", values=[RANKED]) == ["总经理", "部门经理"]
    assert approver(4000, "COLLECT") == ["部门经理", "总经理"]


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [("SUM", "0.30"), ("MIN", "0.1"), ("MAX", "0.2"), ("COUNT", "2")],
)
def test_collect_adds_up_exactly(aggregation: str, expected: str) -> None:
    table = dmn.table(["x"], ["费率"], [["> 1", "0.1"], ["> 2", "0.2"], ["> 9", "5"]], "COLLECT", aggregation)
    model = decisions.parse(dmn.model(dmn.inputs("x"), dmn.decision("d", table, "x")))
    assert decisions.evaluate(model, "d", {"x": 3}).value == Decimal(expected)


@pytest.mark.parametrize(
    ("policy", "aggregation", "expected"),
    [
        ("UNIQUE", "", None),
        ("FIRST", "", None),
        ("COLLECT", "", []),
        ("RULE ORDER", "", []),
        ("COLLECT", "SUM", None),
        ("COLLECT", "COUNT", 0),
    ],
)
def test_no_match_gives_nothing_of_the_policys_kind(policy: str, aggregation: str, expected: object) -> None:
    assert approver(None, policy, aggregation=aggregation) == expected


def test_the_default_output_is_taken_when_no_rule_matches() -> None:
    assert approver(None, "UNIQUE", defaults=['"值班"']) == "值班"
    assert approver(None, "COLLECT", defaults=['"值班"']) == ["值班"]
    assert approver(100, "UNIQUE", defaults=['"值班"']) == "组长"


def test_several_outputs_make_a_context() -> None:
    table = dmn.table(["x"], ["审批人", "时限"], [["> 1", '"经理"', "x * 2"]], "FIRST")
    model = decisions.parse(dmn.model(dmn.inputs("x"), dmn.decision("d", table, "x")))
    assert decisions.evaluate(model, "d", {"x": 3}).value == {"审批人": "经理", "时限": 6}


def test_priority_goes_by_the_first_output_before_the_second() -> None:
    rules = [["-", '"乙"', '"高"'], ["-", '"甲"', '"低"'], ["-", '"甲"', '"高"']]
    table = dmn.table(["x"], ["a", "b"], rules, "PRIORITY", values=['"甲","乙"', '"高","低"'])
    model = decisions.parse(dmn.model(dmn.inputs("x"), dmn.decision("d", table, "x")))
    assert decisions.evaluate(model, "d", {"x": 1}).value == {"a": "甲", "b": "高"}


def test_an_input_outside_its_allowed_values_is_refused_by_name() -> None:
    table = dmn.table(["渠道"], ["y"], [["-", "1"]], allowed=['"电话","邮件"'])
    model = decisions.parse(dmn.model(dmn.inputs("渠道"), dmn.decision("受理", table, "渠道")))
    assert decisions.evaluate(model, "受理", {"渠道": "电话"}).value == 1
    with pytest.raises(decisions.InputNotAllowed) as caught:
        decisions.evaluate(model, "受理", {"渠道": "短信"})
    assert "渠道" in str(caught.value)
    assert "短信" in str(caught.value)


def test_a_cell_may_use_the_input_value_other_variables_and_lists_of_tests() -> None:
    rules = [["? * 2 > limit", '"超限"'], ["not(1, 2)", '"其他"'], ["1, 2", '"小"']]
    table = dmn.table(["x"], ["y"], rules, "FIRST")
    model = decisions.parse(dmn.model(dmn.inputs("x", "limit"), dmn.decision("d", table, "x", "limit")))
    answers = [decisions.evaluate(model, "d", {"x": x, "limit": 10}).value for x in (6, 2, 3)]
    assert answers == ["超限", "小", "其他"]


def test_a_null_input_matches_only_where_the_cell_says_so() -> None:
    rules = [["null", '"缺"'], ['"a"', '"有"'], ["-", '"任意"']]
    table = dmn.table(["x"], ["y"], rules, "COLLECT")
    model = decisions.parse(dmn.model(dmn.inputs("x"), dmn.decision("d", table, "x")))
    assert decisions.evaluate(model, "d", {}).value == ["缺", "任意"]
    assert decisions.evaluate(model, "d", {"x": "a"}).value == ["有", "任意"]
