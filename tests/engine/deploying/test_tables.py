"""Decision tables that say two things at once, or nothing, are told before they are published."""

from __future__ import annotations

from engine import decisions
from engine.deploying.checking import checks
from engine.deploying.checking.meaning import tables
from tests.engine.decisions import dmn


def told(rules: list[list[str]], policy: str = "UNIQUE", names: tuple[str, ...] = ("金额",)) -> list[str]:
    table = dmn.table(list(names), ["审批人"], rules, policy)
    model = decisions.parse(dmn.model(*(dmn.inputs(each) for each in names), dmn.decision("审批", table, *names)))
    return [str(each) for each in tables.of_model(model)]


def test_rules_that_hold_at_once_are_told_with_a_value_where_they_do() -> None:
    (found,) = told([["<= 1000", '"组长"'], [">= 1000", '"总经理"']])
    assert "1, 2" in found and "金额 = 1000" in found
    assert told([["<= 1000", '"组长"'], [">= 1000", '"总经理"']], "FIRST") == []


def test_values_that_no_rule_takes_are_told() -> None:
    (found,) = told([["< 1000", '"组长"'], ["> 1000", '"总经理"']])
    assert "金额 = 1000" in found and "no default" in found
    assert told([["< 1000", '"组长"'], [">= 1000", '"总经理"']]) == []
    assert told([["< 1000", '"组长"'], ["> 1000", '"总经理"'], ["-", '"部门经理"']], "FIRST") == []


def test_several_columns_are_tried_together_and_what_says_more_is_left_alone() -> None:
    both = [["true", "< 3", '"组长"'], ["false", "-", '"总经理"']]
    (found,) = told(both, names=("急", "天数"))
    assert "急 = True" in found or "急 = true" in found
    assert told([["< limit", '"组长"']]) == []


def test_a_rule_without_conditions_takes_everything_from_the_others() -> None:
    rest = ["> 3", '"总经理"']
    for policy in ("FIRST", "UNIQUE"):
        (found,) = told([["-", '"组长"'], rest], policy)
        assert "Rule 1 has no conditions" in found
    (found,) = told([rest, ["", '"组长"']], "UNIQUE")
    assert "Rule 2 has no conditions" in found
    assert told([rest, ["-", '"组长"']], "FIRST") == told([["-", '"组长"']], "UNIQUE") == []
    assert told([["-", '"组长"'], rest], "COLLECT") == []


def test_words_written_as_one_text_are_told_with_how_to_write_them() -> None:
    (found,) = told([['"普通、一般"', '"组长"'], ["-", '"总经理"']], "FIRST")
    assert 'one by one: "普通", "一般"' in found
    assert told([['"普通", "一般"', '"组长"'], ["-", '"总经理"']], "FIRST") == []


def test_it_is_told_with_everything_else_that_is_wrong_with_a_file() -> None:
    table = dmn.table(["金额"], ["审批人"], [["< 1000", '"组长"'], ["> 1000", '"总经理"']], "UNIQUE")
    xml = dmn.model(dmn.inputs("金额"), dmn.decision("审批", table, "金额"))
    content = xml if isinstance(xml, bytes) else xml.encode()
    found = checks.check([checks.Resource("level.dmn", content)])
    assert [each.severity for each in found if each.message == tables.NOBODY] == ["warning"]
