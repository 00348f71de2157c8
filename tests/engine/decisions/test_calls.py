"""Functions and services: arguments and results are of their types, or null; lookups and clock."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine import decisions, feel
from tests.engine.decisions import dmn

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
DOUBLE = dmn.knowledge("翻倍", "n:number", dmn.literal("n * 2"))


def value(*elements: str, name: str = "d", **context: object) -> object:
    return decisions.evaluate(decisions.parse(dmn.model(*elements)), name, context).value


def call(text: str, *knowledge: str) -> object:
    names = [f"knowledge::{name}" for name in ("翻倍", "文字", "服务") if f'"{name}"' in "".join(knowledge)]
    return value(*knowledge, dmn.decision("d", dmn.literal(text), *names))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("翻倍(2)", 4),
        ("翻倍([2])", 4),
        ("翻倍(n: 2)", 4),
        ('翻倍("2")', None),
        ("翻倍(null)", None),
        ("翻倍()", None),
        ("翻倍(1, 2)", None),
        ("翻倍(m: 1)", None),
    ],
)
def test_an_argument_is_converted_or_the_call_is_null(text: str, expected: object) -> None:
    assert call(text, DOUBLE) == expected


def test_a_function_whose_result_is_not_of_its_type_gives_null() -> None:
    typed = DOUBLE.replace("<encapsulatedLogic>", '<encapsulatedLogic typeRef="string">')
    assert call("翻倍(2)", typed) is None


def test_the_variable_of_a_knowledge_model_may_name_its_function_type_or_its_result() -> None:
    function_type = (
        '<itemDefinition name="函数"><functionItem outputTypeRef="string"><parameters name="n" typeRef="number"/>'
        "</functionItem></itemDefinition>"
    )
    for reference in ("函数", "string"):
        typed = DOUBLE.replace('<variable name="翻倍"/>', f'<variable name="翻倍" typeRef="{reference}"/>')
        assert call("翻倍(2)", function_type, typed) is None


def test_functions_can_be_handed_to_built_ins_and_kept_in_lists() -> None:
    assert call("[翻倍][1](4)", DOUBLE) == 8
    descending = dmn.knowledge("翻倍", "a,b", dmn.literal("a > b"))
    assert call("sort([1,3,2], 翻倍)", descending) == [3, 2, 1]


def test_a_function_is_an_instance_of_function() -> None:
    assert call("翻倍 instance of function<number>->number", DOUBLE) is True


def test_instance_of_knows_the_models_types() -> None:
    grade = (
        '<itemDefinition name="等级"><typeRef>string</typeRef>'
        '<allowedValues><text>"高","低"</text></allowedValues></itemDefinition>'
    )
    answers = [call(f"{text} instance of 等级", grade) for text in ('"高"', '"中"', "1", "null")]
    assert answers == [True, True, False, False]  # allowed values do not matter (10.3.2.9.1)


def test_instance_of_misses_a_component_that_is_not_there() -> None:
    pair = (
        '<itemDefinition name="对"><itemComponent name="a"><typeRef>string</typeRef></itemComponent>'
        '<itemComponent name="b"><typeRef>number</typeRef></itemComponent></itemDefinition>'
    )
    texts = ('{a: "x", b: 1}', '{a: "x", b: null}', '{a: "x", b: 1, c: 2}', '{a: "x"}', '{a: "x", b: "1"}')
    assert [call(f"{text} instance of 对", pair) for text in texts] == [True, True, True, False, False]


def test_an_argument_of_the_wrong_type_is_null_inside_the_function() -> None:
    assert call('翻倍("x")', dmn.knowledge("翻倍", "a:number", dmn.literal("a = null"))) is True
    body = dmn.inputs(数="number") + dmn.decision("结果", dmn.literal("数 = null"), "数")
    assert call("服务(true)", body + SERVICE.format(type="")) is True
    assert feel.evaluate('(function(a: number) a = null)("x")', {}) is True


def test_parameters_may_have_names_with_dots() -> None:
    assert call("翻倍(a.b: 2) + 翻倍(1)", dmn.knowledge("翻倍", "a.b", dmn.literal("a.b * 10"))) == 30


SERVICE = (
    '<decisionService id="服务" name="服务"><variable name="服务"{type}/><outputDecision href="#结果"/>'
    '<inputData href="#数"/></decisionService>'
)
RESULT = dmn.inputs(数="number") + dmn.decision("结果", dmn.literal("数 + 1"), "数")


def test_a_services_arguments_and_result_are_typed() -> None:
    service = RESULT + SERVICE.format(type="")
    assert call("服务(1)", service) == 2
    assert call('服务("1")', service) is None
    assert call("服务()", service) is None
    assert call("服务(1)", RESULT + SERVICE.format(type=' typeRef="string"')) is None


def test_a_service_sees_its_arguments_not_the_callers_data() -> None:
    service = RESULT + SERVICE.format(type="") + dmn.inputs("别的")
    caller = dmn.decision("d", dmn.literal("服务(1) + 数"), "数", "knowledge::服务")
    assert value(service, caller, 数=10) == 12


def test_a_decision_made_once_is_not_made_again() -> None:
    calls: list[object] = []
    both = dmn.decision("d", dmn.literal("a + b"), "decision::a", "decision::b")
    base = dmn.decision("base", dmn.literal("look up(1)"))
    parts = [dmn.decision(name, dmn.literal("base"), "decision::base") for name in "ab"]
    model = decisions.parse(dmn.model(base, *parts, both))
    assert not [problem for problem in model.problems({"look up"}) if problem.severity == "error"]

    def look_up(number: Decimal) -> Decimal:
        calls.append(number)
        return number

    assert decisions.evaluate(model, "d", {}, functions={"look up": look_up}).value == 2
    assert calls == [1]


def test_a_look_up_function_that_nobody_hands_in_is_a_problem() -> None:
    model = decisions.parse(dmn.model(dmn.decision("d", dmn.literal("look up(1)"))))
    assert [problem.severity for problem in model.problems()] == ["error"]
    assert model.problems({"look up"}) == []


def test_the_clock_is_the_callers() -> None:
    model = decisions.parse(dmn.model(dmn.decision("d", dmn.literal("today()"))))
    assert feel.to_json(decisions.evaluate(model, "d", {}, now=NOW).value) == "2026-03-02"
    assert decisions.evaluate(model, "d", {}).value is None


def test_a_decision_may_refer_to_its_own_file_by_name_space() -> None:
    whole = dmn.decision("d", dmn.literal("a + 1"), "decision::urn:test#a")
    assert value(dmn.decision("a", dmn.literal("1")), whole) == 2


def test_an_output_that_is_not_allowed_is_kept_with_a_warning() -> None:
    table = dmn.table(["x"], ["y"], [["-", '"中"']], values=['"高","低"'])
    outcome = decisions.evaluate(decisions.parse(dmn.model(dmn.inputs("x"), dmn.decision("d", table, "x"))), "d", {})
    assert outcome.value == "中"
    assert [warning.values["value"] for warning in outcome.warnings] == ["中"]


def test_a_typed_output_column_is_null_for_another_type() -> None:
    table = dmn.table(["x"], ["y"], [["-", '"中"']]).replace('<output name="y"', '<output name="y" typeRef="number"')
    assert value(dmn.inputs("x"), dmn.decision("d", table, "x"), x=1) is None
