"""Typed variables: values are of their type, are made so (10.3.2.9.4), or become null with a warning."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import decisions, feel
from tests.engine.decisions import dmn

GRADE = (
    '<itemDefinition name="等级"><typeRef>string</typeRef>'
    '<allowedValues><text>"高","低"</text></allowedValues></itemDefinition>'
)
GRADES = '<itemDefinition name="等级表" isCollection="true"><typeRef>等级</typeRef></itemDefinition>'
PERSON = (
    '<itemDefinition name="人员"><itemComponent name="姓 名"><typeRef>string</typeRef></itemComponent>'
    '<itemComponent name="年龄"><typeRef>number</typeRef></itemComponent>'
    '<itemComponent name="下属" isCollection="true"><typeRef>人员</typeRef></itemComponent></itemDefinition>'
)
SHORT = (
    '<itemDefinition name="短表" isCollection="true"><typeRef>number</typeRef>'
    "<typeConstraint><text>count(?) &lt; 3</text></typeConstraint></itemDefinition>"
)


def outcome(type: str, text: str, given: object = None) -> decisions.Outcome:
    xml = dmn.model(GRADE, GRADES, PERSON, SHORT, dmn.inputs("x"), dmn.decision("d", dmn.literal(text), "x", type=type))
    model = decisions.parse(xml)
    assert not model.problems()
    return decisions.evaluate(model, "d", {"x": given})


@pytest.mark.parametrize(
    ("type", "text", "expected"),
    [
        ("number", "1.5", Decimal("1.5")),
        ("number", '"1.5"', None),
        ("string", "1", None),
        ("number", "[7]", 7),
        ("number", "[7, 8]", None),
        ("等级", '"高"', "高"),
        ("等级", '"中"', None),
        ("等级", '["低"]', "低"),
        ("等级表", '"低"', ["低"]),
        ("等级表", '["高","低"]', ["高", "低"]),
        ("等级表", '["高","中"]', None),
        ("短表", "[1,2]", [1, 2]),
        ("短表", "[1,2,3]", None),
        ("Any", '[1,"x"]', [1, "x"]),
        ("feel:string", '"a"', "a"),
    ],
)
def test_a_decision_is_of_its_type_or_null(type: str, text: str, expected: object) -> None:
    assert outcome(type, text).value == expected


def test_a_value_that_becomes_null_leaves_a_warning_with_type_and_name() -> None:
    [warning] = outcome("等级", '"中"').warnings
    assert warning.values == {"what": "d", "type": "等级"}


def test_a_date_becomes_a_date_and_time_at_midnight_utc() -> None:
    made = outcome("date and time", 'date("2026-03-02")').value
    assert feel.to_json(made) == feel.to_json(feel.evaluate('date and time("2026-03-02T00:00:00Z")', {}))


def test_a_structure_may_contain_itself_and_is_checked_through() -> None:
    good = '{姓 名: "王", 年龄: 30, 下属: [{姓 名: "李", 年龄: 20, 下属: []}]}'
    assert outcome("人员", good).value is not None
    assert outcome("人员", good.replace("20", '"二十"')).value is None


def test_a_component_that_a_form_left_out_counts_as_null() -> None:
    xml = dmn.model(PERSON, dmn.inputs(人="人员"), dmn.decision("d", dmn.literal('人.年龄 = null and 人.姓 名 = "王"'), "人"))
    assert decisions.evaluate(decisions.parse(xml), "d", {"人": {"姓 名": "王"}}).value is True


def test_inside_a_model_a_missing_component_is_no_value_of_the_type() -> None:
    assert outcome("人员", '{姓 名: "王"}').value is None
    assert outcome("人员", '{姓 名: "王", 年龄: null, 下属: []}').value == {"姓 名": "王", "年龄": None, "下属": []}


def test_a_list_of_one_is_taken_out_once_and_no_more() -> None:
    assert outcome("string", '["a"]').value == "a"
    assert outcome("string", '[["a"]]').value is None
    assert outcome("string", "upper case([[x]])", "a").value is None


def test_input_from_json_is_exact_and_typed() -> None:
    xml = dmn.model(
        PERSON,
        dmn.inputs(日期="date", 数="number", 人="人员"),
        dmn.decision("d", dmn.literal('日期 + duration("P1D")'), "日期"),
        dmn.decision("e", dmn.literal("数 + 0.2"), "数"),
        dmn.decision("f", dmn.literal("人.姓 名"), "人"),
    )
    model = decisions.parse(xml)
    given = {"日期": "2026-02-28", "数": 0.1, "人": {"姓 名": "王", "年龄": 3}}
    answers = [decisions.evaluate(model, name, given).value for name in "def"]
    assert [feel.to_json(answer) for answer in answers] == ["2026-03-01", Decimal("0.3"), "王"]


def test_a_wrong_input_is_null_with_a_warning() -> None:
    xml = dmn.model(dmn.inputs(数="number"), dmn.decision("d", dmn.literal("数 = null"), "数"))
    made = decisions.evaluate(decisions.parse(xml), "d", {"数": True})
    assert made.value is True
    assert [warning.values["what"] for warning in made.warnings] == ["数"]


def test_unknown_and_circular_types_are_problems() -> None:
    circular = '<itemDefinition name="a"><typeRef>b</typeRef></itemDefinition>'
    back = '<itemDefinition name="b"><typeRef>a</typeRef></itemDefinition>'
    xml = dmn.model(
        circular, back, dmn.decision("d", dmn.literal("1"), type="a"), dmn.decision("e", dmn.literal("1"), type="没有")
    )
    told = {(problem.element_name, problem.values.get("type")) for problem in decisions.parse(xml).problems()}
    assert ("e", "没有") in told
    assert any(type == "a" for _, type in told)


def test_types_are_imported_behind_the_imports_name() -> None:
    base = dmn.model(GRADE, namespace="urn:base")
    xml = dmn.model(
        f'<import name="库" namespace="urn:base" importType="{dmn.LATEST}"/>',
        dmn.decision("d", dmn.literal('"中"'), type="库.等级"),
    )
    model = decisions.parse(xml, imports={"base.dmn": base})
    assert not model.problems()
    assert decisions.evaluate(model, "d", {}).value is None
